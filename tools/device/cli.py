"""`footfall device`: from the box to the ceiling, each command in a module that is loaded when it is called."""

import click

from ..lazy import Lazy

COMMANDS = {
    "check": ("tools.device.checking", "check", "Tell which unit is plugged in, and whether an image may go onto it."),
    "flash": ("tools.device.flashing.cli", "flash", "Write an image onto a unit, the way that this unit takes it."),
    "watch": (
        "tools.device.flashing.watching",
        "watch",
        "Write one unit after another as they are plugged in; each gets the IMAGE that is made for it.",
    ),
    "recover": (
        "tools.device.flashing.recovering",
        "recover",
        "Print how a unit that does not start is brought back; with --image serve it what it asks for.",
    ),
    "provision": (
        "tools.device.provisioning",
        "provision",
        "Give units their places: name, site, position and the claim by which each enrols.",
    ),
    "label": (
        "tools.device.labels",
        "label",
        "Labels of units: QR code, name, site, model, and the digits that name the claim.",
    ),
    "verify": (
        "tools.device.verifying",
        "verify",
        "Green only when a unit works: running, hearing, on time, and known to the collector.",
    ),
    "build": ("tools.device.building", "build", "Build the OpenWrt package without an SDK: the same bytes every time."),
    "image": (
        "tools.device.imaging",
        "image",
        "Build the image of a unit with OpenWrt's ImageBuilder, or print how where there is none.",
    ),
    "release": (
        "tools.device.releasing",
        "release",
        "Vouch for packages (.ipk, .apk) and images (...-sysupgrade.bin): writes FILE.note and FILE.sig beside each.",
    ),
    "units": (
        "tools.device.listing",
        "list_units",
        "The units Footfall runs on, and those it does not, with the reason.",
    ),
}


@click.group("device", cls=Lazy, commands=COMMANDS)
def device() -> None:
    """The access points themselves: check, flash, place and verify units; their packages and images."""
