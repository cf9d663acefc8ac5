"""`footfall fleet campaign`: changes that go over the fleet in stages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.configuration import options, staging
from collector.rollout.advance import CampaignState
from collector.rollout.book import Campaigns
from collector.rollout.records import Campaign

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from . import rolling
from .config import dry_option
from .places import chosen, place_options, why_option
from .terms import terms, terms_options


@click.group("campaign")
def campaign() -> None:
    """Roll a change out in stages: few sensors first, then more, and stop where they fail.

    A running collector takes the steps. A sensor counts as done when it has said itself, signed, that it runs what it
    was told; that it was sent something counts for nothing.
    """


@campaign.command("config")
@dir_option
@place_options
@click.argument("words", metavar="OPTION=VALUE...", nargs=-1, required=True)
@terms_options
@why_option
@dry_option
@json_option
def roll_options(
    folder: Path,
    words: tuple[str, ...],
    why: str,
    dry: bool,
    as_json: bool,
    tenant: str | None,
    site: str | None,
    group: str | None,
    sensor: str | None,
    **said: Any,
) -> None:
    """Set options of one layer in stages, such as: --site shop window_s=60 --stages 1,10%,100%.

    The layer itself changes when the last stage is over; until then only the sensors that were told run otherwise.
    """
    collector = opened(folder)
    with spoken():
        place = chosen(collector, tenant, site, group, sensor)
        book = Campaigns(collector.registry.engine)
        begun = book.begin_options(place, options.parse(words), terms(said), (actor(), why), clock.now_ms(), dry=dry)
    rolling.begun(begun, as_json)


@campaign.command("list")
@dir_option
@json_option
def list_campaigns(folder: Path, as_json: bool) -> None:
    """Each campaign, how far it is, and what it waits for."""
    rolling.listed(Campaigns(opened(folder).registry.engine).all(), as_json)


@campaign.command()
@dir_option
@click.argument("number", type=click.IntRange(1))
@click.option("--units/--failed", "every", default=False, help="Every unit, or only those that failed or are missed.")
@json_option
def show(folder: Path, number: int, every: bool, as_json: bool) -> None:
    """Campaign NUMBER: its stages, and which units failed and why."""
    collector = opened(folder)
    names = {sensor.id: sensor.name for sensor in collector.registry.sensors()}
    with spoken():
        found, units = Campaigns(collector.registry.engine).one(number)
    rolling.shown(found, units, names, every, as_json)


@campaign.command()
@dir_option
@click.argument("number", type=click.IntRange(1))
@why_option
def pause(folder: Path, number: int, why: str) -> None:
    """Tell no further units. Those that were told go on, and are still judged."""
    _steer(folder, Campaigns.pause, number, why)


@campaign.command()
@dir_option
@click.argument("number", type=click.IntRange(1))
@why_option
def resume(folder: Path, number: int, why: str) -> None:
    """Go on, after a pause or after it stopped by itself: the failures until now stop it no more."""
    _steer(folder, Campaigns.resume, number, why)


@campaign.command()
@dir_option
@click.argument("number", type=click.IntRange(1))
@why_option
def cancel(folder: Path, number: int, why: str) -> None:
    """End it. Options are taken back from the sensors that have them; a package or an image stays where it is.

    Sensors that were told to upgrade go on. To bring them back, release what ran before under a higher version, and
    roll that out; images can go back by --older.
    """
    _steer(folder, Campaigns.cancel, number, why)


def _steer(folder: Path, way: Callable[[Campaigns, int, str, str, int], Campaign], number: int, why: str) -> None:
    collector = opened(folder)
    with spoken():
        done = way(Campaigns(collector.registry.engine), number, actor(), why, clock.now_ms())
    click.echo(f"campaign {number} is {done.course.state}")
    if done.course.state is CampaignState.CANCELLED and done.kind != staging.KIND:
        click.echo("sensors that were told keep what they have: footfall fleet campaign show --units", err=True)
