"""Transactions of a site's tills, imported from a CSV file: what conversion is made of."""

from collections import Counter

import pyarrow as pa
from sqlalchemy import Engine, delete, func, insert, select

from .. import calendar, schema, sheets
from ..answers.question import TRANSACTIONS
from ..database import writing
from ..records import audit
from ..records.audit import Event
from ..records.registry import Site
from ..sheets import Form

TIME, COUNT = "time", "transactions"
COUNT_MAX = 1_000_000  # of one row
AHEAD_MS = 24 * calendar.HOUR_MS  # tills' clocks are wrong by hours, not by days
FORM = Form(needed=(TIME,), more=None, rows_max=1_000_000, empty=True)
HOW_MANY = f"a whole number from 0 to {COUNT_MAX:,} is wanted"


def parse(content: bytes, site: Site, now_ms: int) -> dict[int, int]:
    """Transactions by the instant (UTC ms) at which they, or the time that they were counted in, begin.

    A CSV file with a header: `time` (ISO 8601; without an offset it is the site's own time), and `transactions` where a
    row stands for more than one. Other columns are not read. Raises SheetError naming the cell that is wrong; a time
    more than a day ahead is.
    """
    zone = calendar.zone(site.time_zone)
    found: Counter[int] = Counter()
    for row in sheets.read(content, FORM):
        count = row.whole(COUNT, HOW_MANY, COUNT_MAX) if COUNT in row else 1
        at_ms = row.moment_ms(TIME, zone)
        if at_ms > now_ms + AHEAD_MS:
            raise row.fault(TIME, "it lies ahead; look at the year, and at which number is the month")
        found[at_ms] += count
    return dict(found)


class Transactions:
    """The table `transactions`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, site: Site, found: dict[int, int], actor: str, now_ms: int) -> int:
        """Keep transactions of a site, in the place of all it had from the first to the last: how many those were."""
        if not found:
            return 0
        table = schema.transactions
        mine = (table.c.tenant == site.tenant, table.c.site == site.name)
        within = (table.c.start_ms >= min(found), table.c.start_ms <= max(found))
        rows = [
            {"tenant": site.tenant, "site": site.name, "start_ms": at_ms, "transactions": count}
            for at_ms, count in found.items()
        ]
        with writing(self._engine).begin() as connection:
            counted = select(func.coalesce(func.sum(table.c.transactions), 0)).where(*mine, *within)
            replaced = int(connection.execute(counted).scalar_one())
            connection.execute(delete(table).where(*mine, *within))
            connection.execute(insert(table), rows)
            said = f"{sum(found.values())} transactions imported" + (f", {replaced} replaced" if replaced else "")
            audit.append(connection, Event(actor, "configure", f"site {site.tenant}/{site.name}", said), now_ms)
        return replaced

    def of(self, tenant: str, site: str, span: calendar.Span) -> "pa.Table":
        """Transactions of a site that begin within a time, as rows of question.TRANSACTIONS."""
        table = schema.transactions.c
        wanted = select(table.start_ms, table.transactions).where(
            table.tenant == tenant, table.site == site, table.start_ms >= span.start_ms, table.start_ms < span.end_ms
        )
        with self._engine.begin() as connection:
            rows = connection.execute(wanted).all()
        return pa.table({"start_ms": [row[0] for row in rows], COUNT: [row[1] for row in rows]}, schema=TRANSACTIONS)

    def known(self, tenant: str, site: str) -> tuple[int, int | None, int | None]:
        """How many transactions are known of a site, and when the first and the last began (UTC ms)."""
        table = schema.transactions.c
        wanted = select(
            func.coalesce(func.sum(table.transactions), 0), func.min(table.start_ms), func.max(table.start_ms)
        )
        with self._engine.begin() as connection:
            count, first, last = connection.execute(wanted.where(table.tenant == tenant, table.site == site)).one()
        return int(count), first, last
