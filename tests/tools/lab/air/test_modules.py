"""Kernel modules are loaded after what they need."""

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.lab.air import modules


def _module(folder: Path, name: str, needs: str) -> None:
    (folder / f"{name}.ko").write_bytes(b"\x7fELF\0license=GPL\0depends=" + needs.encode() + b"\0name=x\0")


def test_needs_come_first(tmp_path: Path) -> None:
    """A dash in a file's name is an underscore where the module is named, and nothing is loaded twice."""
    _module(tmp_path, "cfg80211", "rfkill")
    _module(tmp_path, "rfkill", "")
    _module(tmp_path, "lib-arc4", "")
    _module(tmp_path, "hwsim", "cfg80211,lib_arc4")
    ordered = modules.in_order(modules.find(tmp_path), ("rfkill", "hwsim"))
    assert [path.stem for path in ordered] == ["rfkill", "cfg80211", "lib-arc4", "hwsim"]


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    """The sentence says which, and what to do."""
    _module(tmp_path, "hwsim", "mac80211")
    with pytest.raises(ToolError, match="no module mac80211"):
        modules.in_order(modules.find(tmp_path), ("hwsim",))
