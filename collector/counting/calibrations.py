"""Counts made by hand: read from a CSV or typed in, joined with the signs of their time, and kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, delete, func, insert, select

from .. import calendar, schema, sheets
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from ..records.registry import Site
from ..sheets import Form
from .rates import Counted
from .signs import STEP_MS, Signs

PEOPLE_MAX = 100_000
TIME, PEOPLE = "time", "people"
FORM = Form(needed=(TIME, PEOPLE), more=None, rows_max=10_000)
HOW_MANY = f"a number of people from 0 to {PEOPLE_MAX:,} is wanted"


@dataclass(frozen=True, slots=True)
class Calibration:
    """People counted in the ten minutes from start_ms, and the signs of these at a level."""

    start_ms: int
    level_dbm: int
    people: float
    signs: tuple[float, float]  # lasting_devices, phones

    def counted(self, site: Site) -> Counted:
        """The same, as a count of the site's own day."""
        local = datetime.fromtimestamp(self.start_ms / 1000, tz=calendar.zone(site.time_zone))
        return Counted(local.date().isoformat(), self.people, np.array(self.signs))


def moment_ms(text: str, site: Site) -> int:
    """The instant (UTC ms) of ISO 8601; without an offset it is the site's own time. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return int((moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone(site.time_zone))).timestamp() * 1000)


def checked(people: float) -> float:
    """A number of people. Raises ValueError for one that cannot be."""
    if not 0 <= people <= PEOPLE_MAX:  # also of NaN
        raise ValueError(f"{people} is no number of people; 0 to {PEOPLE_MAX:,} is wanted")
    return people


def parse(file: Path, site: Site) -> list[tuple[int, float]]:
    """(instant, people) of a CSV with the columns `time` and `people`. Raises SheetError naming the wrong cell."""
    zone = calendar.zone(site.time_zone)
    return [
        (row.moment_ms(TIME, zone), row.number(PEOPLE, HOW_MANY, (0, PEOPLE_MAX))) for row in sheets.of_file(file, FORM)
    ]


def join(counts: Iterable[tuple[int, float]], level_dbm: int, heard: Sequence[Signs]) -> list[Calibration]:
    """Counts with the signs of their ten minutes; several of one ten minutes are averaged.

    Raises QueryError where nobody listened then.
    """
    of_step: dict[int, list[float]] = {}
    for at_ms, people in counts:
        of_step.setdefault(at_ms - at_ms % STEP_MS, []).append(people)
    known = {
        int(start): (float(values[0]), float(values[1]))
        for day in heard
        for start, values, listened in zip(day.start_ms, day.values, day.listened, strict=True)
        if listened
    }
    deaf = [start for start in of_step if start not in known]
    if deaf:
        said = datetime.fromtimestamp(min(deaf) / 1000, tz=calendar.zone("UTC")).isoformat(timespec="minutes")
        raise QueryError(
            f"no sensor listened in the ten minutes from {said}: a count there teaches nothing, and nothing was stored"
            "; leave it out"
        )
    return [
        Calibration(start, level_dbm, sum(people) / len(people), known[start])
        for start, people in sorted(of_step.items())
    ]


class Calibrations:
    """The table `calibrations`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, site: Site, found: list[Calibration], actor: str, now_ms: int) -> None:
        """Keep counts of a site, each in the place of what was counted in the same ten minutes before."""
        table = schema.calibrations
        starts = [one.start_ms for one in found]
        mine = (table.c.tenant == site.tenant, table.c.site == site.name)
        with writing(self._engine).begin() as connection:
            connection.execute(delete(table).where(*mine, table.c.start_ms.in_(starts)))
            connection.execute(insert(table), [_row(site, one) for one in found])
            said = f"{len(found)} counts of people"
            audit.append(connection, Event(actor, "calibrate", f"site {site.tenant}/{site.name}", said), now_ms)

    def forget(self, site: Site, actor: str, now_ms: int) -> int:
        """Forget all counts of a site. Returns how many there were."""
        table = schema.calibrations
        with writing(self._engine).begin() as connection:
            gone = connection.execute(
                delete(table).where(table.c.tenant == site.tenant, table.c.site == site.name)
            ).rowcount
            said = f"{gone} counts of people forgotten"
            audit.append(connection, Event(actor, "calibrate", f"site {site.tenant}/{site.name}", said), now_ms)
        return gone

    def stamps(self, tenant: str) -> dict[str, tuple[float, ...]]:
        """By site, another one where its counts have changed; of those sites of a tenant that have any."""
        table = schema.calibrations.c
        sums = (table.start_ms, table.people, table.lasting_devices, table.phones)
        wanted = select(table.site, func.count(), *(func.sum(one) for one in sums)).where(table.tenant == tenant)
        with self._engine.begin() as connection:
            rows = connection.execute(wanted.group_by(table.site)).all()
        return {row[0]: tuple(float(one) for one in row[1:]) for row in rows}

    def of(self, site: Site, level_dbm: int) -> list[Calibration]:
        """Counts of a site at a level, oldest first. At another level people show other signs."""
        table = schema.calibrations.c
        wanted = (
            select(schema.calibrations)
            .where(table.tenant == site.tenant, table.site == site.name, table.level_dbm == level_dbm)
            .order_by(table.start_ms)
        )
        with self._engine.begin() as connection:
            return [
                Calibration(row.start_ms, row.level_dbm, row.people, (row.lasting_devices, row.phones))
                for row in connection.execute(wanted)
            ]


def _row(site: Site, one: Calibration) -> Mapping[str, object]:
    lasting_devices, phones = one.signs
    return {
        "tenant": site.tenant,
        "site": site.name,
        "start_ms": one.start_ms,
        "level_dbm": one.level_dbm,
        "people": one.people,
        "lasting_devices": lasting_devices,
        "phones": phones,
    }
