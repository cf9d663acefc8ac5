"""`footfall collector`: make a collector, run it, see who sends and what was refused."""

import click

from . import making, notice, objecting, proof, refused, running, sensors, sites, tenants


@click.group("collector")
def collector() -> None:
    """The collector: takes what sensors send, stores it, and answers."""


for command in (
    making.init,
    sensors.add,
    running.serve,
    sensors.status,
    sites.site,
    objecting.objection,
    notice.notice,
    notice.notice_set,
    notice.claims,
    refused.quarantine,
    proof.audit,
    proof.verify,
    tenants.tenant,
):
    collector.add_command(command)
