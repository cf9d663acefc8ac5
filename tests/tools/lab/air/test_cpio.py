"""The archive for the kernel: read back by cpio itself where it is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.lab.air import cpio

ENTRIES = [
    cpio.file("bin/sh", b"#!\n", 0o755),
    cpio.file("bin/odd", b"12345"),
    cpio.file("bin/sh", b"comes too late"),
    cpio.folder("proc"),
    cpio.file("bin/deep/down", b""),
]


def test_each_path_once_and_folders_first() -> None:
    """The first of two files of one name counts; a folder comes before what is in it."""
    raw = cpio.pack(ENTRIES)
    assert raw.count(b"bin/sh\0") == 1
    assert b"comes too late" not in raw
    assert 0 < raw.index(b"bin\0") < raw.index(b"bin/sh\0")
    assert len(raw) % 4 == 0


@pytest.mark.parametrize("command", [["cpio"], ["busybox", "cpio"]], ids=" ".join)
def test_cpio_unpacks_it(command: list[str], tmp_path: Path) -> None:
    """Contents and modes are what they were."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed; tools/lab/air/packages brings busybox")
    subprocess.run([*command, "-idm"], input=cpio.pack(ENTRIES), cwd=tmp_path, check=True, capture_output=True)
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"bin/sh": b"#!\n", "bin/odd": b"12345", "bin/deep/down": b""}
    assert (tmp_path / "bin/sh").stat().st_mode & 0o777 == 0o755
