"""account.conf: how batches are divided among the collector's processes, and every user with what it may.

NATS turns an MQTT topic into a subject, `/` into `.`. A client's user is its certificate's name, as in
`CN=footfall-collector`; a sensor's is the name of its certificate that ends in its key, so that who had its place
before is somebody else. No pattern stands for a user's own name, so each sensor is written out. Who is not cannot
connect, and whoever is connected when he is taken out is cut off as the file is read again.
"""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..errors import SettingsError
from ..ingest.duty import BATCH, PROCESSES_MAX
from ..keys.authority import ALERTS_USER, COLLECTOR_USER, TUNNEL_USER, USER, collector_user
from ..keys.certificate import unit_name
from ..mosquitto.access import ALERTS, DOWNWARD, UPWARD, Bridge, Reader, bridge_user, reader_user

# What a subscription of QoS 1 is fed by. NATS lets no MQTT client subscribe to it by itself.
FED_BY = "$MQTT.sub.>"
DIVIDED = "share.*.footfall.1."
_HEAD = """# Made by `footfall collector serve`. Not for an editor.

# Each sensor's batches go to one of {processes} processes, by a hash of tenant and sensor.
mappings = {{
  "footfall.1.*.*.batch": [
    {{ destination: "share.{{{{partition({processes},1,2)}}}}.footfall.1.{{{{wildcard(1)}}}}.{{{{wildcard(2)}}}}.batch", weight: 100% }}
  ]
}}

users = [
"""  # noqa: E501 - a line of the file


class Seat(NamedTuple):
    """A sensor's place at the broker, and who has it."""

    user: str  # tenant/sensor
    key: bytes  # of its unit


def render(
    seats: Iterable[Seat],
    workers: int = 0,
    readers: Iterable[Reader] = (),
    bridges: Iterable[Bridge] = (),
    *,
    tunnel: bool = False,
) -> str:
    """The file. seats: of all who may connect; tunnel: whether there are lean units, which come by a bridge of ours.

    Raises SettingsError for what is no sensor's name.
    """
    lines = [_HEAD.format(processes=workers + 1)]
    every = "footfall.1.*.*."
    lines.append(
        _user(
            COLLECTOR_USER,
            [every + leaf for leaf in DOWNWARD],
            [*(every + leaf for leaf in UPWARD if leaf != BATCH), f"{DIVIDED}*.*.{BATCH}"],
        )
    )
    # All that there can be: sessions of former ones are ended under their own names.
    lines += [
        _user(collector_user(number), [f"{every}ack"], [f"{DIVIDED}*.*.{BATCH}"]) for number in range(1, PROCESSES_MAX)
    ]
    alerts = ALERTS.replace("/", ".")
    lines.append(_user(ALERTS_USER, [f"{alerts}.>"], []))
    lines += [_user(reader_user(reader.name), [], [f"{alerts}.{reader.tenant}.*"]) for reader in readers]
    lines += [_below(f"CN={bridge_user(bridge.name)}", f"{bridge.tenant}.*") for bridge in bridges]
    lines += [_below(f"CN={TUNNEL_USER}", "*.*")] if tunnel else []
    lines += [_sensor(seat) for seat in sorted(seats)]
    return "".join(lines) + "]\n"


def _sensor(seat: Seat) -> str:
    if not USER.fullmatch(seat.user):
        raise SettingsError(f"{seat.user!r} cannot be written into a list of users: tenant/sensor is wanted")
    return _below(unit_name(*seat), seat.user.replace("/", "."))


def _below(user: str, levels: str) -> str:
    """A user with the rights of the sensors at these two levels; each message is signed by its own."""
    own = f"footfall.1.{levels}."
    # A batch's subject is looked at after it has been divided, whatever its part.
    ups = [*(own + leaf for leaf in UPWARD if leaf != BATCH), f"share.*.{own}{BATCH}"]
    return _written(user, ups, [own + leaf for leaf in DOWNWARD])


def _user(name: str, publishes: Sequence[str], subscribes: Sequence[str]) -> str:
    return _written(f"CN={name}", publishes, subscribes)


def _written(user: str, publishes: Sequence[str], subscribes: Sequence[str]) -> str:
    fed = [*subscribes, FED_BY] if subscribes else []
    return (
        f'  {{ user: {json.dumps(user)}, allowed_connection_types: ["MQTT"], permissions: '
        f"{{ publish: {_allowed(publishes)}, subscribe: {_allowed(fed)} }} }}\n"
    )


def _allowed(subjects: Sequence[str]) -> str:
    """An empty list of what is allowed would be no limit at all."""
    return f"{{ allow: {json.dumps(list(subjects))} }}" if subjects else '{ deny: [">"] }'
