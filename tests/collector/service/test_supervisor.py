"""What systemd is told, over a socket as systemd makes it."""

import os
import socket
from pathlib import Path

from collector.service.supervisor import Supervisor


def test_lines_arrive_as_one_datagram(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        Supervisor({"NOTIFY_SOCKET": path}).say("READY=1", "STATUS=page on port 8080")
        assert systemd.recv(200) == b"READY=1\nSTATUS=page on port 8080"


def test_without_a_supervisor_nobody_watches() -> None:
    supervisor = Supervisor({})
    supervisor.say("READY=1")
    assert supervisor.watchdog_s == 0


def test_a_supervisor_that_is_gone_is_no_error(tmp_path: Path) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "1000000"})
    supervisor.say("WATCHDOG=1")
    assert supervisor.watchdog_s == 1


def test_the_watchdog_is_ours_only_if_it_names_us() -> None:
    assert Supervisor({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}).watchdog_s == 30
    assert Supervisor({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}).watchdog_s == 0
    assert Supervisor({"WATCHDOG_USEC": "soon"}).watchdog_s == 0
