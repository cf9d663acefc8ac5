"""The emulated machine: a Malta board with a big-endian 24Kc and 64 MB. Its speed is the host's, not a 24Kc's."""

from datetime import UTC, datetime
from pathlib import Path

from ...errors import ToolError
from ...run.child import Child
from . import cargo
from .build import Built

QEMU = "qemu-system-mips"
MEMORY_MIB = 64
LIMIT_S = 2400.0
PYTHON_PATH = "/lab:/usr/lib/footfall"


def run(built: Built, root: Path, stack: Path, console: Path) -> str:
    """Boot with these two disks, wait for the end; returns what the console said. Raises ToolError."""
    clock = datetime.fromtimestamp(cargo.CLOCK_S, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    # Behind `--` stands what the first process hands to Python.
    append = (
        f"console=ttyS0 root=/dev/vda rootfstype=squashfs ro init=/init panic=-1 quiet PYTHONPATH={PYTHON_PATH}"
        " PYTHONDONTWRITEBYTECODE=1 -- -P -s -m guest.measure"
    )
    command = [
        *(QEMU, "-M", "malta", "-cpu", "24Kc", "-m", str(MEMORY_MIB)),
        *(
            "-rtc",
            f"base={clock}",
            "-display",
            "none",
            "-vga",
            "none",
            "-monitor",
            "none",
            "-no-reboot",
            "-nic",
            "none",
        ),
        *("-serial", f"file:{console}", "-kernel", str(built.kernel), "-append", append),
    ]
    for number, image in enumerate((root, stack)):
        command += ["-drive", f"file={image},format=raw,readonly=on,if=none,id=disk{number}"]
        command += ["-device", f"virtio-blk-pci,drive=disk{number}"]
    child = Child("the emulated machine", command, console.with_suffix(".qemu.log"))
    try:
        if child.wait(LIMIT_S) is None:
            raise ToolError(f"the machine did not end within {LIMIT_S:.0f} s; its console is in {console}")
    finally:
        child.kill()
    if child.exit_code or not console.exists():
        raise ToolError(f"{QEMU} ended with {child.exit_code}: {child.last_words()}")
    return console.read_text(encoding="utf-8", errors="replace")
