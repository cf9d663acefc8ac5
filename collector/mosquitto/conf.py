"""mosquitto.conf: who may connect where, and explicit limits for whatever mosquitto would leave open."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from footfall_sensor.config import KEEPALIVE_S_MAX
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX

from ..ingest.address import RECEIVE_MAXIMUM
from .access import DOWNWARD, UPWARD
from .files import Files


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the whole broker, by mosquitto's own names. What is lost to one of them is sent again by its sensor.

    No persistent_client_expiration: with it 2.0.11 may crash after a reload (decisions/037-a-session-without-end.md).
    """

    max_queued_messages: int = 20_000  # a client; beyond it mosquitto drops messages it has acknowledged
    max_queued_bytes: int = 256 << 20  # a client
    max_inflight_messages: int = RECEIVE_MAXIMUM  # at 20, mosquitto's own, a collector would wait for itself
    max_packet_size: int = 2 * ENVELOPE_BYTES_MAX  # who sends more is cut off
    max_keepalive: int = KEEPALIVE_S_MAX  # s
    memory_limit: int = 1 << 30


CONNECTIONS_MAX = 12_000  # a listener


@dataclass(frozen=True, slots=True)
class Central:
    """The broker in the middle, as another one that is bridged to it reaches it."""

    addresses: Sequence[str]  # HOST:PORT; several where it is a cluster: whichever node answers
    client_id: str
    cluster: bool = False  # of NATS: MQTT 3.1.1, without mosquitto's own sign of a bridge in its version


_HEAD = """# Made by `footfall collector init`; the files it names are kept up to date by `footfall collector serve`.
# Start: mosquitto -c {conf}

user {user}
pid_file {pid}
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information

# Nothing on disk: a queue would hold tokens. What is lost with the process is sent again by the sensors.
persistence false
retain_available false
queue_qos0_messages false
set_tcp_nodelay true

allow_anonymous false
allow_zero_length_clientid false
per_listener_settings false
acl_file {acl}
{passwords}
# Limits.
{limits}
"""
_TLS = """
# Sensors and the collector: by certificates of our own authority, whose common name is the user and the client id.
listener {port}
max_connections {connections}
tls_version tlsv1.3
cafile {authority}
certfile {certificate}
keyfile {key}
crlfile {crl}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
"""
_LEAN = """
# Lean units, which have no TLS: within the WireGuard tunnel only, by password. The address must be up before mosquitto.
listener {port} {address}
max_connections {connections}
use_username_as_clientid true
"""
_PLAIN = """
# This machine only, and whoever is on it.
listener {port} 127.0.0.1
max_connections {connections}
"""


_BRIDGE = """
# The broker in the middle. What is lost while the line is down is sent again by the sensors.
connection {user}
{central}
remote_clientid {client_id}
bridge_cafile {authority}
bridge_certfile {certificate}
bridge_keyfile {key}
bridge_tls_version tlsv1.3
cleansession true
notifications false
keepalive_interval 30
restart_timeout 1 30
{topics}
"""


def render(files: Files, user: str, port: int, lean: str = "", limits: Limits = Limits()) -> str:
    """The configuration with TLS. user: whom mosquitto becomes where root starts it; lean: HOST:PORT for lean units."""
    address, _, lean_port = lean.rpartition(":")
    passwords = f"password_file {files.passwords}\n" if lean else ""
    text = _head(files, user, limits).format(passwords=passwords) + _TLS.format(
        port=port,
        connections=CONNECTIONS_MAX,
        authority=files.authority,
        certificate=files.server_certificate,
        key=files.server_key,
        crl=files.crl,
    )
    return text + (_LEAN.format(port=lean_port, address=address, connections=CONNECTIONS_MAX) if lean else "")


def render_plain(files: Files, user: str, port: int, limits: Limits = Limits()) -> str:
    """The configuration of a broker without TLS, which only this machine reaches: no users, everybody may do all."""
    text = _head(files, user, limits).format(passwords="")
    text = text.replace("allow_anonymous false", "allow_anonymous true").replace(f"acl_file {files.acl}\n", "")
    return text + _PLAIN.format(port=port, connections=CONNECTIONS_MAX)


def render_door(files: Files, user: str, lean: str, limits: Limits = Limits()) -> str:
    """Of a broker for lean units alone, beside a cluster. user: as of render; lean: HOST:PORT in their tunnel."""
    address, _, port = lean.rpartition(":")
    text = _head(files, user, limits).format(passwords=f"password_file {files.passwords}\n")
    return text + _LEAN.format(port=port, address=address, connections=CONNECTIONS_MAX)


def render_bridge(files: Files, user: str, levels: str, central: Central) -> str:
    """What a broker needs beside its own configuration to be bridged to the one in the middle.

    user: its name there; levels: of the sensors whose messages it carries, such as `default/+`.
    """
    topics = [f"topic footfall/1/{levels}/{leaf} out 1" for leaf in UPWARD]
    topics += [f"topic footfall/1/{levels}/{leaf} in 1" for leaf in DOWNWARD]
    where = [f"{'addresses' if len(central.addresses) > 1 else 'address'} {' '.join(central.addresses)}"]
    where += ["round_robin true"] if len(central.addresses) > 1 else []
    where += ["bridge_protocol_version mqttv311", "try_private false"] if central.cluster else []
    return _BRIDGE.format(
        user=user,
        client_id=central.client_id,
        central="\n".join(where),
        authority=files.authority,
        certificate=files.bridge_certificate,
        key=files.bridge_key,
        topics="\n".join(topics),
    )


def _head(files: Files, user: str, limits: Limits) -> str:
    said = "\n".join(f"{one.name} {getattr(limits, one.name)}" for one in fields(limits))
    return _HEAD.format(conf=files.conf, user=user, pid=files.pid, acl=files.acl, limits=said, passwords="{passwords}")
