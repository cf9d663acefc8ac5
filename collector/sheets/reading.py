"""Reading a sheet: from bytes to rows of cells by column, or a fault that names line and column. Pure, but `of_file`.

As Excel writes it: UTF-8 with or without a byte order mark; comma, semicolon or tab between cells, whichever the first
line shows; where it is no comma, numbers have a decimal comma. Rows of empty cells alone are passed over.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from ..errors import QueryError

SIZE_MAX = 64 << 20
SHOWN_CHARS = 32  # of a cell, in a fault
DELIMITERS = ",;\t"  # where a first line shows none of them: a comma
WORKBOOK = b"PK\x03\x04"  # a zip: .xlsx and .ods
NOT_ISO = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")  # what Excel makes of an ISO time where the comma is a semicolon
TIME = "a time such as 2026-11-28T10:05 is wanted, of the site's own clock or with an offset"


class SheetError(QueryError):
    """A sheet is not as it must be; where, and what is wanted there."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a sheet may be."""

    needed: tuple[str, ...]
    more: tuple[str, ...] | None = ()  # columns it may have too; None = whatever it likes
    rows_max: int = 100_000
    empty: bool = False  # whether it may have no row


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a sheet: its cells by column, without the white space around them."""

    line: int
    cells: dict[str, str]
    comma: bool = field(default=False, repr=False)  # whether numbers are written 12,5

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def __contains__(self, column: str) -> bool:
        return column in self.cells

    def get(self, column: str) -> str:
        """The cell; "" where the sheet has no such column."""
        return self.cells.get(column, "")

    def fault(self, column: str, wanted: str) -> SheetError:
        """To be raised: this cell is wrong. wanted: a clause that says what is to stand there."""
        return SheetError(f"line {self.line}, column {column}: '{self._shown(column)}' does not fit; {wanted}")

    def twice(self, column: str) -> SheetError:
        """To be raised: another line is about the same."""
        shown = self._shown(column)
        return SheetError(f"line {self.line}, column {column}: '{shown}' is there twice; take one of the lines out")

    def number(self, column: str, wanted: str, between: tuple[float, float] | None = None) -> float:
        """The cell as a number. Raises SheetError, which says what is wanted."""
        text = self.cells[column]
        try:
            found = float(text.replace(",", ".") if self.comma else text)
        except ValueError:
            raise self.fault(column, wanted) from None
        if between is not None and not between[0] <= found <= between[1]:  # also of NaN
            raise self.fault(column, wanted)
        return found

    def whole(self, column: str, wanted: str, most: int) -> int:
        """The cell as a whole number from 0 to most. Raises SheetError, which says what is wanted."""
        text = self.cells[column]
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
            raise self.fault(column, wanted)
        return int(text)

    def moment_ms(self, column: str, zone: tzinfo) -> int:
        """The cell as an instant, UTC ms; zone: of a time without offset. Raises SheetError."""
        moment = _moment(self.cells[column])
        if moment is None:
            raise self.fault(column, TIME)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)

    def _shown(self, column: str) -> str:
        return self.cells[column][:SHOWN_CHARS]


def of_file(path: Path, form: Form) -> Iterator[Row]:
    """The rows of a file. Raises SheetError."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except OSError as exc:
        raise SheetError(f"{path} cannot be read: {exc.strerror}; name a CSV file") from exc
    return read(content, form)


def read(content: bytes, form: Form) -> Iterator[Row]:
    """The rows of a sheet, one by one. Raises SheetError, also while they are gone through."""
    text = _text(content)
    delimiter = _delimiter(text, form)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    try:
        columns = _filled(next(reader, []))
        _check(columns, form)
        for given in reader:
            cells = _filled(given)
            if not cells:
                continue
            cells += [""] * (min(len(given), len(columns)) - len(cells))
            count += 1
            if count > form.rows_max:
                raise SheetError(f"the sheet has more than {form.rows_max:,} lines; split it")
            if len(cells) != len(columns):
                raise SheetError(
                    f"line {reader.line_num}: it has another number of cells, {len(cells)}, than the first line, "
                    f"{len(columns)}; give each column a cell, if an empty one"
                )
            yield Row(reader.line_num, dict(zip(columns, cells, strict=True)), delimiter != ",")
    except csv.Error as exc:
        raise SheetError(f"line {reader.line_num}: this is no CSV ({exc}); look at the quotes in it") from exc
    if not count and not form.empty:
        raise SheetError("there is no line below the first; write one for each that is to be taken")


def _filled(cells: Sequence[str]) -> list[str]:
    """The cells without white space around them, and without those at the end that are empty: Excel writes such."""
    found = [cell.strip() for cell in cells]
    while found and not found[-1]:
        found.pop()
    return found


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in NOT_ISO:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _text(content: bytes) -> str:
    if len(content) > SIZE_MAX:
        raise SheetError(f"a sheet has at most {SIZE_MAX >> 20} MiB; split it")
    if content.startswith(WORKBOOK):
        raise SheetError("this is a workbook, no CSV; save the sheet as CSV UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        before = content[: exc.start].decode("utf-8-sig", "replace")
        line, column = before.count("\n") + 1, _last_column(before)
        raise SheetError(f"line {line}, column {column}: this is not written in UTF-8; save it as CSV UTF-8") from exc


def _last_column(text: str) -> str:
    """The column in which a text ends, by its name; by its number where it has none."""
    first, _, rest = text.partition("\n")
    delimiter = max(DELIMITERS, key=first.count)
    place = rest.rpartition("\n")[2].count(delimiter) if rest else first.count(delimiter)
    names = first.split(delimiter) if rest else []
    return names[place].strip() if place < len(names) else str(place + 1)


def _delimiter(text: str, form: Form) -> str:
    """The one by which the first line names most columns that are known."""
    first = text.split("\n", 1)[0]
    known = {*form.needed, *(form.more or ())}
    return max(DELIMITERS, key=lambda one: len(known & {name.strip(' "\r') for name in first.split(one)}))


def _check(columns: Sequence[str], form: Form) -> None:
    """Raises SheetError for a first line that names too few columns, one twice, or one that nobody knows."""
    for name in form.needed:
        if name not in columns:
            named = ",".join(form.needed)
            raise SheetError(f"line 1: there is no column '{name}'; the first line of this sheet is to name {named}")
    for name in columns:
        if columns.count(name) > 1:
            raise SheetError(f"line 1: column '{name[:SHOWN_CHARS]}' is there twice; take one of the two out")
        if form.more is not None and name not in form.needed + form.more:
            known = ",".join(form.needed + form.more)
            raise SheetError(f"line 1: column '{name[:SHOWN_CHARS]}' is unknown; take it out, or name one of {known}")
