"""`footfall collector`: make a collector, run it, see who sends and what was refused."""

import click

from . import (
    certifying,
    claiming,
    collector_keys,
    deploying,
    enrolling,
    keeping,
    making,
    notice,
    objecting,
    proof,
    refused,
    running,
    saving,
    sensors,
    sites,
    tenants,
)


@click.group("collector")
def collector() -> None:
    """The collector: takes what sensors send, stores it, and answers."""


for command in (
    making.init,
    sensors.add,
    claiming.claim,
    certifying.certify,
    certifying.tunnel,
    running.serve,
    sensors.status,
    sites.site,
    objecting.objection,
    enrolling.staff,
    notice.notice,
    notice.notice_set,
    notice.claims,
    refused.quarantine,
    deploying.write_files,
    keeping.retain,
    saving.backup,
    saving.restore,
    proof.audit,
    proof.verify,
    tenants.tenant,
    collector_keys.key,
):
    collector.add_command(command)
