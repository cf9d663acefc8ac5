// The first process of the lab's machine: mounts what a unit has mounted, runs Python with the kernel's arguments that
// stand after `--`, says how that ended, and turns the machine off. In C because the lab's Python cannot mount.

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void mount_or_say(const char *from, const char *to, const char *kind, unsigned long flags)
{
    if (mount(from, to, kind, flags, NULL) != 0)
        perror(to);
}

static void raise_loopback(void)
{
    struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
    int channel = socket(AF_INET, SOCK_DGRAM, 0);

    strcpy(request.ifr_name, "lo");
    if (ioctl(channel, SIOCSIFFLAGS, &request) != 0)
        perror("lo");
    close(channel);
}

int main(int count, char **arguments)
{
    int status = 0;

    (void)count;
    mount_or_say("proc", "/proc", "proc", 0);
    mount_or_say("sysfs", "/sys", "sysfs", 0);
    mount_or_say("tmpfs", "/tmp", "tmpfs", 0);
    mount_or_say("/dev/vdb", "/usr", "squashfs", MS_RDONLY);
    mkdir("/dev/shm", 01777);
    mount_or_say("tmpfs", "/dev/shm", "tmpfs", 0);
    setenv("PATH", "/usr/bin:/usr/sbin:/bin", 1);
    setenv("HOME", "/tmp", 1);
    raise_loopback();
    pid_t child = fork();
    if (child == 0) {
        arguments[0] = "/usr/bin/python3";
        execv(arguments[0], arguments);
        perror(arguments[0]);
        _exit(127);
    }
    while (waitpid(-1, &status, 0) != child)
        ;
    printf("lab: status %d\n", status);
    fflush(stdout);
    sync();
    reboot(RB_AUTOBOOT); // qemu runs with -no-reboot
    return 1;
}
