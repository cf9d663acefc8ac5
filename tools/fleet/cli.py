"""`footfall fleet`: the sensors, from the side of those who answer for them."""

import click

from . import command as commands
from . import config, showing, standing, states


@click.group("fleet")
def fleet() -> None:
    """The fleet: which sensors there are, how they are, and who may send."""


for command in (
    states.list_sensors,
    config.config,
    config.group,
    commands.command,
    showing.show,
    standing.approve,
    standing.quarantine,
    standing.release,
    standing.revoke,
):
    fleet.add_command(command)
