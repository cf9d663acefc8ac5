"""How the collector reaches the broker: plain on one machine, or by mutual TLS 1.3 as a client of its own authority."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.enums import MQTTProtocolVersion

from ..errors import BrokerError
from .link import Socket

VERSIONS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
RECEIVE_MAXIMUM = 4000  # MQTT 5: unacknowledged messages the broker may send us


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker listens, and who we are there."""

    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = "footfall-collector"
    context: ssl.SSLContext | None = None  # None: plain
    versions: tuple[str, ...] = ("5", "3.1.1")  # of MQTT, to be tried in this order
    others: tuple[str, ...] = ()  # further hosts of the same broker, on the same port
    start: str = "Start mosquitto, or name another address"  # what to do where nobody answers


@dataclass(frozen=True, slots=True)
class Identity:
    """The files by which the collector knows the broker, and the broker it."""

    authority: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For every connection from now on. Raises BrokerError."""
        made = client_context(self.authority)
        self.load(made)
        return made

    def load(self, context: ssl.SSLContext) -> None:
        """Take certificate and key as they are now: the next connection shows them. Raises BrokerError."""
        try:
            context.load_cert_chain(self.certificate, self.key)
        except OSError as exc:
            raise BrokerError(
                f"the collector's certificate cannot be used ({exc}): {self.certificate}, {self.key}. Restore a backup"
            ) from exc


def client_context(authority: Path) -> ssl.SSLContext:
    """TLS 1.3, and a broker of this authority under the name it was asked for. Raises BrokerError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.sslsocket_class = Socket
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        made.load_verify_locations(authority)
    except OSError as exc:
        raise BrokerError(f"the authority's certificate cannot be used ({exc}): {authority}. Restore a backup") from exc
    return made
