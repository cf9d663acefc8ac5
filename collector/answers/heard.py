"""When a site was heard: what a question asks for that names no time."""

from collections.abc import Sequence
from functools import cache

import duckdb

from .. import calendar
from ..errors import QueryError
from ..records.registry import Site, Tenant
from ..storage.desk import desk
from ..storage.manifest import StoredFile
from ..storage.store import WINDOWS, Store

DAYS_SHOWN = 31  # of what was heard, where no time is named


def heard_span(store: Store, tenant: Tenant, site: Site) -> calendar.Span:
    """From the first window of a site's sensors to the end of the last, in the last DAYS_SHOWN days with any.

    Raises QueryError where there is none.
    """
    days = store.manifest.days(tenant.name, WINDOWS)[-DAYS_SHOWN:]
    by_day: dict[str, list[StoredFile]] = {day: [] for day in days}
    for file in store.manifest.files(tenant.name, WINDOWS, days):
        by_day[file.day].append(file)
    with desk(0) as connection:
        # Days follow each other: the first one with any has the first window, the last one the last.
        heard = cache(lambda day: _heard(store, connection, by_day[day], site))
        first = next(filter(None, map(heard, days)), None)
        if first is None:
            raise QueryError(f"nothing has been heard at '{site.name}' yet; is its sensor approved and connected?")
        last = next(filter(None, map(heard, reversed(days))))
    return calendar.Span("heard", first[0], last[1])


def _heard(
    store: Store, connection: duckdb.DuckDBPyConnection, files: Sequence[StoredFile], site: Site
) -> tuple[int, int] | None:
    """From the first window of a site in some files to the end of the last; None where there is none."""
    store.read(connection, files).create_view("windows")
    asked = "SELECT min(start_ms), max(start_ms + length_ms) FROM windows WHERE site = ?"
    start_ms, end_ms = connection.execute(asked, [site.name]).fetchall()[0]
    return None if start_ms is None else (start_ms, end_ms)
