"""Sheets and edits: out and in again changes nothing; all lines or none; nobody tells more of people by a sheet."""

from pathlib import Path

import pytest
from wide_fleet import WideFleet

from collector.configuration.editor import Editor
from collector.configuration.layers import Place, Scope
from collector.errors import QueryError
from collector.grouping import history, sheet
from collector.grouping.book import Book, Edit
from collector.records.audit import Audit

NOW_MS = 1_800_000_000_000


@pytest.fixture
def fleet(tmp_path: Path) -> WideFleet:
    return WideFleet(tmp_path, 30)


def test_a_sheet_comes_in_as_it_went_out(fleet: WideFleet) -> None:
    book = Book(fleet.engine)
    edit = Edit(add=frozenset({"front", "new"}), group="doors", behind="s0001", position=(52.5, 13.25))
    assert len(book.edit([("s0000", edit)], "cli:ada", NOW_MS)) == 1
    before = book.everyone()
    assert before[0].tags == {"front", "new"}
    assert book.edit(sheet.read(sheet.write(before, {}).encode()), "cli:ada", NOW_MS) == []
    assert book.everyone() == before


def test_cells_empty_and_columns_that_are_absent_do_not(fleet: WideFleet) -> None:
    book = Book(fleet.engine)
    book.edit([("s0000", Edit(tags=frozenset({"a"}), group="doors", position=(1.0, 2.0)))], "cli:ada", NOW_MS)
    text = "sensor,tags,latitude,longitude\ns0000,,,\n"
    (done,) = book.edit(sheet.read(text.encode()), "cli:ada", NOW_MS)
    assert done.says == ("tags -a", "position 1.000000,2.000000 -> none")
    (one, *_) = book.everyone()
    assert (one.sensor.group_name, one.tags, one.latitude) == ("doors", frozenset(), None)


def test_one_bad_line_and_nothing_is_taken(fleet: WideFleet) -> None:
    book = Book(fleet.engine)
    for text, says in (
        ("sensor,site\ns0000,site-001\ns0001,nowhere\n", "s0001: there is no site 'nowhere'"),
        ("sensor,group\ns0000,doors\nghost,doors\n", "no sensor 'ghost'"),
        ("sensor,behind\ns0000,s0001\ns0001,s0000\n", "would be a ring"),
        ("sensor,latitude,longitude\ns0000,91,0\n", "outside -90 to 90"),
        ("sensor,latitude,longitude\ns0000,nan,0\n", "outside -90 to 90"),
    ):
        with pytest.raises(QueryError, match=says):
            book.edit(sheet.read(text.encode()), "cli:ada", NOW_MS)
    assert Audit(fleet.engine).entries() == []
    assert {one.sensor.group_name for one in book.everyone()} == {""}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name\ndoor\n", "there is no column 'sensor'"),
        ("sensor,colour\ndoor,red\n", "column 'colour' is unknown"),
        ("sensor,group\ndoor\n", "line 2: it has another number of cells"),
        ("sensor,group\ndoor,a\ndoor,b\n", "line 3, column sensor: 'door' is there twice"),
        ("sensor,site\ndoor,\n", "line 2, column site: '' does not fit; a sensor hangs at a site"),
        (
            "sensor,latitude,longitude\ndoor,north,1\n",
            "line 2, column latitude: 'north' does not fit; latitude and",
        ),
        ("sensor,latitude\ndoor,1\n", "come together"),
        ("sensor,tags\ndoor,a/b\n", "a tag has 1 to 32"),
    ],
)
def test_a_sheet_that_is_wrong_says_where(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        sheet.read(text.encode())


def test_a_move_that_tells_more_of_people_is_refused(fleet: WideFleet) -> None:
    Editor(fleet.registry, "cli:ada", lambda: NOW_MS).set(Place(Scope.SITE, "acme", "site-000"), {"mode": "counts"})
    with pytest.raises(QueryError, match="mode is counts no more"):
        Book(fleet.engine).edit([("s0000", Edit(site="site-001"))], "cli:ada", NOW_MS)


def test_everything_that_was_done_to_a_sensor_is_its_history(fleet: WideFleet) -> None:
    Editor(fleet.registry, "cli:ada", lambda: NOW_MS).set(Place(Scope.SITE, "acme", "site-000"), {"window_s": "60"})
    Book(fleet.engine).edit([("s0000", Edit(add=frozenset({"front"})))], "cli:eve", NOW_MS + 1)
    Book(fleet.engine).edit([("s0001", Edit(add=frozenset({"front"})))], "cli:eve", NOW_MS + 2)
    said = [(one.actor, one.verb, one.says) for one in history.of(fleet.engine, "s0000")]
    assert said == [("cli:ada", "configure", "change 1: window_s=60"), ("cli:eve", "edit", "tags +front")]
