"""The emulated machine: qemu without KVM, its console in a file, two ports of this host's loopback and no network."""

import socket
import threading
from collections.abc import Mapping
from pathlib import Path

from ...errors import ToolError
from ...run.child import Child
from . import image
from .guest import scene

QEMU = "qemu-system-x86_64"
MEMORY_MIB = 512
APPEND = "console=ttyS0 panic=-1 quiet mitigations=off no5lvl"


def boot(kernel: Path, initrd: Path, console: Path, ports: Mapping[int, int]) -> Child:
    """Start the machine. `ports`: what it finds at scene.HOST -> ports of 127.0.0.1 here. Raises ToolError."""
    # KVM may be there and still hang: only the interpreter is used. restrict: nothing but the forwarded ports.
    network = "user,model=virtio-net-pci,restrict=on" + "".join(
        f",guestfwd=tcp:{scene.HOST}:{inside}-cmd:{image.program(image.BUSYBOX)} nc 127.0.0.1 {outside}"
        for inside, outside in ports.items()
    )
    # What guards a kernel from its processes, and page tables of five levels, cost an interpreter seconds.
    (vmlinuz,) = kernel.glob("boot/vmlinuz-*")
    command = [
        *(str(image.program(QEMU)), "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1"),
        *("-m", str(MEMORY_MIB), "-display", "none", "-monitor", "none", "-no-reboot", "-nodefaults"),
        *("-serial", f"file:{console}", "-nic", network),
        *("-kernel", str(vmlinuz), "-initrd", str(initrd), "-append", APPEND),
    ]
    return Child("the emulated machine", command, console.with_name("qemu.log"))


class Records:
    """Waits on a loopback port for what the guest leaves at its end."""

    def __init__(self, to: Path) -> None:
        self.complete = False
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def close(self, wait_s: float = 5.0) -> None:
        """Wait for the end of what is coming; raises ToolError where nothing whole came."""
        self._thread.join(wait_s)
        self._listener.close()
        if not self.complete:
            raise ToolError(f"the machine left no records; its console is in {self._to.with_name('console.log')}")

    def _receive(self) -> None:
        connection, _ = self._listener.accept()
        with connection, self._to.open("wb") as file:
            while piece := connection.recv(1 << 16):
                file.write(piece)
            connection.sendall(b"\n")
        self.complete = True
