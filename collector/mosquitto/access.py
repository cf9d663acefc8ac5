"""The access list: what each user may publish and be sent. Rights follow from the name, so that none can be forgotten.

mosquitto replaces %u by the user, `tenant/sensor`: the two levels of its topics. Who is denied is denied before any
pattern is looked at, also on a connection that stands.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ..errors import SettingsError
from ..keys.authority import ALERTS_USER, COLLECTOR_USER, collector_user

UPWARD = ("batch", "birth", "death", "health", "result")
DOWNWARD = ("ack", "command", "config", "epoch", "objections", "trust")


class Bridge(NamedTuple):
    """A broker at another place, which carries the messages of one tenant's sensors."""

    name: str
    tenant: str


class Reader(NamedTuple):
    """Somebody who reads the alerts of a tenant, such as a building's automation."""

    name: str
    tenant: str


ALERTS = "footfall/alerts/1"  # beside footfall/1, which is the sensors'
_WILD = frozenset("+#\r\n\0")


def bridge_user(name: str) -> str:
    """What a broker that is bridged to this one is called here."""
    return f"footfall-bridge-{name}"


def reader_user(name: str) -> str:
    """What a reader of alerts is called here."""
    return f"footfall-reader-{name}"


def render(
    denied: Iterable[str] = (), workers: int = 0, bridges: Iterable[Bridge] = (), readers: Iterable[Reader] = ()
) -> str:
    """The file, with so many workers of the collector.

    Raises SettingsError for a user that could be taken for a pattern, or for more than one line.
    """
    lines = ["# Made by `footfall collector serve`. An empty list would let everybody do everything.", ""]
    lines += [f"pattern write footfall/1/%u/{leaf}" for leaf in UPWARD]
    lines += [f"pattern read footfall/1/%u/{leaf}" for leaf in DOWNWARD]
    lines += ["", f"user {COLLECTOR_USER}"]
    lines += [f"topic read footfall/1/+/+/{leaf}" for leaf in UPWARD]
    lines += [f"topic write footfall/1/+/+/{leaf}" for leaf in DOWNWARD]
    for number in range(1, workers + 1):
        lines += [
            "",
            f"user {collector_user(number)}",
            "topic read footfall/1/+/+/batch",
            "topic write footfall/1/+/+/ack",
        ]
    for bridge in bridges:  # it speaks for all sensors of its tenant; each message is signed by its own
        lines += ["", f"user {bridge_user(bridge.name)}"]
        lines += [f"topic write footfall/1/{bridge.tenant}/+/{leaf}" for leaf in UPWARD]
        lines += [f"topic read footfall/1/{bridge.tenant}/+/{leaf}" for leaf in DOWNWARD]
    lines += ["", f"user {ALERTS_USER}", f"topic write {ALERTS}/#"]
    for reader in readers:
        lines += ["", f"user {reader_user(reader.name)}", f"topic read {ALERTS}/{reader.tenant}/+"]
    for user in sorted(denied):
        if _WILD & set(user):
            raise SettingsError(f"{user!r} cannot be written into an access list; give the sensor another name")
        lines += ["", f"user {user}", "topic deny #"]
    return "\n".join(lines) + "\n"
