"""`footfall report calibrate --door`: people counted at the door, which the estimate of all visitors learns from."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from collector import calendar, flows
from collector.answers.query import Answers
from collector.answers.question import Question
from collector.errors import QueryError
from collector.flows.level import ANY_CLOCK
from collector.folder import Collector
from collector.records.registry import Site
from collector.reporting.door_counts import DoorCount, DoorCounts, parse
from collector.stays import fold

HOUR_OR_SO_H = 1.5
SLOW = 20  # counts, which take a second or two


def teach(collector: Collector, site: Site, file: Path, actor: str, now_ms: int) -> dict[str, object]:
    """Learn from the counts of a file, in the place of those before; what was learnt, ready for JSON."""
    counts = parse(file, site)
    owner = collector.registry.tenant(site.tenant)
    fold.refresh(collector.store, owner, collector.registry.sites(site.tenant), now_ms)
    heard, stays = [], []
    with click.progressbar(counts, label="looking up", file=sys.stderr, hidden=len(counts) < SLOW) as bar:
        for one in bar:
            asked = Question(owner, site, 1, calendar.Span("counted", one.start_ms, one.end_ms))
            with Answers(collector.store, asked) as answers:
                found, hours = answers.flow_input()
            heard.append(_counted(one, hours))
            stays.append(found)
    rates = flows.calibrate(flows.Stays.together(stays), heard)
    DoorCounts(collector.registry.engine).put(site, counts, rates, actor, now_ms)
    return {"site": site.name, "counts": len(counts), "learnt": rates.counts > 0, "rates": asdict(rates)}


def show(said: dict[str, object]) -> None:
    """What was learnt, for a reader."""
    click.echo(f"{said['site']}: {said['counts']} counts at the door")
    if not said["learnt"]:
        click.echo("  too few to learn from: three counts are wanted, in which the panel made ten visits")


def _counted(one: DoorCount, hours: Sequence[flows.Hour]) -> flows.Counted:
    if not hours:
        said = f"{(one.end_ms - one.start_ms) // 60_000} minutes"
        raise QueryError(
            f"no sensor listened in one of the counted times ({said}, {one.visitors} visitors); take that line out"
        )
    whole = flows.Hour(
        start_ms=one.start_ms,
        hours=sum(hour.hours for hour in hours),
        bursts_inside=sum(hour.bursts_inside for hour in hours),
        bursts_outside=sum(hour.bursts_outside for hour in hours),
        panel_visitors=sum(hour.panel_visitors for hour in hours),
        panel_passers=sum(hour.panel_passers for hour in hours),
        clock=_clock(hours),
    )
    return flows.Counted(whole, one.visitors, one.passers_by)


def _clock(hours: Sequence[flows.Hour]) -> int:
    """The hour of the day that a count of an hour or so lies in for the most part; a longer one lies in none."""
    if sum(hour.hours for hour in hours) > HOUR_OR_SO_H:
        return ANY_CLOCK
    return max(hours, key=lambda hour: hour.hours).clock
