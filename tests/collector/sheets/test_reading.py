"""Sheets: what Excel and the like write is read alike; what is wrong is said with its line, column and a way out."""

from contextlib import suppress
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector import sheets
from collector.sheets import Form, SheetError, reading

FORM = Form(needed=("name", "x"), more=("zone",), rows_max=3)
LINES = ("name,x,zone", "door,12.5,entrance", '"a, b",1,')


def cells(content: bytes, form: Form = FORM) -> list[dict[str, str]]:
    return [row.cells for row in sheets.read(content, form)]


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(LINES).encode(),
        "\r\n".join(LINES).encode("utf-8-sig"),
        b"name;x;zone\r\ndoor;12.5;entrance\r\na, b;1;\r\n;;\r\n",
        b"name\tx\tzone\t\ndoor\t12.5\tentrance\t\na, b\t1\t\t\n\n",
        b'"name";"x";"zone"\n" door ";"12.5";"entrance"\n"a, b";"1";""\n',
    ],
    ids=["plain", "byte order mark", "semicolons and an empty line", "tabs and a column more", "quoted"],
)
def test_the_same_sheet_reads_the_same_however_it_was_saved(content: bytes) -> None:
    assert cells(content) == [{"name": "door", "x": "12.5", "zone": "entrance"}, {"name": "a, b", "x": "1", "zone": ""}]


def test_numbers_and_times_are_read_as_a_german_excel_writes_them() -> None:
    (row,) = sheets.read(b"name;x\n28.11.2026 10:05;12,5\n", FORM)
    assert row.number("x", "a number") == 12.5
    (iso,) = sheets.read(b"name,x\n2026-11-28T11:05+01:00,1\n", FORM)
    assert row.moment_ms("name", UTC) == iso.moment_ms("name", UTC) == 1_795_860_300_000
    (quoted,) = sheets.read(b'name,x\ndoor,"12,5"\n', FORM)
    with pytest.raises(SheetError, match="line 2, column x: '12,5' does not fit; a number"):
        quoted.number("x", "a number")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1: there is no column 'name'; the first line of this sheet is to name name,x"),
        (b"name,x\n", "there is no line below the first"),
        (b"name,x,x\n", "line 1: column 'x' is there twice"),
        (b"name,x,colour\n", "line 1: column 'colour' is unknown; take it out, or name one of name,x,zone"),
        (b"name,x\ndoor\n", "line 2: it has another number of cells, 1, than the first line, 2"),
        (b"name,x\ndoor,1,2\n", "line 2: it has another number of cells, 3, than"),
        (b"name,x\na,1\nb,2\nc,3\nd,4\n", "more than 3 lines; split it"),
        (b'name,x\ndoor,"1\n', "line 2: this is no CSV"),
        ("name,x\ndoor,1\nT\xfcr,2\n".encode("latin-1"), "line 3, column name: this is not written in UTF-8; save it"),
        ("name;zone;x\ndoor;T\xfcr;2\n".encode("latin-1"), "line 2, column zone: this is not"),
        ("name\tx".encode("utf-16"), "line 1, column 1: this is not"),
        (b"PK\x03\x04 and so on", "this is a workbook, no CSV; save the sheet as CSV UTF-8"),
    ],
)
def test_what_is_wrong_names_its_place_and_a_way_out(content: bytes, says: str) -> None:
    with pytest.raises(SheetError) as caught:
        cells(content)
    assert says in str(caught.value)


def test_a_file_that_is_too_big_or_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SheetError, match=r"gone.csv cannot be read: No such file.*; name a CSV file"):
        list(sheets.of_file(tmp_path / "gone.csv", FORM))
    monkeypatch.setattr(reading, "SIZE_MAX", 1 << 20)
    (tmp_path / "big.csv").write_bytes(b"name,x\n" + b"a" * (1 << 20))
    with pytest.raises(SheetError, match="at most 1 MiB; split it"):
        list(sheets.of_file(tmp_path / "big.csv", FORM))


@pytest.mark.parametrize("text", ["-1", "1.0", "101", "\u0661", "", "1" * 5000])
def test_a_whole_number_is_of_few_digits_and_within_its_bounds(text: str) -> None:
    (row,) = sheets.read(f"name,x\ndoor,{text}\n".encode(), FORM) if text else sheets.read(b"name,x\nd,\n", FORM)
    with pytest.raises(SheetError, match="line 2, column x"):
        row.whole("x", "a whole number up to 100", 100)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=60))
@example(b"name,x\n\x00,\x00")
def test_any_bytes_are_rows_or_a_fault(content: bytes) -> None:
    for start in (b"", b"name,x\n"):
        with suppress(SheetError):
            assert all(set(row) - {"zone"} == {"name", "x"} for row in cells(start + content))
