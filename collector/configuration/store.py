"""Layers and proposals in the registry database: every change a new row, each in the transaction of its audit row."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from ..records.registry import Sensor, sensor_of
from . import staging
from .layers import Layer, Place, Scope
from .plan import Change, Fleet, Plan, Sensitive

MEMBER = "member"  # scope of a proposal that gives a sensor another group
TERMS = "terms"  # of one that changes a tenant's own settings
OPEN, CONFIRMED, WITHDRAWN = "open", "confirmed", "withdrawn"
PROPOSAL_LIFE_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Version:
    """A layer as it was since one change."""

    number: int
    options: dict[str, str]
    time_ms: int
    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that waits for a second person, or did."""

    id: int
    change: Change
    base: int
    loosens: str
    time_ms: int
    actor: str
    why: str
    state: str
    scope: str


class ConfigurationStore:
    """Reads on their own; writes within `changing`, so that what was looked at is what is changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """A transaction that writes: the fleet read in it cannot change before its end."""
        with writing(self._engine).begin() as connection:
            yield connection

    def fleet(self, known: Iterable[Sensor] | None = None) -> Fleet:
        """Layers, sensors and sensitive sites as they are now; known: the sensors, where they are at hand."""
        with self._engine.begin() as connection:
            return read_fleet(connection, known)

    def history(self, place: Place) -> list[Version]:
        """A layer's changes, the newest first."""
        wanted = select(schema.layers).where(*_of(place)).order_by(schema.layers.c.number.desc())
        with self._engine.begin() as connection:
            return [
                Version(row.number, json.loads(row.options), row.time_ms, row.actor, row.why)
                for row in connection.execute(wanted)
            ]

    def proposals(self, now_ms: int) -> list[Proposal]:
        """Those that wait, the oldest first."""
        table = schema.proposals
        wanted = select(table).where(table.c.state == OPEN, table.c.time_ms > now_ms - PROPOSAL_LIFE_MS)
        with self._engine.begin() as connection:
            return [_proposal(row) for row in connection.execute(wanted.order_by(table.c.id))]


def read_fleet(connection: Connection, known: Iterable[Sensor] | None = None) -> Fleet:
    """The fleet as this transaction sees it; known: its sensors, where they have been read already."""
    table = schema.layers
    newest = select(func.max(table.c.id)).group_by(table.c.scope, table.c.tenant, table.c.name)
    layers = {}
    for row in connection.execute(select(table).where(table.c.id.in_(newest))):
        place = Place(Scope(row.scope), row.tenant, row.name)
        layers[place] = Layer(place, row.number, json.loads(row.options))
    staged = staging.read(connection)
    if known is not None:
        asked = [layer.options for layer in layers.values()]
        asked += [one.options for many in staged.values() for one in many]
        # The pusher looks every few seconds: it reads tags only where a value asks for one.
        wanted = any("tag:" in value for options in asked for value in options.values())
        tags = read_tags(connection) if wanted else {}
        return Fleet(layers, tuple(known), read_sensitive(connection), staged, tags)
    sensors = schema.sensors
    ordered = select(sensors).order_by(sensors.c.tenant, sensors.c.name)
    there = tuple(sensor_of(row) for row in connection.execute(ordered))
    return Fleet(layers, there, read_sensitive(connection), staged, read_tags(connection))


def read_tags(connection: Connection) -> dict[int, frozenset[str]]:
    """Each sensor's tags, by its id."""
    found: dict[int, set[str]] = {}
    for row in connection.execute(select(schema.tags)):
        found.setdefault(row.sensor_id, set()).add(row.tag)
    return {number: frozenset(tags) for number, tags in found.items()}


def read_sensitive(connection: Connection) -> Sensitive:
    """Sites where nothing but counts may leave a unit."""
    wanted = select(schema.sites.c.tenant, schema.sites.c.name).where(schema.sites.c.sensitive)
    return frozenset((row.tenant, row.name) for row in connection.execute(wanted))


def write_change(connection: Connection, plan: Plan, actor: str, why: str, now_ms: int) -> None:
    """Carry a plan out, with its audit row."""
    place, change = plan.change.place, plan.change
    if change.group is not None:
        sensors = schema.sensors
        mine = (sensors.c.tenant == place.tenant, sensors.c.name == place.name)
        connection.execute(update(sensors).where(*mine).values(group_name=change.group))
        says = f"group {change.group or 'none'}"
    else:
        row = _row(place) | {"number": plan.base + 1, "options": _json(change), "time_ms": now_ms}
        connection.execute(insert(schema.layers).values(row | {"actor": actor, "why": why}))
        says = f"change {plan.base + 1}: {_words(change)}"
    audit.append(connection, Event(actor, "configure", str(place), says + (f"; {why}" if why else "")), now_ms)


def write_proposal(
    connection: Connection, plan: Plan, actor: str, why: str, now_ms: int, scope: str | None = None
) -> int:
    """Leave a plan for a second person, with its audit row; returns its number. scope: TERMS, else what it says."""
    loosens = "; ".join(plan.loosens)
    row = _row(plan.change.place) | {
        "base": plan.base,
        "options": _json(plan.change),
        "loosens": loosens,
        "time_ms": now_ms,
        "actor": actor,
        "why": why,
        "state": OPEN,
        "decided_by": "",
        "decided_ms": 0,
    }
    row["scope"] = scope or (MEMBER if plan.change.group is not None else plan.change.place.scope.value)
    number = connection.execute(insert(schema.proposals).values(row)).inserted_primary_key
    assert number is not None
    says = f"proposal {number[0]}: {loosens}" + (f"; {why}" if why else "")
    audit.append(connection, Event(actor, "propose", str(plan.change.place), says), now_ms)
    return int(number[0])


def read_open(connection: Connection, number: int, now_ms: int) -> Proposal:
    """A proposal that waits. Raises QueryError."""
    row = connection.execute(select(schema.proposals).where(schema.proposals.c.id == number)).first()
    if row is None:
        raise QueryError(f"there is no proposal {number}; footfall fleet config status shows those that wait")
    if row.state != OPEN:
        raise QueryError(
            f"proposal {number} is {row.state} already, by {row.decided_by}; there is nothing left to decide"
        )
    if row.time_ms <= now_ms - PROPOSAL_LIFE_MS:
        raise QueryError(f"proposal {number} is more than a week old; make the change again")
    return _proposal(row)


def close(connection: Connection, proposal: Proposal, state: str, actor: str, now_ms: int) -> None:
    """Say what became of a proposal, with its audit row."""
    change = {"state": state, "decided_by": actor, "decided_ms": now_ms}
    connection.execute(update(schema.proposals).where(schema.proposals.c.id == proposal.id).values(change))
    verb = {CONFIRMED: "confirm", WITHDRAWN: "withdraw"}[state]
    says = f"proposal {proposal.id} of {proposal.actor}: {proposal.loosens}"
    audit.append(connection, Event(actor, verb, str(proposal.change.place), says), now_ms)


def _proposal(row: "object") -> Proposal:
    got = row._mapping  # type: ignore[attr-defined]
    said = json.loads(got["options"])
    scope = Scope({MEMBER: "sensor", TERMS: "tenant"}.get(got["scope"], got["scope"]))
    place = Place(scope, got["tenant"], got["name"])
    change = Change(place, {}, said["group"]) if got["scope"] == MEMBER else Change(place, said)
    named = {name: got[name] for name in ("id", "base", "loosens", "time_ms", "actor", "why", "state", "scope")}
    return Proposal(change=change, **named)


def _of(place: Place) -> tuple[ColumnElement[bool], ...]:
    table = schema.layers
    return (table.c.scope == place.scope.value, table.c.tenant == place.tenant, table.c.name == place.name)


def _row(place: Place) -> dict[str, object]:
    return {"scope": place.scope.value, "tenant": place.tenant, "name": place.name}


def _json(change: Change) -> str:
    said = dict(change.options) if change.group is None else {"group": change.group}
    return json.dumps(said, sort_keys=True)


def _words(change: Change) -> str:
    return (
        " ".join(
            f"{name}={value!r}" if " " in value else f"{name}={value}" for name, value in sorted(change.options.items())
        )
        or "empty"
    )
