"""`footfall fleet`: the sensors, from the side of those who answer for them."""

import click

from . import showing, standing, states


@click.group("fleet")
def fleet() -> None:
    """The fleet: which sensors there are, how they are, and who may send."""


for command in (
    states.list_sensors,
    showing.show,
    standing.approve,
    standing.quarantine,
    standing.release,
    standing.revoke,
):
    fleet.add_command(command)
