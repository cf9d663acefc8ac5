"""A node's configuration: who may connect where, and explicit limits for whatever NATS would leave open."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX

from ..ingest.address import RECEIVE_MAXIMUM
from ..mosquitto.conf import CONNECTIONS_MAX
from .files import Files


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one node. What is lost to one of them is sent again by its sensor."""

    payload_bytes: int = 2 * ENVELOPE_BYTES_MAX  # who sends more is cut off
    connections: int = CONNECTIONS_MAX
    # Unacknowledged messages a subscription; a session's may come to 65,535: the chief has five, and eight parts.
    in_flight: int = RECEIVE_MAXIMUM
    ack_wait_s: int = 20  # then a message is given out again: of who was killed, before its sensor sends it again
    store_bytes: int = 1 << 30  # of queues, in all
    memory_bytes: int = 64 << 20  # of what stays out of the folder
    consumers: int = 20_000  # a subscription at QoS 1 is one


REPLICAS = 3

_CONF = """# Made by `footfall collector init`; account.conf is kept up to date by `footfall collector serve`.
# Start: nats-server -c {conf}

server_name: footfall-{number}
pid_file: "{pid}"
logtime: true

# NATS' own protocol, for nobody: this machine only, and no user may use it.
listen: "127.0.0.1:-1"
max_connections: {connections}
max_payload: {payload_bytes}

# Queues hold tokens: this folder must be in memory (tmpfs). What is lost with a node is on the two others.
jetstream {{
  store_dir: "{store}"
  max_memory_store: {memory_bytes}
  max_file_store: {store_bytes}
}}

# Sensors and the collector, by certificates of our own authority, whose common name is the user.
mqtt {{
  listen: "{mqtt}"
  tls {{
    cert_file: "{certificate}"
    key_file: "{key}"
    ca_file: "{authority}"
    verify_and_map: true
    min_version: "1.3"
    timeout: 10
  }}
  ack_wait: "{ack_wait_s}s"
  max_ack_pending: {in_flight}
  stream_replicas: {replicas}
}}

accounts {{
  FOOTFALL {{
    jetstream: {{ max_consumers: {consumers} }}
    include "account.conf"
  }}
  SYSTEM {{ users: [] }}
}}
system_account: SYSTEM

# The other nodes: by one certificate that all of them have and nobody else, which is its own authority.
cluster {{
  name: footfall
  listen: "{cluster}"
  routes: [{routes}]
  tls {{
    cert_file: "{joint_certificate}"
    key_file: "{joint_key}"
    ca_file: "{joint_certificate}"
    verify: true
    min_version: "1.3"
    timeout: 10
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the nodes are. hosts: a name or address each."""

    hosts: Sequence[str]
    port: int  # of MQTT
    cluster_port: int
    store: str  # folder of the queues, in which each node has its own


def render(files: Files, cluster: Cluster, number: int, limits: Limits = Limits()) -> str:
    """The configuration of node `number`, from 1."""
    host = cluster.hosts[number - 1]
    return _CONF.format(
        conf=files.node(number),
        number=number,
        pid=files.node_pid(number),
        store=f"{cluster.store}/{number}",
        mqtt=_listen(host, cluster.port),
        cluster=_listen(host, cluster.cluster_port),
        routes=", ".join(f'"nats-route://{_bracketed(one)}:{cluster.cluster_port}"' for one in cluster.hosts),
        authority=files.authority,
        certificate=files.server_certificate,
        key=files.server_key,
        joint_certificate=files.joint_certificate,
        joint_key=files.joint_key,
        replicas=REPLICAS,
        connections=limits.connections,
        payload_bytes=limits.payload_bytes,
        store_bytes=limits.store_bytes,
        memory_bytes=limits.memory_bytes,
        ack_wait_s=limits.ack_wait_s,
        in_flight=limits.in_flight,
        consumers=limits.consumers,
    )


def _listen(host: str, port: int) -> str:
    """On its own address; where it is named, on all there are."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        host = "0.0.0.0"  # noqa: S104 - a name says nothing of which address is meant
    return f"{_bracketed(host)}:{port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
