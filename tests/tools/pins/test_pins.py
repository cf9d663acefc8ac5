"""What pyproject.toml allows has two ends, and the page says which were tried."""

from pathlib import Path

from packaging.specifiers import SpecifierSet

from tools.pins import ranges, record
from tools.pins.ranges import Range
from tools.pins.record import Tried
from tools.pins.trying import ROOT, TESTS


def test_every_requirement_has_an_oldest_version_and_an_end() -> None:
    open_ended = [
        one.name
        for one in ranges.read()
        if {spec.operator for spec in SpecifierSet(one.allowed)} not in ({">=", "<"}, {"=="})
    ]
    assert open_ended == []


def test_requirements_are_listed_with_who_wants_them(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["B.b[x]>=2,<3", "aa>=1,<2"]\n'
        '[project.optional-dependencies]\ndev = ["footfall[more]", "cc>=5,<6"]\n'
    )
    assert ranges.read(tmp_path / "pyproject.toml") == [
        Range("aa", ">=1,<2", "footfall"),
        Range("b-b", ">=2,<3", "footfall"),
        Range("cc", ">=5,<6", "dev"),
    ]


def test_a_range_that_was_changed_since_is_not_said_to_be_tried(tmp_path: Path) -> None:
    wanted = [Range("aa", ">=1,<2", "footfall"), Range("bb", ">=3,<4", "dev")]
    tried = Tried("2026-11-28", "3.11.7", "9 passed", {"aa": "1.0", "bb": "2.0"}, {"aa": ">=1,<2", "bb": ">=2,<4"}, {})
    record.keep("lowest", tried, tmp_path / "tried.json")
    rows = record.table(wanted, record.read(tmp_path / "tried.json")).splitlines()
    assert rows[2:] == [
        "| aa | footfall | `>=1,<2` | 1.0 | not tried | not read |",
        "| bb | dev | `>=3,<4` | not tried | not tried | not read |",
    ]


def test_the_tests_that_are_run_are_there() -> None:
    assert [name for name in TESTS if not (ROOT / name).exists()] == []
