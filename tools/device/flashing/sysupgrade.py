"""A unit that runs OpenWrt already: upload whole, have the unit test it, let it write by itself."""

import hashlib
from collections.abc import Callable, Sequence

from ..errors import DeviceError
from ..shell import Login, Shell
from . import returning
from .steps import Journal, Step, Told

PATH = "/tmp/footfall-sysupgrade.bin"  # noqa: S108 - the unit's memory
ROOM = 1.3  # free memory wanted, in sizes of the image


def steps(
    login: Login,
    board: str,
    image: bytes,
    journal: Journal,
    keep: bool,
    after: Sequence[Login],
    seconds: float,
    found: Callable[[returning.Running], None],
) -> list[Step]:
    """The steps for a unit at `login`. `after` is where it may answer with the new image, beside its own address.

    `keep` keeps the unit's settings. `found` gets what runs in the end.
    """

    def prepare(_: Told) -> None:
        with Shell(login) as shell:
            running = returning.look(shell)
            if running.board != board:
                raise DeviceError(f"{login.address} is {running.board or 'no OpenWrt'}, not {board}: another unit?")
            journal.boot_id = running.boot_id
            journal.save()
            free_kib = _free_kib(shell.read("/proc/meminfo"))
            if free_kib << 10 < len(image) * ROOM and not _there(shell, image):
                raise DeviceError(f"only {free_kib} KiB of its memory are free: restart it, and stop the agent first")

    def upload(told: Told) -> None:
        with Shell(login) as shell:
            if not _there(shell, image):
                shell.put(image, PATH, told)
                if not _there(shell, image):
                    raise DeviceError("the checksum on the unit is another: the line loses data. Change the cable")

    def test(_: Told) -> None:
        with Shell(login) as shell:
            answer = shell.run(f"sysupgrade --test {PATH}")
            if answer.code != 0:
                raise DeviceError(f"the unit refuses the image: {_last(answer.text)}")

    def write(_: Told) -> None:
        # By itself, behind a second of waiting: the connection ends first, and a cut line stops nothing.
        flag = "" if keep else "-n "
        with Shell(login) as shell:
            answer = shell.run(f"(sleep 1; sysupgrade {flag}{PATH}) </dev/null >/tmp/footfall-sysupgrade.log 2>&1 &")
            if answer.code != 0:
                raise DeviceError(f"sysupgrade did not start: {_last(answer.text)}")

    return [
        Step("prepare", "look at the unit", prepare),
        Step("upload", "upload the image to its memory", upload),
        Step("test", "have the unit test it", test),
        Step("write", "write", write, unplug=False, writes=True),
        returning.step([login, *after], journal, seconds, found),
    ]


def _there(shell: Shell, image: bytes) -> bool:
    return shell.run(f"sha256sum {PATH} 2>/dev/null").text.split(" ")[0] == hashlib.sha256(image).hexdigest()


def _free_kib(meminfo: str) -> int:
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1])
    return 1 << 30  # it does not say: the upload will


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it says nothing"
