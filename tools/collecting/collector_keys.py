"""`footfall collector key`: the key that sensors know the collector by, and how it is handed on."""

import json
from pathlib import Path

import click

from collector import clock
from collector.keys.identity import OVERLAP_DAYS, Identity

from .. import instants
from .options import actor, dir_option, json_option, opened, spoken


@click.group("key")
def key() -> None:
    """The collector's own key: what it signs with, and what sensors believe."""


@key.command()
@dir_option
@click.option(
    "--overlap-days",
    type=click.IntRange(1, 365),
    default=OVERLAP_DAYS,
    show_default=True,
    help="The next key takes over after so long at the latest.",
)
def rotate(folder: Path, overlap_days: int) -> None:
    """Hand the collector's word on to a new key, without a visit to any sensor.

    A running collector tells every sensor of the new key, at once and again at each start of a sensor. The old key goes
    on signing until every approved sensor has said that it knows, or the overlap is over; then it is destroyed. A
    sensor that was away for the whole overlap needs collector.key.pub by hand afterwards.
    """
    identity = Identity(folder, opened(folder).registry.engine)
    with spoken():
        made = identity.rotate(overlap_days, actor(), clock.now_ms())
    click.echo(f"key {made.key.id.hex()} is made and takes over by {instants.day(made.overlap_ms)} at the latest")
    click.echo(f"{identity.behind()} sensors have to hear of it; see: footfall collector key list --dir {folder}")


@key.command("list")
@dir_option
@json_option
def list_keys(folder: Path, as_json: bool) -> None:
    """Every key there ever was, and how many sensors do not know the next one yet."""
    identity = Identity(folder, opened(folder).registry.engine)
    with spoken():
        states, behind = identity.states(), identity.behind()
    if as_json:
        said = [
            {
                "id": one.key.id.hex(),
                "state": one.state,
                "version": one.version,
                "made_ms": one.made_ms,
                "takes_over_ms": one.overlap_ms or None,
                "retired_ms": one.retired_ms,
            }
            for one in states
        ]
        click.echo(json.dumps({"keys": said, "behind": behind}))
        return
    for one in states:
        until = {
            "next": f"takes over by {instants.day(one.overlap_ms)}",
            "retired": f"retired {instants.day(one.retired_ms or 0)}",
        }
        click.echo(f"{one.key.id.hex()}  {one.state:8} list {one.version:>4}  {until.get(one.state, '')}")
    if any(one.state == "next" for one in states):
        click.echo(f"{behind} approved sensors do not know the next key yet")
