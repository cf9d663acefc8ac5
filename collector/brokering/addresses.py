"""Where the broker is, and how it is spoken to: by ingest, and by what publishes alerts."""

import socket
import ssl
from dataclasses import replace
from pathlib import Path

from ..ingest.address import BrokerAddress
from ..keys.authority import ALERTS_USER, collector_user
from ..mosquitto.files import Files
from ..nats.files import Files as NodeFiles
from ..options.settings import Settings
from . import identities

NODE_WAIT_S = 2.0


def of_ingest(folder: Path, chosen: Settings, worker: int = 0) -> BrokerAddress:
    """Where the broker is, and how it is spoken to, by the collector or a worker of it. Raises BrokerError."""
    context = identities.of_ingest(folder, worker).context() if chosen.broker_tls else None
    if chosen.nodes:
        return _of_a_cluster(folder, chosen, collector_user(worker), context)
    start = "Start mosquitto, or name another address"
    if Files(folder).conf.exists():
        start = f"Start it: mosquitto -c {Files(folder.absolute()).conf}"
    return BrokerAddress(chosen.broker_host, chosen.broker_port, collector_user(worker), context=context, start=start)


def of_alerts(folder: Path, chosen: Settings) -> BrokerAddress:
    """Our broker, as what publishes alerts reaches it: beside ingest, with no right but that. Raises BrokerError."""
    context = identities.of_alerts(folder).context() if chosen.broker_tls else None
    if chosen.nodes:
        found = _of_a_cluster(folder, chosen, ALERTS_USER, context)
        return replace(found, host=_first_that_listens(chosen), others=())
    return BrokerAddress(chosen.broker_host, chosen.broker_port, ALERTS_USER, context=context)


def _of_a_cluster(folder: Path, chosen: Settings, user: str, context: ssl.SSLContext | None) -> BrokerAddress:
    files = NodeFiles(folder.absolute())
    return BrokerAddress(
        chosen.nodes[0],
        chosen.broker_port,
        files.client_id(user),
        context=context,
        versions=("3.1.1",),
        start=f"Start the nodes: nats-server -c {files.node(1)}, and so on",
        others=chosen.nodes[1:],
    )


def _first_that_listens(chosen: Settings) -> str:
    """The first node that takes connections; the first of all where none does, so that it is named."""
    for host in chosen.nodes:
        try:
            socket.create_connection((host, chosen.broker_port), timeout=NODE_WAIT_S).close()
        except OSError:
            continue
        return host
    return chosen.nodes[0]
