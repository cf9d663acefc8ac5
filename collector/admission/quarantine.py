"""The quarantine: messages that were not let in, with the reason; bounded in rows and bytes, for each source too.

A source is a sensor for what is certainly its own (`tenant/sensor`), the same with a `?` before it for what came under
its name without a good signature, and `?` for everything else: whoever floods pushes out only what is of his own kind.
Payloads may hold tokens, so they go when their epoch is over; what was refused, and why, stays a week.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, insert, select, true, update

from .. import schema
from ..database import writing
from ..records import audit
from ..records.audit import Event
from .rates import Bucket

MESSAGES_MAX = 10_000
SOURCE_MESSAGES_MAX = 1_000
BYTES_MAX = 64 << 20
SOURCE_BYTES_MAX = 8 << 20
PAYLOAD_BYTES_MAX = 4096  # kept of a message that nobody will replay: enough to see what it is
KEPT_MS = 7 * 24 * 3600 * 1000
STRANGERS = "?"
PACE_PER_S, PACE_BURST = 1.0, 50  # of what is kept of a source that is not certain; the rest is only counted


@dataclass(frozen=True, slots=True)
class Held:
    """A message that was refused. until_ms: when its payload goes."""

    id: int
    received_ms: int
    topic: str
    reason: str
    says: str
    payload: bytes
    source: str = STRANGERS
    size: int = 0
    whole: bool = False
    digest: bytes | None = None
    until_ms: int = 0

    @property
    def certain(self) -> bool:
        """Whether it is certainly its sensor's own."""
        return not self.source.startswith(STRANGERS)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages: all that fit every field that is set."""

    id: int | None = None
    reason: str | None = None
    sensor: str | None = None  # tenant/sensor
    before_ms: int | None = None
    since_ms: int | None = None
    below_id: int | None = None  # older than this message: where the page before ended

    def clause(self) -> ColumnElement[bool]:
        """The same in SQL."""
        columns = schema.quarantine.c
        wanted: list[ColumnElement[bool]] = [true()]
        if self.id is not None:
            wanted.append(columns.id == self.id)
        if self.reason is not None:
            wanted.append(columns.reason == self.reason)
        if self.sensor is not None:
            wanted.append(columns.source.in_((self.sensor, STRANGERS + self.sensor)))
        if self.before_ms is not None:
            wanted.append(columns.received_ms < self.before_ms)
        if self.since_ms is not None:
            wanted.append(columns.received_ms >= self.since_ms)
        if self.below_id is not None:
            wanted.append(columns.id < self.below_id)
        return and_(*wanted)


@dataclass(slots=True)
class Pace:
    """What of uncertain sources is worth keeping: a flood of forgeries must not become a flood of writes."""

    left_out: int = 0
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def allows(self, source: str, now_ms: int) -> bool:
        """Whether one more may be kept. There are at most twice as many sources as registered sensors, and one."""
        bucket = self._buckets.setdefault(source, Bucket(PACE_BURST, PACE_PER_S, PACE_BURST, now_ms))
        taken = bucket.take(now_ms)
        self.left_out += not taken
        return taken


class Quarantine:
    """Refused messages in the registry database."""

    def __init__(self, engine: Engine, messages_max: int = MESSAGES_MAX) -> None:
        self._engine = engine
        self._messages_max = messages_max

    def hold(self, messages: Sequence[Held]) -> None:
        """Keep messages (ids are given here) at the cost of the oldest beyond a limit; a sensor's own ones once."""
        if not messages:
            return
        table = schema.quarantine
        with writing(self._engine).begin() as connection:
            new = _once(connection, messages)
            if not new:
                return
            connection.execute(insert(table), [_row(held) for held in new])
            for source in {held.source for held in new}:
                _trim(connection, table.c.source == source, SOURCE_MESSAGES_MAX, SOURCE_BYTES_MAX)
            _trim(connection, true(), self._messages_max, BYTES_MAX)

    def list(self, newest: int = 100, selection: Selection = Selection()) -> list[Held]:
        """The newest messages, newest first."""
        table = schema.quarantine
        wanted = select(table).where(selection.clause()).order_by(table.c.id.desc()).limit(newest)
        with self._engine.begin() as connection:
            return [Held(**row._mapping) for row in connection.execute(wanted)]

    def count(self, selection: Selection = Selection()) -> dict[str, int]:
        """Held messages by reason."""
        table = schema.quarantine
        wanted = select(table.c.reason, func.count()).where(selection.clause()).group_by(table.c.reason)
        with self._engine.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def settle(self, gone: Sequence[int], kept: Sequence[Held], event: Event, now_ms: int) -> None:
        """After a replay: remove what has come in, note why the rest has not, and record who wanted it."""
        table = schema.quarantine
        with writing(self._engine).begin() as connection:
            connection.execute(delete(table).where(table.c.id.in_(gone)))
            for held in kept:
                new = {"reason": held.reason, "says": held.says}
                connection.execute(update(table).where(table.c.id == held.id).values(new))
            audit.append(connection, event, now_ms)

    def purge(self, selection: Selection, actor: str, says: str, now_ms: int) -> int:
        """Delete messages for good, with a row in the audit log. Returns how many."""
        with writing(self._engine).begin() as connection:
            gone = connection.execute(delete(schema.quarantine).where(selection.clause())).rowcount
            audit.append(connection, Event(actor, "purge", "quarantine", f"{gone} messages: {says}"), now_ms)
        return gone

    def expire(self, now_ms: int) -> None:
        """Drop payloads whose epoch is over, and what has been here for a week."""
        table = schema.quarantine
        ended = (table.c.until_ms <= now_ms) & (func.length(table.c.payload) > 0)
        old = table.c.received_ms <= now_ms - KEPT_MS
        with self._engine.begin() as connection:
            if connection.execute(select(table.c.id).where(ended | old).limit(1)).first() is None:
                return
        with writing(self._engine).begin() as connection:
            connection.execute(update(table).where(ended).values(payload=b"", whole=False))
            connection.execute(delete(table).where(old))
        if self._engine.dialect.name == "sqlite":  # the log beside the database still holds the pages as they were
            with self._engine.begin() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _once(connection: Connection, messages: Sequence[Held]) -> list[Held]:
    """Those that are not here yet; sensors repeat their own until they are answered."""
    digests = {held.digest for held in messages if held.digest}
    column = schema.quarantine.c.digest
    here = set(connection.scalars(select(column).where(column.in_(digests)))) if digests else set()
    new = []
    for held in messages:
        if held.digest is None or held.digest not in here:
            new.append(held)
            here.add(held.digest)
    return new


def _row(held: Held) -> dict[str, object]:
    row = asdict(held)
    del row["id"]
    return {**row, "topic": held.topic[:256]}


def _trim(connection: Connection, of: ColumnElement[bool], rows_max: int, bytes_max: int) -> None:
    """Delete the oldest rows beyond so many, and beyond so many bytes of payload."""
    table = schema.quarantine
    newest = table.c.id.desc()
    ranked = (
        select(
            table.c.id,
            func.row_number().over(order_by=newest).label("rows"),
            func.sum(func.length(table.c.payload)).over(order_by=newest).label("bytes"),
        )
        .where(of)
        .subquery()
    )
    beyond = select(ranked.c.id).where((ranked.c.rows > rows_max) | (ranked.c.bytes > bytes_max))
    connection.execute(delete(table).where(table.c.id.in_(beyond)))


assert {column.name for column in schema.quarantine.columns} == {one.name for one in fields(Held)}
