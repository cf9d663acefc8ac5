"""What is built into the unit: which image runs, and on which board."""

import re
from pathlib import Path

from .wire.image import BOARD, version_of

ROOT = Path("/")
RELEASE, BUILD, BOARD_NAME = "etc/openwrt_release", "etc/footfall-image", "tmp/sysinfo/board_name"
_SAID = re.compile(r"""^DISTRIB_(RELEASE|REVISION)=(['"]?)([^'"\n]*)\2$""", re.MULTILINE)
_BYTES_MAX = 4096


def version(root: Path | None = None) -> str:
    """The version of the image that runs, as the collector compares it; "" where there is none to compare."""
    root = root or ROOT
    said = {name: value for name, _, value in _SAID.findall(_read(root / RELEASE))}
    return version_of(said.get("RELEASE", ""), said.get("REVISION", ""), _read(root / BUILD).partition("\n")[0])


def board(root: Path | None = None) -> str:
    """The board's name, as images name it; "" where this is no OpenWrt."""
    name = _read((root or ROOT) / BOARD_NAME).strip()
    return name if BOARD.fullmatch(name) else ""


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_BYTES_MAX)
    except OSError:
        return ""
