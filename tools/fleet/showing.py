"""`footfall fleet show`: one sensor, and the units that had its place."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from collector import clock
from collector.enrolment.units import NO_KEY_ID, Unit, of_sensor
from collector.records.registry import Sensor
from collector.records.roster import Roster
from footfall_sensor import codes

from .. import instants
from ..collecting.options import dir_option, json_option, opened, spoken


@dataclass(frozen=True, slots=True)
class Shown:
    """A unit as it is shown. state: here, waits, replaced."""

    state: str
    fingerprint: str
    claim: str | None
    shown_ms: int
    since_ms: int | None
    until_ms: int | None
    asked_ms: int
    version: str
    board: str
    model: str
    profile: str
    certificate: str | None
    certificate_ends_ms: int | None


@click.command()
@dir_option
@json_option
@click.argument("sensor")
def show(folder: Path, as_json: bool, sensor: str) -> None:
    """SENSOR: its state, and each unit that has, wants or had its place, with the fingerprint of its key.

    The unit itself shows its fingerprint by: footfall-sensor status
    """
    engine = opened(folder).registry.engine
    with spoken():
        found = Roster(engine).find(sensor)
    with engine.begin() as connection:
        units = [_shown(found, unit) for unit in of_sensor(connection, found.id)]
    head = {
        "sensor": found.name,
        "tenant": found.tenant,
        "site": found.site,
        "state": found.state,
        "says": found.says,
        "changed_ms": found.changed_ms,
        "fingerprint": None if found.key_id == NO_KEY_ID else codes.fingerprint(found.public_key),
    }
    if as_json:
        click.echo(json.dumps({**head, "units": [asdict(unit) for unit in units], "now_ms": clock.now_ms()}))
        return
    click.echo(f"{found.user} at {found.site}: {found.state}. {found.says}")
    if not units and head["fingerprint"]:
        click.echo(f"  registered by hand, fingerprint {head['fingerprint']}")
    for unit in units:
        claim = f"claim {unit.claim}" if unit.claim else "registered by hand"
        click.echo(f"  {unit.state:9} {unit.fingerprint}  {claim}, first seen {instants.minute(unit.shown_ms)}")
        click.echo(f"            {unit.model or unit.board or 'model unknown'}, {unit.profile}, version {unit.version}")
        if unit.certificate_ends_ms:
            click.echo(f"            certificate {unit.certificate}, until {instants.minute(unit.certificate_ends_ms)}")


def _shown(sensor: Sensor, unit: Unit) -> Shown:
    seated = sensor.public_key == unit.key.raw
    state = "waits" if unit.waits else "here" if seated else "replaced"
    about = unit.about
    return Shown(
        state=state,
        fingerprint=unit.fingerprint,
        claim=unit.claim_id,
        shown_ms=unit.shown_ms,
        since_ms=unit.since_ms,
        until_ms=unit.until_ms,
        asked_ms=unit.asked_ms,
        version=about.version,
        board=about.board,
        model=about.model,
        profile=about.profile,
        certificate=unit.held.serial if unit.held else None,
        certificate_ends_ms=unit.held.ends_ms if unit.held else None,
    )
