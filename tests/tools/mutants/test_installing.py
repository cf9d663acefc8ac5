"""A changed source comes to life, in whatever had the old one."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tools.mutants import changes, installing
from tools.mutants.changes import Change

LIMIT = """
SIZE = 3

class Shelf:
    def fits(self, size):
        return size <= SIZE

def twice(size):
    return [one * 2 for one in range(size)]
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of a tree of its own, and one that has taken names from it."""
    (tmp_path / "mutable_shelf.py").write_text(LIMIT)
    (tmp_path / "mutable_house.py").write_text("from mutable_shelf import SIZE, Shelf, twice\n")
    for module in (changes, installing):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield importlib.import_module("mutable_house")
    for name in ("mutable_house", "mutable_shelf"):
        sys.modules.pop(name, None)


def _change(old: str, new: str) -> Change:
    return Change("mutable_shelf.py", LIMIT, LIMIT.replace(old, new))


def test_who_holds_a_function_or_a_class_has_its_changed_code(shelf: ModuleType) -> None:
    assert installing.swap(_change("<=", "<"))
    assert not shelf.Shelf().fits(3)
    assert installing.swap(_change("* 2", "* 3"))
    assert shelf.twice(2) == [0, 3]


def test_a_changed_constant_wants_all_that_rests_on_it_anew(shelf: ModuleType) -> None:
    change = _change("SIZE = 3", "SIZE = 4")
    assert not installing.swap(change)
    installing.load_anew(change)
    again = importlib.import_module("mutable_house")
    assert again is not shelf
    assert (again.SIZE, again.Shelf().fits(4)) == (4, True)
    assert shelf.SIZE == 3


def test_a_change_is_shown_with_its_line() -> None:
    assert _change("<=", "<").shown == "mutable_shelf.py:6: return size <= SIZE\n   -> return size < SIZE"
