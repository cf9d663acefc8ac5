"""A collector is served by one process at a time."""

import os
from pathlib import Path

import pytest

from collector.errors import SettingsError
from collector.service import chief


def test_a_second_process_is_told_which_one_serves(tmp_path: Path) -> None:
    """Two would cut off each other's connection to the broker without end."""
    with chief.alone(tmp_path):
        with pytest.raises(SettingsError, match=f"process {os.getpid()};"), chief.alone(tmp_path):
            pass
        with pytest.raises(SettingsError, match=f"process {os.getpid()};"), chief.alone(tmp_path):
            pass
    with chief.alone(tmp_path):
        assert (tmp_path / chief.FILE_NAME).read_text() == str(os.getpid())


def test_a_folder_of_somebody_else_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Look at who owns"), chief.alone(tmp_path / "nowhere"):
        pass
