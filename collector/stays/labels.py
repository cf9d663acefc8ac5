"""Labels: stays of phones that somebody carried in and past, found again by the times that were written down.

A phone is known by its stays: on one business day the lasting device whose stays lie within the lines of that day, in
half of them or more. Who works there, or comes by chance, has stays that lie across them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import calendar
from ..classifying.training import Examples, Ints
from ..errors import QueryError
from ..premises.walks import Leg
from ..records.registry import Site, Tenant
from ..storage.store import OPEN_STAYS, STAYS, VISITS, Store
from . import fold

SLACK_MS = 60_000  # by which a stay may begin before its line, or end after it
LINES_A_DAY_MIN = 3  # in which a phone is heard: nobody is found there so often by chance
HEARD_SHARE = 0.5  # of a day's lines
FEATURES_SQL = """
SELECT
    token, start_ms, end_ms, ln(1 + coalesce(inside_end_ms - inside_start_ms, 0) / 1000.0) AS log_inside_s,
    ln(1 + (end_ms - start_ms) / 1000.0) AS log_nearby_s, {looks} AS looks, rssi_max_dbm AS loudest_dbm,
    coalesce(inside_end_ms - inside_start_ms, -1) AS inside_ms
FROM stays
WHERE site = ? AND {panel} AND rssi_max_dbm IS NOT NULL AND start_ms >= ? AND end_ms <= ?
ORDER BY token, start_ms
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Examples, and how many lines they stand in."""

    examples: Examples
    lines: int  # that were given
    lines_heard: int


def find(store: Store, tenant: Tenant, site: Site, legs: Sequence[Leg]) -> Found:
    """The stays of the phones that were carried. What is stored is folded already.

    Raises QueryError naming a day on which no phone can be told, or more than were carried.
    """
    days: dict[str, list[int]] = {}
    for number, leg in enumerate(legs):
        day = calendar.day_of(leg.start_ms, tenant.time_zone, tenant.epoch_turn_h)
        days.setdefault(day.name, []).append(number)
    parts = [_of_day(store, site, day, legs, np.array(numbers)) for day, numbers in sorted(days.items())]
    line = np.concatenate([part[0] for part in parts])
    rows = np.concatenate([part[1] for part in parts])
    inside = np.array([leg.inside for leg in legs])
    examples = Examples(rows[:, :4], inside[line], rows[:, 4] >= site.visit_min_s * 1000, line)
    return Found(examples, len(legs), len(np.unique(line)))


def _of_day(store: Store, site: Site, day: str, legs: Sequence[Leg], numbers: Ints) -> tuple[Ints, Any]:
    """(line of each stay, its features and time inside) of the phones carried on a day."""
    start = np.array([legs[number].start_ms for number in numbers]) - SLACK_MS
    end = np.array([legs[number].end_ms for number in numbers]) + SLACK_MS
    heard = _heard(store, site, day, int(start.min()), int(end.max()))
    within = (heard["start_ms"][:, None] >= start) & (heard["end_ms"][:, None] <= end)
    stays = np.flatnonzero(within.any(axis=1))
    line = within[stays].argmax(axis=1)
    tokens = heard["token"][stays]
    pairs = np.unique(np.stack([tokens, line]), axis=1)
    known, counts = np.unique(pairs[0], return_counts=True)
    wanted = max(LINES_A_DAY_MIN, HEARD_SHARE * len(numbers))
    phones, carried = known[counts >= wanted], max(legs[number].phones for number in numbers)
    if not 1 <= len(phones) <= carried:
        raise QueryError(
            f"{day}: {len(phones)} lasting devices were heard just within {wanted:.0f} lines or more, and 1 to "
            f"{carried} are wanted. Write down when the phone came into range and left it, stay away for longer than "
            f"{site.visit_gap_s // 60} minutes between two lines, and carry phones that keep their address"
        )
    mine = np.isin(tokens, phones)
    columns = ("log_inside_s", "log_nearby_s", "looks", "loudest_dbm", "inside_ms")
    return numbers[line[mine]], np.stack([heard[name][stays[mine]].astype(np.float64) for name in columns], axis=1)


def _heard(store: Store, site: Site, day: str, start_ms: int, end_ms: int) -> dict[str, Any]:
    """Stays of lasting devices, from what is kept of the day; those of a day that has ended stand for no token."""
    manifest = store.manifest
    kept = manifest.files(site.tenant, VISITS, [day])
    files = kept or [file for kind in (STAYS, OPEN_STAYS) for file in manifest.files(site.tenant, kind, [day])]
    if not files:
        raise QueryError(f"{day}: nothing is stored of that day; leave it out")
    text = (
        FEATURES_SQL.format(looks="coalesce(looks, 0)", panel="panel")
        if kept
        else FEATURES_SQL.format(looks="bit_count(coalesce(inside_slots, 0))", panel="(NOT randomised OR associated)")
    )
    with fold.engine() as connection:
        store.read(connection, files).create_view("stays")
        return dict(connection.execute(text, [site.name, start_ms, end_ms]).fetchnumpy())
