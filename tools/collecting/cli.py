"""`footfall collector`: make a collector, run it, see who sends and what was refused."""

import click

from . import certifying, making, proof, refused, running, sensors


@click.group("collector")
def collector() -> None:
    """The collector: takes what sensors send, stores it, and answers."""


for command in (
    making.init,
    sensors.add,
    certifying.certify,
    certifying.tunnel,
    running.serve,
    sensors.status,
    refused.quarantine,
    proof.audit,
    proof.verify,
):
    collector.add_command(command)
