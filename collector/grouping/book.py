"""Tags and places of sensors in the registry database; every change with its audit row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, delete, insert, select, update

from .. import schema
from ..configuration import floors, options, plan, store
from ..configuration.editor import GROUP_CHARS_MAX
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from ..records.registry import sensor_of
from .selection import Known, tag

LATITUDE_MAX, LONGITUDE_MAX = 90.0, 180.0


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be different of a sensor; None = as it was. `behind` "" = nobody knows; clear: no position."""

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()
    tags: frozenset[str] | None = None  # these and no others
    site: str | None = None
    group: str | None = None  # "" = none
    behind: str | None = None
    position: tuple[float, float] | None = None  # latitude, longitude; degrees, WGS 84
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Edited:
    """A sensor that an edit changes, and how, in words."""

    sensor: str
    says: tuple[str, ...]


class Book:
    """Reads and edits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def everyone(self) -> list[Known]:
        """All sensors by name, with what people call them."""
        with self._engine.begin() as connection:
            return read(connection)

    def edit(self, edits: Iterable[tuple[str, Edit]], actor: str, now_ms: int, dry: bool = False) -> list[Edited]:
        """Carry edits out, all or none. Raises QueryError. Returns those that change something."""
        wanted = list(edits)
        with writing(self._engine).begin() as connection:
            known = {one.sensor.name: one for one in read(connection)}
            fleet = store.read_fleet(connection)
            sites = {(row.tenant, row.name) for row in connection.execute(select(schema.sites))}
            done = []
            for name, edit in wanted:
                if name not in known:
                    raise QueryError(f"there is no sensor '{name}'; footfall fleet list shows those there are")
                after = known[name] = edited(before := known[name], edit)
                _check(after, known, sites)
                _check_options(fleet, before, after)
                if says := difference(before, after):
                    done.append((before, after, Edited(name, says)))
            if not dry:
                for before, after, said in done:
                    _write(connection, before, after)
                    event = Event(actor, "edit", f"sensor {after.sensor.user}", "; ".join(said.says))
                    audit.append(connection, event, now_ms)
        return [said for _, _, said in done]


def read(connection: Connection) -> list[Known]:
    """All sensors by name, as a transaction sees them."""
    tags: dict[int, set[str]] = {}
    for row in connection.execute(select(schema.tags)).all():
        tags.setdefault(row.sensor_id, set()).add(row.tag)
    mounts = {row.sensor_id: row for row in connection.execute(select(schema.mounts)).all()}
    found = []
    for row in connection.execute(select(schema.sensors).order_by(schema.sensors.c.name)).all():
        sensor = sensor_of(row)
        mount = mounts.get(sensor.id)
        place = (mount.latitude, mount.longitude, mount.behind) if mount else (None, None, "")
        found.append(Known(sensor, frozenset(tags.get(sensor.id, ())), *place))
    return found


def edited(before: Known, edit: Edit) -> Known:
    """A sensor after an edit. Raises QueryError."""
    asked = {tag(one) for one in (edit.tags or frozenset()) | edit.add}
    tags = frozenset(asked if edit.tags is not None else before.tags | asked) - edit.remove
    latitude, longitude = (None, None) if edit.clear else edit.position or (before.latitude, before.longitude)
    sensor = before.sensor
    site = sensor.site if edit.site is None else edit.site
    group = sensor.group_name if edit.group is None else _group(edit.group)
    return Known(
        replace(sensor, site=site, group_name=group),
        tags,
        latitude,
        longitude,
        before.behind if edit.behind is None else edit.behind,
    )


def difference(before: Known, after: Known) -> tuple[str, ...]:
    """What changed, in words."""
    found = []
    if before.sensor.site != after.sensor.site:
        found.append(f"site {before.sensor.site} -> {after.sensor.site}")
    if before.sensor.group_name != after.sensor.group_name:
        found.append(f"group {before.sensor.group_name or 'none'} -> {after.sensor.group_name or 'none'}")
    if before.tags != after.tags:
        words = [f"+{one}" for one in sorted(after.tags - before.tags)]
        words += [f"-{one}" for one in sorted(before.tags - after.tags)]
        found.append(f"tags {' '.join(words)}")
    if before.behind != after.behind:
        found.append(f"behind {before.behind or 'none'} -> {after.behind or 'none'}")
    was, now = (_position(one) for one in (before, after))
    if was != now:
        found.append(f"position {was} -> {now}")
    return tuple(found)


def _position(one: Known) -> str:
    return "none" if one.latitude is None else f"{one.latitude:.6f},{one.longitude:.6f}"


def _check(after: Known, known: dict[str, Known], sites: set[tuple[str, str]]) -> None:
    name, sensor = after.sensor.name, after.sensor
    if (sensor.tenant, sensor.site) not in sites:
        raise QueryError(
            f"{name}: there is no site '{sensor.site}' of tenant '{sensor.tenant}'"
            "; make it first, or name one that is there"
        )
    if after.behind and (after.behind not in known or known[after.behind].sensor.tenant != sensor.tenant):
        raise QueryError(
            f"{name}: behind '{after.behind}', which is no sensor of tenant '{sensor.tenant}'; name one that is"
        )
    seen, at = {name}, after.behind
    while at:
        if at in seen:
            raise QueryError(
                f"{name}: behind {after.behind} would be a ring: each would hang behind the other"
                "; leave one of them out"
            )
        seen.add(at)
        at = known[at].behind
    for value, most, word in (
        (after.latitude, LATITUDE_MAX, "latitude"),
        (after.longitude, LONGITUDE_MAX, "longitude"),
    ):
        if value is not None and not -most <= value <= most:
            raise QueryError(f"{name}: {word} {value} is outside -{most:g} to {most:g} degrees; give degrees within")


def _check_options(fleet: plan.Fleet, before: Known, after: Known) -> None:
    """Another site or group has other options: they must do, and must not tell more of people by one person's word."""
    if before.sensor == after.sensor and (before.tags == after.tags or not fleet.tags):
        return
    told = replace(fleet, tags={**fleet.tags, after.sensor.id: after.tags})
    (was_effective, lacked), (effective, lacks) = fleet.known(before.sensor), told.known(after.sensor)
    if lacks and not lacked:
        raise QueryError(lacks)
    was, becomes = plan.values(was_effective), plan.values(effective)
    if lacks or was == becomes:
        return
    options.check(becomes, f"sensor {after.sensor.name}")
    looser = floors.loosens(was, becomes)
    if looser:
        raise QueryError(
            f"{after.sensor.name} would tell more of people there: {'; '.join(looser)}. That needs a second person: "
            "set its options by footfall fleet config set first, or use footfall fleet group"
        )


def _group(text: str) -> str:
    if len(text) > GROUP_CHARS_MAX or not all(letter.isalnum() or letter in "-_" for letter in text):
        raise QueryError(
            f"'{text[:40]}': a group's name has 1 to {GROUP_CHARS_MAX} letters, digits, - and _; choose another"
        )
    return text


def _write(connection: Connection, before: Known, after: Known) -> None:
    number = after.sensor.id
    if before.sensor != after.sensor:
        table, moved = schema.sensors, {"site": after.sensor.site, "group_name": after.sensor.group_name}
        connection.execute(update(table).where(table.c.id == number).values(moved))
    for gone in before.tags - after.tags:
        connection.execute(delete(schema.tags).where(schema.tags.c.sensor_id == number, schema.tags.c.tag == gone))
    rows = [{"sensor_id": number, "tag": one} for one in sorted(after.tags - before.tags)]
    if rows:
        connection.execute(insert(schema.tags), rows)
    connection.execute(delete(schema.mounts).where(schema.mounts.c.sensor_id == number))
    if after.behind or after.latitude is not None:
        row = {"sensor_id": number, "behind": after.behind}
        row |= {"latitude": after.latitude, "longitude": after.longitude}
        connection.execute(insert(schema.mounts).values(row))
