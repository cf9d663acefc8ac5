"""`footfall collector site level`: as loud as what is inside."""

import json
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from collector import clock
from collector.errors import QueryError
from collector.folder import Collector
from collector.premises import inside, walks
from collector.premises.inside import Bools, Floats, Proposal
from collector.premises.walks import Leg
from collector.records.registry import Site
from collector.records.sites import Change, Sites
from collector.stays import fold
from collector.storage.store import OPEN_STAYS, SIGHTINGS, STAYS, VISITS, Store
from collector.suppression import MINIMUM_GROUP

from .options import actor, dir_option, json_option, opened, spoken, tenant_option

DAYS = 28  # of what was heard, newest
BAR_COLUMNS = 40
WALK_SHARE = 0.5  # of the walk's half-minutes, in which the device that walked is heard at the least
SLOT_MS = 30_000


@click.command()
@dir_option
@tenant_option
@json_option
@click.argument("name")
@click.option(
    "--walk",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV with the columns from, to, place: local times of a walk with one phone, place is inside or outside.",
)
@click.option("--apply", "apply_", is_flag=True, help="Set it; holds for what is heard from then on.")
def level(folder: Path, tenant: str, as_json: bool, name: str, walk: Path | None, apply_: bool) -> None:
    """Propose the inside level of the site NAME: from a walk, or from the two humps of what was heard.

    Without --walk the loudest signal of each lasting device of the last four weeks is looked at: those inside are one
    hump, passers-by the other. Where there are no two humps that is said, and nothing is proposed.

    With --walk it is learnt from one phone that went in and out, today, while its address lasted: joined to the place's
    own network, or with random addresses switched off. The phone is found by its being there all along; if none or more
    than one was, that is said.

    \b
    Example:
      footfall collector site level shop --dir /var/lib/footfall
      footfall collector site level shop --dir /var/lib/footfall --walk walk.csv --apply
    """
    with spoken():
        collector = opened(folder)
        site = collector.registry.site(tenant, name)
        fold.refresh(
            collector.store, collector.registry.tenant(tenant), collector.registry.sites(tenant), clock.now_ms()
        )
        rssi_dbm, found = _walked(collector, site, walk) if walk else _heard(collector, site)
        applied = apply_ and found.dbm is not None and found.dbm != site.inside_dbm
        if applied:
            change = Change(inside_dbm=found.dbm)
            Sites(collector.registry).change(tenant, name, change, found.says, actor(), clock.now_ms())
    if as_json:
        click.echo(json.dumps(asdict(found) | {"applied": applied}))
        return
    _show(rssi_dbm, found, walk is None)
    if applied:
        click.echo(f"set: {found.now_dbm} -> {found.dbm} dBm, for what is heard from now on")


def _heard(collector: Collector, site: Site) -> tuple[Floats, Proposal]:
    store = collector.store
    days = sorted({day for kind in (OPEN_STAYS, VISITS) for day in store.manifest.days(site.tenant, kind)})[-DAYS:]
    parts = []
    with fold.engine() as connection:
        for kinds, panel in (((STAYS, OPEN_STAYS), "(NOT randomised OR associated)"), ((VISITS,), "panel")):
            files = [file for kind in kinds for file in store.manifest.files(site.tenant, kind, days)]
            if not files:
                continue
            store.read(connection, files).create_view("stays", replace=True)
            wanted = (
                f"SELECT max(rssi_max_dbm) AS loudest FROM stays WHERE site = ? AND {panel} AND rssi_max_dbm >= ? "  # noqa: S608 - from above
                "GROUP BY token, date_trunc('day', make_timestamp(start_ms * 1000))"
            )
            parts.append(connection.execute(wanted, [site.name, site.seen_dbm]).fetchnumpy()["loudest"])
    rssi_dbm = np.concatenate(parts).astype(np.float64) if parts else np.empty(0)
    return rssi_dbm, inside.from_humps(rssi_dbm, site.inside_dbm)


def _walked(collector: Collector, site: Site, path: Path) -> tuple[Floats, Proposal]:
    legs = walks.read(path, site)
    rssi_dbm, there = _of_walker(collector.store, site, legs)
    return rssi_dbm, inside.from_walk(rssi_dbm, there, site.inside_dbm)


def _of_walker(store: Store, site: Site, legs: list[Leg]) -> tuple[Floats, Bools]:
    """The walker's signals (the loudest sensor of each half-minute) and where it was. Raises QueryError."""
    files = store.manifest.files(site.tenant, SIGHTINGS)
    if not files:
        raise QueryError(
            "no signals are stored any more: they go six hours after their day. Walk, and ask on the same day"
        )
    with fold.engine() as connection:
        store.read(connection, files).create_view("sightings")
        heard = connection.execute(
            "SELECT token, first_ms // ? AS slot, max(rssi_max_dbm) AS rssi_dbm FROM sightings "
            "WHERE site = ? AND (NOT randomised OR associated) AND rssi_max_dbm IS NOT NULL "
            "AND first_ms >= ? AND first_ms < ? GROUP BY token, slot",
            [SLOT_MS, site.name, min(leg.start_ms for leg in legs), max(leg.end_ms for leg in legs)],
        ).fetchnumpy()
    at_ms = heard["slot"].astype(np.int64) * SLOT_MS + SLOT_MS // 2
    leg_of = np.full(len(at_ms), -1)
    for number, leg in enumerate(legs):
        leg_of[(at_ms >= leg.start_ms) & (at_ms < leg.end_ms)] = number
    token, rssi_dbm = heard["token"][leg_of >= 0], heard["rssi_dbm"][leg_of >= 0].astype(np.float64)
    there = np.array([leg.inside for leg in legs])[leg_of[leg_of >= 0]]
    slots = sum(leg.end_ms - leg.start_ms for leg in legs) / SLOT_MS
    tokens, counts = np.unique(token, return_counts=True)
    all_along = tokens[counts >= WALK_SHARE * slots]
    if len(all_along) != 1:
        raise QueryError(
            f"{len(all_along)} lasting devices were heard in half of the walk's time or more, and one is wanted: walk "
            "while nobody else is there, with a phone that keeps its address and whose Wi-Fi settings are open (so "
            "that it probes often)"
        )
    walker = token == all_along[0]
    return rssi_dbm[walker], there[walker]


def _show(rssi_dbm: Floats, found: Proposal, devices: bool) -> None:
    rows = inside.histogram(rssi_dbm)
    top = max((count for _, count in rows), default=1)
    for from_dbm, count in rows:
        few = devices and 0 < count < MINIMUM_GROUP
        marks = [
            f"<- {what}"
            for what, dbm in (("now", found.now_dbm), ("proposed", found.dbm))
            if dbm is not None and from_dbm <= dbm < from_dbm + inside.BIN_DB
        ]
        bar = "·" if few else "█" * round(BAR_COLUMNS * count / top)
        click.echo(f"{from_dbm:>5} dBm {bar:{BAR_COLUMNS}} {' '.join(marks)}".rstrip())
    if found.dbm is None:
        click.echo(f"{found.says}. It stays at {found.now_dbm} dBm.")
        return
    click.echo(f"proposed: {found.dbm} dBm, give or take {found.give_or_take_db:.1f} dB; now {found.now_dbm} dBm")
    click.echo(f"from {found.says}")
    if found.right is not None and found.right_now is not None:
        click.echo(f"of the walk's signals {found.right:.0%} are told right; {found.right_now:.0%} are now")
    if found.louder is not None and found.louder_now is not None:
        click.echo(
            f"of the lasting devices {found.louder:.0%} are ever as loud; {found.louder_now:.0%} as the level of today"
        )
