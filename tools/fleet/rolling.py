"""What `footfall fleet campaign` prints, for people and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby

import click

from collector.rollout import naming
from collector.rollout.advance import Unit, UnitState
from collector.rollout.book import Begun
from collector.rollout.plan import Candidate
from collector.rollout.records import Campaign

from .. import instants
from ..naming import some

NAMES_SHOWN = 8


def begun(made: Begun, as_json: bool) -> None:
    """Who is told in which stage, and who is left out and why."""
    plan = made.plan
    if as_json:
        stages = [
            [{"sensor": turn.candidate.name, "site": turn.candidate.site, "height": turn.height} for turn in turns]
            for _, turns in groupby(plan.turns, key=lambda turn: turn.stage)
        ]
        left_out = {one.name: one.left_out for one in plan.left_out}
        click.echo(
            json.dumps({"campaign": made.number, "order": plan.order_says, "stages": stages, "left_out": left_out})
        )
        return
    for stage, turns in groupby(plan.turns, key=lambda turn: turn.stage):
        names = [turn.candidate.name for turn in turns]
        click.echo(f"stage {stage + 1}: {len(names)} sensors: {some(names, NAMES_SHOWN, ' ')}")
    for reason, count in _reasons(plan.left_out):
        click.echo(f"left out: {count} sensors: {reason}")
    click.echo(f"order: {plan.order_says}")
    if made.number is None:
        click.echo(f"{len(plan.turns)} sensors would be told; nothing was begun. --json names every one")
    else:
        click.echo(f"campaign {made.number} has begun; a running collector takes its steps")


def _reasons(left_out: Sequence[Candidate]) -> list[tuple[str, int]]:
    count: dict[str, int] = {}
    for one in left_out:
        count[one.left_out] = count.get(one.left_out, 0) + 1
    return sorted(count.items())


def listed(campaigns: Sequence[tuple[Campaign, Mapping[str, int]]], as_json: bool) -> None:
    """One line a campaign."""
    if as_json:
        click.echo(json.dumps([_said(campaign) | {"units": dict(count)} for campaign, count in campaigns]))
        return
    for campaign, count in campaigns:
        course = campaign.course
        units = ", ".join(f"{count[state]} {state}" for state in UnitState if count.get(state))
        click.echo(f"{campaign.id:4} {course.state:10} stage {course.stage + 1}  {units}  {_cargo(campaign)}")
        if course.says:
            click.echo(f"     {course.says}")
    if not campaigns:
        click.echo("no campaign yet; footfall fleet campaign config begins one")


def shown(campaign: Campaign, units: Sequence[Unit], names: Mapping[int, str], every: bool, as_json: bool) -> None:
    """A campaign's stages and units."""
    wanted = [one for one in units if every or one.state in (UnitState.FAILED, UnitState.MISSED)]
    if as_json:
        rows = [asdict(one) | {"sensor": names[one.sensor_id], "stage": one.stage + 1} for one in wanted]
        click.echo(json.dumps(_said(campaign) | {"units": rows}))
        return
    course = campaign.course
    click.echo(f"campaign {campaign.id} of {campaign.actor}: {course.state}{f', {course.says}' if course.says else ''}")
    click.echo(_cargo(campaign))
    for stage, mine in groupby(units, key=lambda unit: unit.stage):
        states = [unit.state for unit in mine]
        count = ", ".join(f"{states.count(state)} {state}" for state in UnitState if state in states)
        click.echo(f"stage {stage + 1}{' (open)' if stage <= course.stage else ''}: {count}")
    for unit in wanted:
        click.echo(f"{names[unit.sensor_id]:20} stage {unit.stage + 1} {unit.state:7} {unit.says}")


def _cargo(campaign: Campaign) -> str:
    why = f"; {campaign.why}" if campaign.why else ""
    return f"{naming.says(campaign.kind, campaign.cargo)}{why}, {instants.minute(campaign.made_ms)}"


def _said(campaign: Campaign) -> dict[str, object]:
    course = campaign.course
    return {
        "campaign": campaign.id,
        "kind": campaign.kind,
        "cargo": json.loads(campaign.cargo),
        "state": course.state,
        "stage": course.stage + 1,
        "says": course.says,
        "deadline_ms": course.deadline_ms,
        "terms": json.loads(course.terms.encode()),
        "actor": campaign.actor,
        "why": campaign.why,
        "made_ms": campaign.made_ms,
    }
