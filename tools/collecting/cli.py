"""`footfall collector`: make a collector, run it, see who sends and what was refused."""

import click

from ..lazy import Lazy

COMMANDS = {
    "add": ("tools.collecting.sensors", "add", "Register SENSOR: from now on its messages are taken."),
    "audit": (
        "tools.collecting.proof",
        "audit",
        "Who did what: the newest entries of the audit log, oldest of them first.",
    ),
    "backup": (
        "tools.collecting.saving",
        "backup",
        "Write everything the collector needs to go on elsewhere into one file, while it runs.",
    ),
    "bridge": (
        "tools.collecting.bridging",
        "bridge",
        "Make the files of NAME, a mosquitto at another place whose sensors' messages come here over one line.",
    ),
    "certify": (
        "tools.collecting.certifying",
        "certify",
        "Give SENSOR a certificate for its key, for a unit that is not enrolled over the network.",
    ),
    "claim": ("tools.collecting.claiming", "claim", "Claims: single-use codes by which new units enrol."),
    "files": (
        "tools.collecting.deploying",
        "write_files",
        "Write systemd units, Prometheus alert rules and a Grafana dashboard for this collector.",
    ),
    "init": (
        "tools.collecting.making",
        "init",
        "Make a collector's folder: settings, keys, registry, and all that mosquitto needs to be its broker.",
    ),
    "key": (
        "tools.collecting.collector_keys",
        "key",
        "The collector's own key: what it signs with, and what sensors believe.",
    ),
    "nightly": (
        "tools.collecting.nightly",
        "nightly",
        "Bring a store up to date: fold, signs of people, ends of days, compaction, open tables, numbers.",
    ),
    "notice": (
        "tools.collecting.notice",
        "notice",
        "Write the notice that hangs at the door of SITE, from what is set now.",
    ),
    "notice-claims": (
        "tools.collecting.notice",
        "claims",
        "Every sentence that a notice may hold with the tests that prove it, and what is not true yet and not said.",
    ),
    "notice-set": ("tools.collecting.notice", "notice_set", "Set what a notice says of the responsible body."),
    "notify": ("tools.collecting.notifying", "notify", "Who is told of alerts and reports, by mail, webhook or MQTT."),
    "objection": (
        "tools.collecting.objecting",
        "objection",
        "Objections: phones that are not heard, by their address.",
    ),
    "quarantine": ("tools.collecting.refused", "quarantine", "Messages that were refused, with the reason."),
    "restore": (
        "tools.collecting.saving",
        "restore",
        "Make the folder of a collector out of the backup FILE; the folder must be empty or not there.",
    ),
    "retention": (
        "tools.collecting.keeping",
        "retain",
        "Delete what is no longer to be kept; a running collector does the same every five minutes.",
    ),
    "serve": ("tools.collecting.running", "serve", "Run the collector until it is told to stop (SIGTERM or Ctrl-C)."),
    "site": ("tools.collecting.sites", "site", "The sites: their hours, and which of them are sensitive places."),
    "spark": (
        "tools.collecting.sparking",
        "spark",
        "A Spark cluster of the collector's own: one master, and workers.",
    ),
    "staff": (
        "tools.collecting.enrolling",
        "staff",
        "People and devices of the place itself: sensors do not hear them.",
    ),
    "status": (
        "tools.collecting.sensors",
        "status",
        "What each sensor sent and what of it is stored; the difference must be what it still holds.",
    ),
    "tenant": (
        "tools.collecting.tenants",
        "tenant",
        "Tenants: whose sensors and sites these are, and what holds for all of them.",
    ),
    "transactions": (
        "tools.collecting.selling",
        "transactions",
        "Transactions of a site's tills: conversion is made of them.",
    ),
    "tunnel": (
        "tools.collecting.certifying",
        "tunnel",
        "Give SENSOR, a lean unit, a WireGuard peer and a password at the broker.",
    ),
    "user": (
        "tools.collecting.people",
        "user",
        "Users of the page and the API, with roles, sites and tokens.",
    ),
    "verify": (
        "tools.collecting.proof",
        "verify",
        "Look whether a collector, running or stopped, is whole.",
    ),
    "work": (
        "tools.collecting.running",
        "work",
        "Take batches beside a collector that serves, until it is told to stop.",
    ),
    "zone": ("tools.collecting.zones", "zone", "The zones of a site: parts of it, each with sensors of its own."),
}


@click.group("collector", cls=Lazy, commands=COMMANDS)
def collector() -> None:
    """The collector: takes what sensors send, stores it, and answers."""
