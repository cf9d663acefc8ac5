"""`footfall fleet`: the sensors, from the side of those who answer for them."""

import click

from ..lazy import Lazy

COMMANDS = {
    "alerts": (
        "tools.fleet.alerting",
        "alerts",
        "What somebody should look at, one alert for each cause: a site that is down is one.",
    ),
    "approve": ("tools.fleet.standing", "approve", "Let the unit that waits for SENSOR's place have it."),
    "campaign": (
        "tools.fleet.campaigns",
        "campaign",
        "Roll a change out in stages: few sensors first, then more, and stop where they fail.",
    ),
    "command": (
        "tools.fleet.command",
        "command",
        "Have a sensor do one thing: restart its agent, take its interface down and up, report, send again.",
    ),
    "config": ("tools.fleet.config", "config", "What sensors are told to be."),
    "export": (
        "tools.fleet.exporting",
        "export",
        "Print the fleet for other systems; all sensors, or those that are selected.",
    ),
    "group": ("tools.fleet.config", "group", "Put SENSOR into group NAME; without a name, into none."),
    "history": (
        "tools.fleet.history",
        "show_history",
        "Everything that was done to SENSOR: who, when, why; its layers' changes and what campaigns did with it.",
    ),
    "image": (
        "tools.fleet.imaging",
        "image",
        "Whole firmwares (sysupgrade images) that campaigns can bring to units.",
    ),
    "import": (
        "tools.fleet.exporting",
        "import_sheet",
        "Take site, group, tags, behind, latitude and longitude of sensors from FILE.",
    ),
    "list": (
        "tools.fleet.states",
        "list_sensors",
        "Each sensor: where it hangs, how it is, and what of its batches is missing (which must be 0).",
    ),
    "maintenance": (
        "tools.fleet.alerting",
        "maintenance",
        "Times in which somebody works at a site: nobody is told of alerts there.",
    ),
    "package": (
        "tools.fleet.packing",
        "package",
        "Packages of the agent that campaigns can bring to units from the collector itself.",
    ),
    "quarantine": (
        "tools.fleet.standing",
        "quarantine",
        "Take nothing more of SENSOR until somebody has looked at it.",
    ),
    "refuse": ("tools.fleet.standing", "refuse", "Turn away the unit that waits for SENSOR's place."),
    "release": ("tools.fleet.standing", "release", "Let SENSOR out of quarantine."),
    "revoke": ("tools.fleet.standing", "revoke", "Shut SENSOR out for good: stolen, lost, thrown away."),
    "show": (
        "tools.fleet.showing",
        "show",
        "SENSOR: its state, and each unit that has, wants or had its place, with the fingerprint of its key.",
    ),
    "tag": ("tools.fleet.tagging", "tag_sensors", "Tag sensors, or say what they hang behind."),
    "upgrade": (
        "tools.fleet.upgrading",
        "upgrade",
        "Roll VERSION of the agent's package out in stages, to the sensors that are selected; to all without a word.",
    ),
}


@click.group("fleet", cls=Lazy, commands=COMMANDS)
def fleet() -> None:
    """The fleet: which sensors there are, how they are, and who may send."""
