"""What `footfall fleet config` prints, for people and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from collector.configuration import options, push
from collector.configuration.editor import Done
from collector.configuration.layers import Origin
from collector.configuration.outbox import Outbox
from collector.configuration.plan import Affected, values
from collector.configuration.push import Push, PushState
from collector.configuration.store import ConfigurationStore, Version
from collector.records.registry import Sensor
from footfall_sensor.settings import PUSHABLE

AFFECTED_SHOWN = 20


def done(made: Done, dry: bool, as_json: bool, shown: int = AFFECTED_SHOWN) -> None:
    """What a change came to."""
    plan = made.plan
    if as_json:
        said = {
            "layer": str(plan.change.place),
            "written": made.written,
            "proposal": made.proposal,
            "loosens": plan.loosens,
            "sensors": {one.sensor: one.options for one in plan.affected},
        }
        click.echo(json.dumps(said))
        return
    affected(plan.affected, shown)
    click.echo(_verdict(made, dry))


def affected(sensors: Sequence[Affected], shown: int) -> None:
    """The sensors that run otherwise, so many of them one by one."""
    for one in sensors[:shown]:
        changes = ", ".join(f"{name} {_own(was)} -> {_own(to)}" for name, (was, to) in one.options.items())
        click.echo(f"{one.sensor:20} {changes}")
    if len(sensors) > shown:
        click.echo(f"... and {len(sensors) - shown} more sensors")


def _verdict(made: Done, dry: bool) -> str:
    count, loosens = len(made.plan.affected), "; ".join(made.plan.loosens)
    if made.proposal is not None:
        return (
            f"proposal {made.proposal} waits for a second person, because {loosens}. "
            f"Another login says: footfall fleet config confirm {made.proposal}"
        )
    if dry:
        return f"{count} sensors would change; nothing was" + (
            f". A second person is needed: {loosens}" if loosens else ""
        )
    if not made.written:
        return "nothing to change: it is so already"
    if not count:
        return "done; no sensor runs otherwise than before"
    return f"{count} sensors change; footfall fleet config status shows what becomes of it"


def show(sensor: Sensor, effective: Mapping[str, Origin], outbox: Outbox, as_json: bool, lacks: str = "") -> None:
    """Every option that a collector may set on a sensor; lacks: why they cannot be made."""
    known = outbox.pushes().get(sensor.id, Push(sensor.id))
    if as_json:
        said = {name: {"value": origin.value, "from": origin.source} for name, origin in effective.items()}
        click.echo(
            json.dumps(
                {
                    "sensor": sensor.name,
                    "group": sensor.group_name,
                    "options": said,
                    "unresolved": lacks,
                    "push": _push(known),
                }
            )
        )
        return
    click.echo(
        f"{sensor.name} of {sensor.tenant} at {sensor.site}, group {sensor.group_name or 'none'}: {_state(known)}"
    )
    if lacks:
        click.echo(f"it is sent nothing: {lacks}")
    for name in sorted(PUSHABLE):
        origin = effective.get(name)
        if origin:
            click.echo(f"{name:22} {origin.value:24} {origin.source}")
        else:
            click.echo(f"{name:22} {options.default(name) or '-':24} the unit's own file; this is the default")


def history(versions: Sequence[Version], as_json: bool) -> None:
    """A layer's changes."""
    if as_json:
        click.echo(json.dumps([asdict(version) for version in versions]))
        return
    for version in versions:
        words = " ".join(f"{name}={value}" for name, value in version.options.items()) or "(empty)"
        click.echo(f"{version.number:>4}  {_time(version.time_ms)}  {version.actor:16} {words}")
        if version.why:
            click.echo(f"      {version.why}")
    if not versions:
        click.echo("no change yet")


def status(store: ConfigurationStore, outbox: Outbox, now_ms: int, everything: bool, as_json: bool) -> None:
    """Every sensor's push, and the proposals that wait."""
    fleet, pushes, proposals = store.fleet(), outbox.pushes(), store.proposals(now_ms)
    rows = []
    for sensor in fleet.sensors:
        known = pushes.get(sensor.id, Push(sensor.id))
        effective, lacks = fleet.known(sensor)
        unseen = not lacks and push.packed(values(effective)) != known.options
        rows.append({"sensor": sensor.name, "site": sensor.site, "unseen": unseen, **_push(known)})
    waiting = [
        {"id": one.id, "layer": str(one.change.place), "by": one.actor, "loosens": one.loosens, "why": one.why}
        for one in proposals
    ]
    if as_json:
        click.echo(json.dumps({"sensors": rows, "proposals": waiting}))
        return
    shown = [row for row in rows if everything or row["unseen"] or (row["state"] != PushState.APPLIED)]
    for row in shown:
        says = "no running collector has looked at the newest change yet" if row["unseen"] else row["says"]
        click.echo(f"{row['sensor']:20} {row['site']:16} version {row['version']:>4} {row['state']:9} {says}")
    click.echo(f"{len(rows) - len(shown)} of {len(rows)} sensors run what they should" if not everything else "")
    for one in waiting:
        click.echo(
            f"proposal {one['id']} of {one['by']} for {one['layer']} waits for a second person: {one['loosens']}"
        )


def _push(known: Push) -> dict[str, object]:
    return {
        "version": known.version,
        "running": known.running,
        "state": known.state.value,
        "says": known.says,
        "changed_ms": known.changed_ms,
    }


def _state(known: Push) -> str:
    if not known.version:
        return "never sent a configuration"
    says = f", {known.says}" if known.says else ""
    return f"version {known.version} {known.state}{says}; it runs version {known.running}"


def _own(value: str | None) -> str:
    return "its own" if value is None else value or "''"


def _time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
