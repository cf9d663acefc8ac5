"""A commit that is cut off at any step leaves the state before it or after it, and what was acknowledged stays."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.torture import crash

EVERY = 60  # `make torture` tries them all
NO_SYNC = """
import os
class NoSync:
    def __getattr__(self, name):
        return (lambda descriptor: None) if name == "fsync" else getattr(os, name)
"""
SLOPPY = {
    "the folder is not synced": "durable.sync_folder = lambda folder: None",
    "nothing is synced": "durable.os = NoSync()",
}


def test_no_crash_point_loses_doubles_or_halves_anything(tmp_path: Path) -> None:
    found = crash.run(tmp_path, EVERY)
    assert found.says == ()
    assert (found.lost, found.doubled, found.invented, found.conservation_error) == (0, 0, 0, 0)
    assert (found.halves, found.orphans) == (0, 0)
    assert found.points > 100


@pytest.mark.parametrize("fault", SLOPPY)
def test_a_store_that_is_sloppy_is_found_out(fault: str, tmp_path: Path) -> None:
    """The same run over a store that leaves out a sync: a power cut must cost it something."""
    program = (
        f"from collector import durable\n{NO_SYNC}\n{SLOPPY[fault]}\nfrom tools.torture import crash\ncrash.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), "90"], capture_output=True, text=True, check=False
    )
    assert done.returncode or '"lost": 0,' not in done.stdout, done.stdout
