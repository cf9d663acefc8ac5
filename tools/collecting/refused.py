"""`footfall collector quarantine`: what was not let in; to look at, to let in after all, to throw away."""

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from collector.admission.door import Reason
from collector.admission.quarantine import Held, Selection
from collector.clock import now_ms
from collector.housekeeping.readmission import replay as readmit
from collector.records.roster import Roster
from footfall_sensor.errors import Malformed
from footfall_sensor.wire import envelope

from .. import instants
from ..errors import ToolError
from .options import actor, dir_option, json_option, opened, spoken

reason_option = click.option(
    "--reason", type=click.Choice([reason.value for reason in Reason]), help="Only those refused for this reason."
)
sensor_option = click.option("--sensor", metavar="NAME", help="Only this sensor's, and those that came under its name.")


@click.group()
def quarantine() -> None:
    """Messages that were refused, with the reason.

    They stay a week, the oldest give way where there are too many, and what may hold tokens goes with its epoch. A
    sensor whose messages are held is another matter: footfall fleet list shows sensors.
    """


@quarantine.command(name="list")
@dir_option
@json_option
@click.option("--newest", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@reason_option
@sensor_option
def list_(folder: Path, as_json: bool, newest: int, reason: str | None, sensor: str | None) -> None:
    """The newest refused messages and why they were refused."""
    collector = opened(folder)
    held = collector.quarantine.list(newest, Selection(reason=reason, sensor=_user(folder, sensor)))
    if as_json:
        click.echo(json.dumps([_told(one) for one in held]))
        return
    for one in held:
        click.echo(f"{one.id:>8}  {instants.second(one.received_ms)}  {one.reason:16} {one.topic:40} {one.says}")
    if not held:
        click.echo("nothing was refused")


@quarantine.command()
@dir_option
@json_option
@click.argument("id_", metavar="ID", type=int)
def show(folder: Path, as_json: bool, id_: int) -> None:
    """One refused message: whose it is, what its envelope says, and whether it can be replayed.

    Its body is not shown: it may hold tokens.
    """
    found = opened(folder).quarantine.list(1, Selection(id=id_))
    if not found:
        raise ToolError(f"there is no message {id_}; footfall collector quarantine list shows those there are")
    said = _told(found[0]) | _envelope(found[0])
    if as_json:
        click.echo(json.dumps(said))
        return
    for name, value in said.items():
        click.echo(f"{name:12} {instants.second(value) if name.endswith('_ms') and isinstance(value, int) else value}")


@quarantine.command()
@dir_option
@json_option
@click.argument("id_", metavar="[ID]", type=int, required=False)
@reason_option
@sensor_option
def replay(folder: Path, as_json: bool, id_: int | None, reason: str | None, sensor: str | None) -> None:
    """Let held batches through the door once more, all checks included.

    For after a sensor was approved or released, or when a time that lay in the future has come. What passes is stored
    once; what does not stays, with the reason of today. Name an ID, a reason or a sensor.

    \b
    Example:
        footfall collector quarantine replay --sensor door --dir DIR
    """
    if id_ is None and reason is None and sensor is None:
        raise click.UsageError("name an ID, --reason or --sensor")
    collector = opened(folder)
    with spoken():
        done = readmit(collector, Selection(id_, reason, _user(folder, sensor)), actor(), now_ms())
    if as_json:
        click.echo(json.dumps(asdict(done)))
    else:
        click.echo(f"{done.stored} stored, {done.refused} refused again, {done.passed_over} cannot be replayed")


@quarantine.command()
@dir_option
@json_option
@click.option("--older-than", "hours", type=click.FloatRange(0), metavar="HOURS", help="Only those older than this.")
@reason_option
@click.option("--all", "everything", is_flag=True, help="Everything that is held.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(folder: Path, as_json: bool, hours: float | None, reason: str | None, *, everything: bool, yes: bool) -> None:
    """Throw held messages away for good; the audit log says who did."""
    if not everything and hours is None and reason is None:
        raise click.UsageError("name --older-than, --reason or --all")
    which = ", ".join(
        [*([f"older than {hours:g} h"] if hours is not None else []), *([f"reason {reason}"] if reason else [])]
    )
    if not yes:
        click.confirm(f"Throw away for good: {which or 'all'}?", abort=True, err=True)
    at_ms = now_ms()
    before_ms = None if hours is None else at_ms - round(timedelta(hours=hours).total_seconds() * 1000)
    selection = Selection(reason=reason, before_ms=before_ms)
    gone = opened(folder).quarantine.purge(selection, actor(), which or "all", at_ms)
    click.echo(json.dumps({"purged": gone}) if as_json else f"{gone} messages are gone")


def _user(folder: Path, sensor: str | None) -> str | None:
    """tenant/sensor of a sensor's name."""
    if sensor is None:
        return None
    with spoken():
        return Roster(opened(folder).registry.engine).find(sensor).user


def _told(held: Held) -> dict[str, object]:
    """What may be told of a message: all but its bytes."""
    told = asdict(held)
    del told["payload"]
    return told | {"digest": held.digest.hex() if held.digest else None, "kept": len(held.payload)}


def _envelope(held: Held) -> dict[str, object]:
    try:
        said = envelope.unpack(held.payload)
    except Malformed as exc:
        return {"envelope": str(exc) if held.payload else "no longer kept"}
    return {"kind": said.kind.name.lower(), "sensor": said.sensor, "boot": said.boot.hex(), "number": said.number}
