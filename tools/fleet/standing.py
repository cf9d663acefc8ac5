"""`footfall fleet approve`, `quarantine`, `release` and `revoke`: who may send."""

import json
from pathlib import Path

import click

from collector import clock
from collector.enrolment.approval import Approvals, Approved
from collector.records.roster import Roster
from collector.records.standing import REFRESH_S, Standing

from ..collecting.options import actor, dir_option, json_option, opened, spoken

why_option = click.option("--why", required=True, help="For the audit log, and whoever looks later.")


@click.command()
@dir_option
@json_option
@click.argument("sensor", required=False)
@click.option("--fingerprint", default="", help="Only if this is the fingerprint of the unit that waits.")
@click.option("--all-pending", is_flag=True, help="All units that wait, instead of one sensor's.")
@click.option("--site", default="", help="With --all-pending: of this site only.")
@click.option("--name", "to", default="", help="What it is called from now on, where no unit had this place yet.")
def approve(
    folder: Path, as_json: bool, sensor: str | None, fingerprint: str, all_pending: bool, site: str, to: str
) -> None:
    """Let the unit that waits for SENSOR's place have it. Compare the fingerprint first: footfall fleet show SENSOR.

    Where another unit has the place, that one is replaced: its key and its certificate are good no more.
    """
    if to and not sensor:
        raise click.UsageError("--name is of one SENSOR")
    if bool(sensor) == all_pending or (site and not all_pending) or (fingerprint and all_pending):
        raise click.UsageError("give either SENSOR (and --fingerprint), or --all-pending (and --site)")
    collector = opened(folder)
    approvals = Approvals(collector.registry.engine, collector.certificates)
    now_ms = clock.now_ms()
    with spoken():
        if sensor and to:
            sensor = approvals.rename(sensor, to, actor(), now_ms).name
        names = [sensor] if sensor else [one.name for one, _ in approvals.waiting(site)]
        done = [approvals.approve(name, actor(), now_ms, fingerprint.upper()) for name in names]
    if as_json:
        click.echo(json.dumps([_said(one) for one in done]))
        return
    for one in done:
        print_ = one.unit.fingerprint if one.unit else "as registered"
        click.echo(f"{one.sensor.name} at {one.sensor.site} may send ({print_}); it learns so when it asks next")
    if not done:
        click.echo("no unit waits")


@click.command()
@dir_option
@click.argument("sensor")
@why_option
def refuse(folder: Path, sensor: str, why: str) -> None:
    """Turn away the unit that waits for SENSOR's place.

    Where no unit ever had the place, its name is used up with it: make a claim for another one.
    """
    with spoken():
        found = Approvals(opened(folder).registry.engine).refuse(sensor, why, actor(), clock.now_ms())
    click.echo(f"the unit that waited for {sensor} is refused; {sensor} is {found.state}")


@click.command()
@dir_option
@click.argument("sensor")
@why_option
def quarantine(folder: Path, sensor: str, why: str) -> None:
    """Take nothing more of SENSOR until somebody has looked at it."""
    _move(folder, sensor, Standing.QUARANTINED, why)
    click.echo(f"{sensor} is in quarantine; footfall fleet release lets it out")


@click.command()
@dir_option
@click.argument("sensor")
@why_option
def release(folder: Path, sensor: str, why: str) -> None:
    """Let SENSOR out of quarantine."""
    engine = opened(folder).registry.engine
    with spoken():
        roster = Roster(engine)
        state = roster.find(sensor).state
        if state is not Standing.QUARANTINED:
            raise click.ClickException(f"{sensor} is {state}, not in quarantine; there is nothing to let it out of")
        roster.move(sensor, Standing.APPROVED, why, actor(), clock.now_ms())
    click.echo(f"{sensor} may send again")


@click.command()
@dir_option
@click.argument("sensor")
@why_option
def revoke(folder: Path, sensor: str, why: str) -> None:
    """Shut SENSOR out for good: stolen, lost, thrown away. There is no way back, for the name neither.

    Where only the unit is another one, make a claim for SENSOR instead and approve the new unit.
    """
    _move(folder, sensor, Standing.REVOKED, why)
    click.echo(f"{sensor} is revoked; a running collector knows it within {REFRESH_S:.0f} s")
    click.echo("its place wants a claim with another name: footfall collector claim new --sensor NAME", err=True)


def _move(folder: Path, sensor: str, to: Standing, why: str) -> None:
    with spoken():
        Roster(opened(folder).registry.engine).move(sensor, to, why, actor(), clock.now_ms())


def _said(done: Approved) -> dict[str, object]:
    return {
        "sensor": done.sensor.name,
        "site": done.sensor.site,
        "state": done.sensor.state,
        "fingerprint": done.unit.fingerprint if done.unit else None,
    }
