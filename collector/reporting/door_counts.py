"""Counts at the door: how many came in, and walked past, from when to when; and the rates that they teach."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import tzinfo
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from .. import calendar, schema, sheets
from ..database import writing
from ..flows import Rates, prior
from ..flows.level import Usual
from ..records import audit
from ..records.audit import Event
from ..records.registry import Site
from ..sheets import Form, Row

FORM = Form(needed=("from", "to", "visitors"), more=None, rows_max=1000)
PEOPLE_MAX = 100_000
LONGEST_MS = 24 * 3_600_000
HOW_MANY = f"a whole number from 0 to {PEOPLE_MAX:,} is wanted"


@dataclass(frozen=True, slots=True)
class DoorCount:
    """People who came in, and who walked past (None: not counted), in a time (UTC)."""

    start_ms: int
    end_ms: int
    visitors: int
    passers_by: int | None = None


def parse(file: Path, site: Site) -> list[DoorCount]:
    """Counts of a CSV with the columns from, to, visitors and, if they were counted, passers_by.

    Times without an offset are the site's own. Raises SheetError naming the wrong cell.
    """
    return [_count(row, calendar.zone(site.time_zone)) for row in sheets.of_file(file, FORM)]


def _count(row: Row, zone: tzinfo) -> DoorCount:
    start_ms, end_ms = row.moment_ms("from", zone), row.moment_ms("to", zone)
    if not 0 < end_ms - start_ms <= LONGEST_MS:
        raise row.fault("to", "it lies after `from`, by a day at most")
    past = row.whole("passers_by", HOW_MANY, PEOPLE_MAX) if row.get("passers_by") else None
    return DoorCount(start_ms, end_ms, row.whole("visitors", HOW_MANY, PEOPLE_MAX), past)


class DoorCounts:
    """The tables `door_counts` and `flow_rates`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, site: Site) -> list[DoorCount]:
        """Counts of a site, oldest first."""
        table = schema.door_counts.c
        wanted = (
            select(table.start_ms, table.end_ms, table.visitors, table.passers_by)
            .where(table.tenant == site.tenant, table.site == site.name)
            .order_by(table.start_ms)
        )
        with self._engine.begin() as connection:
            return [DoorCount(*row) for row in connection.execute(wanted)]

    def put(self, site: Site, counts: Iterable[DoorCount], rates: Rates, actor: str, now_ms: int) -> None:
        """Keep these counts of a site in the place of all that were there, and what they taught."""
        key = {"tenant": site.tenant, "site": site.name}
        rows = [key | asdict(one) for one in counts]
        with writing(self._engine).begin() as connection:
            for table in (schema.door_counts, schema.flow_rates):
                connection.execute(delete(table).where(table.c.tenant == site.tenant, table.c.site == site.name))
            if rows:
                connection.execute(insert(schema.door_counts), rows)
                connection.execute(insert(schema.flow_rates), key | {"rates": json.dumps(asdict(rates))})
            said = f"{len(rows)} counts at the door"
            audit.append(connection, Event(actor, "calibrate", f"site {site.tenant}/{site.name}", said), now_ms)

    def rates(self, site: Site) -> Rates:
        """What the counts of a site have taught; the prior where there are none, or nothing could be learnt."""
        table = schema.flow_rates.c
        wanted = select(table.rates).where(table.tenant == site.tenant, table.site == site.name)
        with self._engine.begin() as connection:
            text = connection.scalar(wanted)
        if text is None:
            return prior()
        said = json.loads(text)
        known = {field.name: said[field.name] for field in fields(Rates) if field.name in said}
        return Rates(**known | {"usual": tuple(Usual(**one) for one in said.get("usual", ()))})
