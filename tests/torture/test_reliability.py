"""docs/reliability.md names only tests and tortures that there are."""

import re
from pathlib import Path

from tools.torture import faults

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_files_that_it_names_are_there() -> None:
    named = set(re.findall(r"\b(?:tests|tools)/[\w/]+\.py", TEXT))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_fault_is_in_its_table() -> None:
    promises = TEXT.partition("## Promises")[2]
    assert [name for name in faults.plays(faults.TINY) if name not in promises] == []


def test_no_figure_is_left_open() -> None:
    assert re.findall(r"@[A-Z0-9]+@", TEXT) == []
