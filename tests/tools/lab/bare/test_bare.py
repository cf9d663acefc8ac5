"""The bare machine's lab says what it needs, and reads pytest's count out of all that is said."""

import os
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.lab.bare.__main__ import closing_line
from tools.lab.bare.room import Room


def test_the_closing_line_is_pytests_last_count() -> None:
    lines = [
        "3 passed in 1 s",
        "........ [ 50%]",
        "==== 4920 passed, 2 skipped in 700.12s (0:11:40) ====",
        "Success: no issues",
    ]
    assert closing_line(lines) == "4920 passed, 2 skipped in 700.12s (0:11:40)"
    assert closing_line(["nothing"]) == ""


def test_who_is_not_root_is_told_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ToolError, match="as root or by sudo"):
        Room(tmp_path).furnish([])


def test_a_machine_without_debootstrap_is_told_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(ToolError, match="apt-get install debootstrap"):
        Room(tmp_path).furnish([])
