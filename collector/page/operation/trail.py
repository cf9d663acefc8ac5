"""The audit log as it is searched: by who, what, on what and when; and the same as CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ...records.audit import Entry, Search
from ..given import Unclear

PAGE = 100
CSV_ROWS_MAX = 50_000
HEADS = ("number", "time", "actor", "action", "object", "says", "hash")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for something to be done


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for, as it stands in the address of a page. Days are UTC, both included."""

    actor: str = ""
    verb: str = ""
    object: str = ""
    begin: str = ""
    end: str = ""
    below: str = ""

    def search(self) -> Search:
        """The same for the log. Raises QueryError."""
        until = _day(self.end)
        return Search(
            actor=self.actor,
            verb=self.verb,
            object=self.object,
            since_ms=_ms(_day(self.begin)),
            until_ms=_ms(until + timedelta(days=1) if until else None),
            below=_number(self.below),
        )

    def query(self) -> dict[str, str]:
        """As it stands in an address, what is empty left out; without the place in the list."""
        named = {
            "actor": self.actor,
            "verb": self.verb,
            "object": self.object,
            "begin": self.begin,
            "end": self.end,
        }
        return {name: value for name, value in named.items() if value}


def as_csv(entries: Iterable[Entry]) -> str:
    """One row an entry, newest first; hashes in hexadecimal, so that the chain can be walked."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(HEADS)
    for one in entries:
        moment = datetime.fromtimestamp(one.time_ms / 1000, UTC).isoformat(timespec="milliseconds")
        texts = [_harmless(text) for text in (one.actor, one.verb, one.object, one.says)]
        writer.writerow([one.number, moment, *texts, one.hash.hex()])
    return written.getvalue()


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Unclear("a day is written as 2026-03-02") from None
    if not 1970 <= found.year < 9999:
        raise Unclear("a day of a year from 1970 on is wanted, such as 2026-03-02")
    return found


def _ms(day: date | None) -> int | None:
    return None if day is None else int(datetime.combine(day, time(), UTC).timestamp() * 1000)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise Unclear("a row of the log has a number, such as 12")
    return int(text)
