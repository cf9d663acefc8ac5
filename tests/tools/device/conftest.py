"""The command, and a fake ImageBuilder: a folder with a Makefile of ours that notes how it is called."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tools.device.cli import device

FAKE = """\
# A fake of OpenWrt's ImageBuilder for tests: it notes its arguments, and copies a ready image to BIN_DIR.
info:
\t@printf 'Current Target: "{target}"\\nAvailable Profiles:\\n\\n{profile}:\\n    A unit\\n'
image:
\t@printf '%s\\n' 'PROFILE=$(PROFILE)' 'PACKAGES=$(PACKAGES)' 'FILES=$(FILES)' 'NAME=$(EXTRA_IMAGE_NAME)' > called
\t@ls packages > packed
\t@[ -z '$(FILES)' ] || cp -r '$(FILES)' laid
\t@if [ -e image.bin ]; then \\
\t\tcp image.bin '$(BIN_DIR)/openwrt-$(PROFILE)-squashfs-sysupgrade.bin'; \\
\t\tcp image.bin '$(BIN_DIR)/openwrt-$(PROFILE)-squashfs-factory.bin'; \\
\tfi
"""


@pytest.fixture
def call() -> Callable[..., Result]:
    """Call `footfall device` with these words."""
    return lambda *words: CliRunner().invoke(device, [str(word) for word in words])


def last(done: Result) -> dict[str, object]:
    """The JSON object on the last line of a command's output."""
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


def image(kernel: int, root: int, padded_to: int) -> bytes:
    """A firmware image: a kernel, a squashfs of `root` bytes (its head only, no files), and padding."""
    head = struct.pack("<4s4I6H2Q", b"hsqs", 1, 0, 1 << 18, 0, 4, 18, 0, 1, 4, 0, 0, root)
    return (b"\x27\x05" * (kernel // 2) + head + b"\xa5" * (root - len(head))).ljust(padded_to, b"\xff")


@pytest.fixture
def builder(tmp_path: Path) -> Path:
    """A fake ImageBuilder for the CPE210 v3, of the kind that takes .ipk."""
    folder = tmp_path / "imagebuilder"
    (folder / "packages").mkdir(parents=True)
    (folder / "Makefile").write_text(FAKE.format(target="ath79/generic", profile="tplink_cpe210-v3"))
    (folder / "repositories.conf").touch()
    (folder / "image.bin").write_bytes(image(1_800_000, 4_000_000, 7680 << 10))
    return folder
