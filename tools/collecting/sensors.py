"""`footfall collector add` and `status`: who may send, and what came."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector.records.reports import boot_bytes
from collector.records.standing import REFRESH_S
from collector.verification import conservation
from footfall_sensor import keys
from footfall_sensor.wire.envelope import check_sensor_name

from .options import dir_option, json_option, make_site, opened, spoken


@click.command()
@dir_option
@click.argument("sensor")
@click.option("--site", required=True, help="Where it hangs; made if it is new.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), required=True, help="The sensor's public key file.")
@click.option("--time-zone", help="Of a new site; default: the tenant's.")
def add(folder: Path, sensor: str, site: str, key_file: Path, time_zone: str | None) -> None:
    """Register SENSOR: from now on its messages are taken."""
    registry = opened(folder).registry
    with spoken():
        check_sensor_name(sensor)
        key = keys.read_public(key_file)
        tenant = registry.tenant("default")
        make_site(registry, tenant, site, time_zone)
        registry.put_sensor(tenant.name, sensor, site, key.id, key.raw)
    click.echo(f"{sensor} at {site} may send; a running collector knows it within {REFRESH_S:.0f} s")


@click.command()
@dir_option
@json_option
def status(folder: Path, as_json: bool) -> None:
    """What each sensor sent and what of it is stored; the difference must be what it still holds.

    Then the same by tenant and epoch, in batches, over the newest epochs that each sensor's last word speaks of: sent =
    stored + waiting + dropped + missing, and missing must be 0.
    """
    collector = opened(folder)
    names = {sensor.id: sensor for sensor in collector.registry.sensors()}
    reports = collector.registry.reports.newest()
    rows = []
    for row in collector.manifest.ledger():
        said = reports.get(row.sensor_id)
        health = said.health if said and said.boot == row.boot else None
        emitted = health.totals.sightings_emitted if health else None
        rows.append(
            {
                "sensor": names[row.sensor_id].name,
                "site": names[row.sensor_id].site,
                "boot": boot_bytes(row.boot).hex(),
                "batches": row.batches,
                "sightings": row.sightings,
                "duplicates": row.duplicates,
                "emitted": emitted,
            }
        )
    epochs = conservation.summed(conservation.by_epoch(collector.registry.engine))
    if as_json:
        by_epoch = [{name: value for name, value in asdict(one).items() if name != "sensor"} for one in epochs]
        click.echo(json.dumps({"starts": rows, "epochs": by_epoch, "quarantine": collector.quarantine.count()}))
        return
    click.echo(f"{'sensor':20} {'site':16} {'batches':>9} {'sightings':>11} {'emitted':>11} {'again':>7}")
    for one in rows:
        click.echo(
            f"{one['sensor']:20} {one['site']:16} {one['batches']:>9} {one['sightings']:>11} "
            f"{one['emitted'] if one['emitted'] is not None else '?':>11} {one['duplicates']:>7}"
        )
    if epochs:
        click.echo(
            f"\n{'tenant':16} {'epoch':16} {'sent':>9} {'stored':>9} {'waiting':>8} {'dropped':>8} {'missing':>8}"
        )
    for balance in epochs:
        dropped = balance.dropped_full + balance.dropped_refused
        click.echo(
            f"{balance.tenant:16} {balance.epoch or '(no key)':16} {balance.emitted:>9} {balance.committed:>9} "
            f"{balance.waiting:>8} {dropped:>8} {balance.difference:>8}"
        )
    for reason, count in collector.quarantine.count().items():
        click.echo(f"refused, {reason}: {count}")
