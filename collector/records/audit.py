"""The audit log: who changed what, in rows of which each holds a hash over itself and the one before.

So no row can be changed, dropped or put in between without every later hash telling; what was cut off at the end shows
against a head that was noted elsewhere. Rows carry no personal data, no key and no token.

    hash = SHA-256(hash before | length and bytes of each field: number, time, actor, verb, object, says)
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, and_, insert, select, text, true

from .. import schema
from ..database import writing

GENESIS = bytes(32)
SAYS_CHARS_MAX = 1000
SIGN_IN, SIGN_OUT = "sign in", "sign out"  # of these a busy page writes many, and they change nothing else
_LOCK = 0x666F6F74  # of PostgreSQL's advisory locks: rows are added one after the other


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done. actor: `collector`, `cli:<user>`, `web:<user>`; verb: approve, revoke, destroy ..."""

    actor: str
    verb: str
    object: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the log."""

    number: int
    time_ms: int
    actor: str
    verb: str
    object: str
    says: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Search:
    """Which rows: all that fit every field that is set. object: a part of it; times in UTC, the end not included."""

    actor: str = ""
    verb: str = ""
    object: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    below: int | None = None  # rows before this number: where the page before ended

    def clause(self) -> ColumnElement[bool]:
        """The same in SQL."""
        column = schema.audit.c
        wanted: list[ColumnElement[bool]] = [true()]
        if self.actor:
            wanted.append(column.actor == self.actor)
        if self.verb:
            wanted.append(column.verb == self.verb)
        if self.object:
            wanted.append(column.object.contains(self.object, autoescape=True))
        if self.since_ms is not None:
            wanted.append(column.time_ms >= self.since_ms)
        if self.until_ms is not None:
            wanted.append(column.time_ms < self.until_ms)
        if self.below is not None:
            wanted.append(column.number < self.below)
        return and_(*wanted)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk over the log found. broken: the first row that does not fit, None where all do."""

    entries: int
    head: bytes
    broken: int | None


def append(connection: Connection, event: Event, now_ms: int) -> None:
    """Add a row within a transaction that writes, so that the deed and its record are there together or not at all."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    table = schema.audit
    last = connection.execute(select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)).first()
    number, before = (last.number + 1, last.hash) if last else (0, GENESIS)
    row = (number, now_ms, event.actor[:64], event.verb[:32], event.object[:128], event.says[:SAYS_CHARS_MAX])
    names = ("number", "time_ms", "actor", "verb", "object", "says", "hash")
    connection.execute(insert(table).values(dict(zip(names, (*row, _hash(before, row)), strict=True))))


class Audit:
    """The log in the registry database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, event: Event, now_ms: int) -> None:
        """Add a row in a transaction of its own."""
        with writing(self._engine).begin() as connection:
            append(connection, event, now_ms)

    def entries(self, newest: int | None = None) -> list[Entry]:
        """All rows, oldest first; or the newest so many."""
        wanted = select(schema.audit).order_by(schema.audit.c.number.desc()).limit(newest)
        with self._engine.begin() as connection:
            return [Entry(**row._mapping) for row in connection.execute(wanted)][::-1]

    def newest(self, besides: Sequence[str] = ()) -> int:
        """The number of the newest row, -1 where there is none: another one whenever anything was done.

        besides: what counts for nothing; each is a verb.
        """
        table = schema.audit.c
        wanted = select(table.number).where(table.verb.not_in(besides)).order_by(table.number.desc()).limit(1)
        with self._engine.begin() as connection:
            newest = connection.scalar(wanted)
            return -1 if newest is None else int(newest)

    def search(self, search: Search, newest: int) -> list[Entry]:
        """The newest so many rows that are looked for, newest first."""
        wanted = select(schema.audit).where(search.clause()).order_by(schema.audit.c.number.desc()).limit(newest)
        with self._engine.begin() as connection:
            return [Entry(**row._mapping) for row in connection.execute(wanted)]

    def words(self) -> tuple[list[str], list[str]]:
        """Every actor and every verb that the log knows."""
        column = schema.audit.c
        with self._engine.begin() as connection:
            actors = connection.scalars(select(column.actor).distinct().order_by(column.actor)).all()
            verbs = connection.scalars(select(column.verb).distinct().order_by(column.verb)).all()
        return list(actors), list(verbs)

    def verify(self) -> Verdict:
        """Walk the whole log."""
        wanted = select(schema.audit).order_by(schema.audit.c.number).execution_options(yield_per=1000)
        with self._engine.begin() as connection:
            return check(Entry(**row._mapping) for row in connection.execute(wanted))


def check(entries: Iterable[Entry]) -> Verdict:
    """Whether each row's hash is that of the row and the one before, and no number is missing."""
    before, count = GENESIS, 0
    for entry in entries:
        row = (entry.number, entry.time_ms, entry.actor, entry.verb, entry.object, entry.says)
        if entry.number != count or entry.hash != _hash(before, row):
            return Verdict(count, before, entry.number)
        before, count = entry.hash, count + 1
    return Verdict(count, before, None)


def _hash(before: bytes, row: tuple[int | str, ...]) -> bytes:
    return hashlib.sha256(before + b"".join(_fields(row))).digest()


def _fields(row: tuple[int | str, ...]) -> Iterator[bytes]:
    for field in row:
        raw = str(field).encode()
        yield len(raw).to_bytes(4, "big") + raw
