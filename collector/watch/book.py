"""What the watch remembers, in the registry database."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select, update

from .. import schema
from ..database import inserting, writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from .alerts import Alert, Turn, Work
from .conditions import Condition, Key
from .grouping import Cause
from .seen import Sample

ALERTS_KEPT_MS = 90 * 86_400_000
SAMPLES_KEPT_MS = 3 * 86_400_000
SNOOZE_MAX_H = 14 * 24
_LOOKED = ("says", "do", "sensors", "told", "ended_ms")  # what a look changes; the rest is for people to change


class Book:
    """Reads and writes of conditions, alerts, samples and times of work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def conditions(self) -> dict[Key, Condition]:
        """All conditions that stand."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.conditions))
            return {
                (row.sensor_id, row.state): Condition(
                    row.sensor_id, row.state, row.since_ms, row.says, row.raised_ms, row.clear_ms
                )
                for row in rows
            }

    def samples(self, before_ms: int) -> dict[int, Sample]:
        """By sensor, its newest sample that is not newer than this."""
        table = schema.samples
        newest = (
            select(table.c.sensor_id, func.max(table.c.time_ms).label("time_ms"))
            .where(table.c.time_ms <= before_ms)
            .group_by(table.c.sensor_id)
            .subquery()
        )
        joined = select(table).join(
            newest, (table.c.sensor_id == newest.c.sensor_id) & (table.c.time_ms == newest.c.time_ms)
        )
        with self._engine.begin() as connection:
            return {row.sensor_id: Sample(*row) for row in connection.execute(joined)}

    def add_samples(self, samples: Iterable[Sample], now_ms: int) -> None:
        """Keep samples; old ones go."""
        rows = [{name: getattr(one, name) for name in Sample.__dataclass_fields__} for one in samples]
        with writing(self._engine).begin() as connection:
            connection.execute(delete(schema.samples).where(schema.samples.c.time_ms < now_ms - SAMPLES_KEPT_MS))
            if rows:
                connection.execute(inserting(self._engine)(schema.samples).on_conflict_do_nothing(), rows)

    def standing(self) -> dict[Cause, Alert]:
        """The alerts that have not ended."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.alerts).where(schema.alerts.c.ended_ms.is_(None)))
            return {alert.cause: alert for alert in map(_alert, rows)}

    def recent(self, since_ms: int) -> list[Alert]:
        """The alerts that stand, and those that ended since; the newest first."""
        table = schema.alerts
        wanted = or_(table.c.ended_ms.is_(None), table.c.ended_ms >= since_ms)
        with self._engine.begin() as connection:
            rows = connection.execute(select(table).where(wanted).order_by(table.c.raised_ms.desc(), table.c.id))
            return [_alert(row) for row in rows]

    def save(
        self,
        known: Mapping[Key, Condition],
        now: Mapping[Key, Condition],
        standing: Mapping[Cause, Alert],
        turn: Turn,
        now_ms: int,
    ) -> Turn:
        """Keep what one look has made of what was known and standing; the turn, its new alerts with their numbers.

        Only what the look has changed is written: what somebody has acknowledged or put off meanwhile stays so.
        """
        gone = [key for key in known if key not in now]
        changed = [condition for key, condition in now.items() if known.get(key) != condition]
        numbers: dict[Cause, int] = {}
        with writing(self._engine).begin() as connection:
            for sensor_id, state in gone:
                table = schema.conditions
                connection.execute(delete(table).where(table.c.sensor_id == sensor_id, table.c.state == state))
            self._put_conditions(connection, changed)
            for alert in (*turn.standing, *turn.ended):
                before = standing.get(alert.cause)
                if before is None:
                    numbers[alert.cause] = _insert_alert(connection, alert)
                else:
                    _update_alert(connection, before, alert)
            old = schema.alerts.c.ended_ms < now_ms - ALERTS_KEPT_MS
            connection.execute(delete(schema.alerts).where(old))
            connection.execute(delete(schema.works).where(schema.works.c.end_ms < now_ms - ALERTS_KEPT_MS))
        standing_now, tell = (
            tuple(replace(one, id=numbers.get(one.cause, one.id)) for one in some)
            for some in (turn.standing, turn.tell)
        )
        return Turn(standing_now, tell, turn.ended)

    def acknowledge(self, number: int, actor: str, now_ms: int) -> Alert:
        """Somebody looks after it: nobody is told of it any more. Raises QueryError."""
        return self._change(number, "acknowledge", actor, now_ms, acknowledged_by=actor)

    def snooze(self, number: int, hours: float, actor: str, now_ms: int) -> Alert:
        """Tell nobody of it for a while; where it still stands then, it is told anew. Raises QueryError."""
        if not 0 < hours <= SNOOZE_MAX_H:
            raise QueryError(f"an alert can be put off for at most {SNOOZE_MAX_H} hours; choose fewer")
        until = now_ms + int(hours * 3_600_000)
        return self._change(number, "snooze", actor, now_ms, snoozed_until_ms=until, told=False)

    def works(self) -> list[Work]:
        """The times in which somebody works, earliest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.works).order_by(schema.works.c.start_ms))
            return [Work(row.tenant, row.site, row.start_ms, row.end_ms, row.why, row.made_by, row.id) for row in rows]

    def add_work(self, work: Work, now_ms: int) -> Work:
        """Keep a time in which nobody is told. Raises QueryError."""
        if work.end_ms <= work.start_ms or work.end_ms <= now_ms:
            raise QueryError("it must end after it begins, and in the future; choose a later end")
        values = {name: getattr(work, name) for name in ("tenant", "site", "start_ms", "end_ms", "why")}
        with writing(self._engine).begin() as connection:
            made = connection.execute(
                insert(schema.works).values(**values, made_by=work.by, made_ms=now_ms)
            ).inserted_primary_key
            assert made is not None
            says = f"{work.tenant}/{work.site or '*'}: {work.why}"
            audit.append(connection, Event(work.by, "maintain", f"work {made[0]}", says), now_ms)
        return Work(work.tenant, work.site, work.start_ms, work.end_ms, work.why, work.by, made[0])

    def end_work(self, number: int, actor: str, now_ms: int) -> None:
        """Alerts are told again. Raises QueryError."""
        with writing(self._engine).begin() as connection:
            if connection.execute(delete(schema.works).where(schema.works.c.id == number)).rowcount == 0:
                raise QueryError(f"there is no maintenance {number}; see: footfall fleet maintenance list")
            audit.append(connection, Event(actor, "maintain", f"work {number}", "ended"), now_ms)

    def _change(self, number: int, verb: str, actor: str, now_ms: int, **values: object) -> Alert:
        table = schema.alerts
        with writing(self._engine).begin() as connection:
            stands = (table.c.id == number) & table.c.ended_ms.is_(None)
            if connection.execute(update(table).where(stands).values(**values)).rowcount == 0:
                raise QueryError(f"no alert {number} stands; see: footfall fleet alerts")
            found = _alert(connection.execute(select(table).where(table.c.id == number)).one())
            audit.append(connection, Event(actor, verb, f"alert {number}", found.says), now_ms)
        return found

    def _put_conditions(self, connection: Connection, changed: list[Condition]) -> None:
        if not changed:
            return
        statement = inserting(self._engine)(schema.conditions)
        names = [name for name in Condition.__dataclass_fields__ if name not in ("sensor_id", "state")]
        rows = [{name: getattr(one, name) for name in Condition.__dataclass_fields__} for one in changed]
        change = {name: statement.excluded[name] for name in names}
        connection.execute(statement.on_conflict_do_update(index_elements=["sensor_id", "state"], set_=change), rows)


def _insert_alert(connection: Connection, alert: Alert) -> int:
    """Keep a new alert; its number."""
    row = {**alert.as_json(), "sensors": " ".join(alert.sensors)}
    del row["id"]
    made = connection.execute(insert(schema.alerts).values(**row)).inserted_primary_key
    assert made is not None
    return int(made[0])


def _update_alert(connection: Connection, before: Alert, alert: Alert) -> None:
    """Write what a look has changed of an alert."""
    values = {name: getattr(alert, name) for name in _LOOKED if getattr(alert, name) != getattr(before, name)}
    if "sensors" in values:
        values["sensors"] = " ".join(alert.sensors)
    if values:
        connection.execute(update(schema.alerts).where(schema.alerts.c.id == alert.id).values(**values))


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    return Alert(
        cause=Cause(row.tenant, row.site, row.sensor, row.state),
        since_ms=row.since_ms,
        raised_ms=row.raised_ms,
        says=row.says,
        do=row.do,
        sensors=tuple(row.sensors.split()),
        id=row.id,
        ended_ms=row.ended_ms,
        told=row.told,
        acknowledged_by=row.acknowledged_by,
        snoozed_until_ms=row.snoozed_until_ms,
    )
