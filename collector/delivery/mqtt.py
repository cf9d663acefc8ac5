"""A letter over MQTT: what a broker keeps of an alert is whether it stands.

A topic for each alert, below a prefix of its own: no sensor's access list reaches there, and who reads it reads no
sensor. An alert that stands is a retained message; where the broker retains nothing (MQTT 5 tells), it is only said,
and said again. MQTT 5.0: 3.2.2.3.5 Retain Available, 3.3.2.3.3 Message Expiry Interval, 3.3.1.3 RETAIN.
"""

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ..errors import DeliveryError
from ..mosquitto.access import ALERTS
from . import webhook
from .letter import Letter

PREFIX = ALERTS
PORTS = {"mqtt": 1883, "mqtts": 8883}
WAIT_S = 10.0
VERSION_WAIT_S = 3.0  # a broker that does not answer MQTT 5 by then is asked in 3.1.1
QOS = 1
EXPIRY_S = 3600  # MQTT 5: a state that nobody says again goes by itself; SAY_AGAIN_S is a twelfth of it
SAY_AGAIN_S = 300
PREFIX_MAX = 200
_NO_SUBSCRIBERS = "No matching subscribers"  # a success, MQTT 5.0 table 3-4
_SENSORS = "footfall/1"
VERSIONS = (MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311)


@dataclass(frozen=True, slots=True)
class Place:
    """A broker, who we are there, and below which prefix alerts lie."""

    host: str
    port: int
    prefix: str = PREFIX
    tls: bool = False  # then there is a context, once it is known whom to believe
    user: str = ""
    password: str = field(default="", repr=False)
    client_id: str = ""  # "" = the broker gives one
    context: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, address: str) -> "Place":
        """Of mqtts://USER@HOST:PORT/PREFIX. Raises ValueError with what is wanted."""
        parts = urlsplit(address)
        if parts.scheme not in PORTS or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("an address is wanted as in mqtts://user@broker.example.org:8883/prefix")
        if parts.password is not None:
            raise ValueError("leave the password out of the address: --password-file gives it")
        try:
            port = parts.port or PORTS[parts.scheme]
        except ValueError:
            raise ValueError("a port is a number up to 65535; leave it out for the usual one") from None
        prefix = unquote(parts.path).strip("/") or PREFIX
        sensors = f"{prefix}/".startswith(f"{_SENSORS}/")
        if set(prefix) & set("+#\0") or prefix.startswith("$") or len(prefix) > PREFIX_MAX or sensors:
            raise ValueError(f"alerts cannot lie below {prefix!r}: no + and #, no $ in front, not {_SENSORS}")
        return cls(parts.hostname, port, prefix, parts.scheme == "mqtts", unquote(parts.username or ""))


@dataclass(frozen=True, slots=True)
class Message:
    """What is published. An empty payload that is retained takes away what was."""

    topic: str
    payload: bytes
    retain: bool = False


def messages(letter: Letter, prefix: str, tenant: str, now_ms: int) -> list[Message]:
    """What a letter is over MQTT; the payload is a webhook's body."""
    content = webhook.body(letter, now_ms).encode()
    if "id" not in letter.data:
        return [Message(f"{prefix}/{tenant}/{letter.event}", content)]
    topic = f"{prefix}/{letter.data['tenant']}/{letter.data['id']}"
    match letter.event:
        case "alert.raised":
            return [Message(topic, content, retain=True)]
        case "alert.ended":
            return [Message(topic, content), Message(topic, b"", retain=True)]
        case _:
            return [Message(topic, b"", retain=True)]


@contextmanager
def session(place: Place) -> Iterator["Session"]:
    """A connection for a few messages. Raises DeliveryError where there is none."""
    made = _connected(place)
    try:
        yield made
    finally:
        made.close()


class Session:
    """One connection, in one version of MQTT."""

    def __init__(self, place: Place, version: MQTTProtocolVersion) -> None:
        self._place, self._version = place, version
        self._news = threading.Condition()
        self._answer: ReasonCode | None = None  # to CONNECT
        self._gone = ""
        self._taken: dict[int, str] = {}  # by message: what its PUBACK said
        self._retains = True
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=place.client_id, protocol=version, reconnect_on_failure=False
        )
        if place.user:
            self._client.username_pw_set(place.user, place.password or None)
        if place.context is not None:
            self._client.tls_set_context(place.context)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish

    def connect(self) -> str:
        """Connect; "" or why the broker does not want it. Raises OSError."""
        five = self._version == MQTTProtocolVersion.MQTTv5
        self._client.connect(self._place.host, self._place.port, keepalive=30)
        self._client.loop_start()
        with self._news:
            self._news.wait_for(lambda: self._answer or self._gone, VERSION_WAIT_S if five else WAIT_S)
            if self._answer is None:
                return self._gone or "no answer"
            return str(self._answer) if self._answer.is_failure else ""

    def say(self, some: Iterable[Message]) -> None:
        """Publish, one after another; each is with the broker. Raises DeliveryError."""
        for one in some:
            retain = one.retain and self._retains
            sent = self._client.publish(one.topic, one.payload, QOS, retain, self._expiring() if retain else None)
            self._await(sent.mid, one.topic)

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def _await(self, mid: int, topic: str) -> None:
        with self._news:
            self._news.wait_for(lambda: mid in self._taken or bool(self._gone), WAIT_S)
            if mid not in self._taken:
                why = f"hung up ({self._gone})" if self._gone else f"did not take it within {WAIT_S:g} s"
                raise DeliveryError(f"the broker {why}; look at its own log")
            if self._taken[mid]:
                raise DeliveryError(f"the broker refuses {topic}: {self._taken[mid]}. Let this user write there")

    def _expiring(self) -> Properties | None:
        if self._version != MQTTProtocolVersion.MQTTv5:
            return None
        made = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        made.MessageExpiryInterval = EXPIRY_S
        return made

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, properties: Any) -> None:
        with self._news:
            self._answer = reason
            self._retains = bool(getattr(properties, "RetainAvailable", 1))
            self._news.notify_all()

    def _on_disconnect(self, _c: Any, _u: Any, _f: Any, reason: ReasonCode, _p: Any) -> None:
        with self._news:
            self._gone = str(reason)
            self._news.notify_all()

    def _on_publish(self, _client: Any, _userdata: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        fine = not reason.is_failure or str(reason) == _NO_SUBSCRIBERS
        with self._news:
            self._taken[mid] = "" if fine else str(reason)
            self._news.notify_all()


def _connected(place: Place) -> Session:
    """A session in MQTT 5, or else in 3.1.1."""
    says = ""
    for version in VERSIONS:
        made = Session(place, version)
        try:
            refused = made.connect()
        except OSError as exc:
            made.close()
            raise DeliveryError(
                f"no broker at {place.host}:{place.port}: {exc}. Is the address right, and does it run?"
            ) from exc
        if not refused:
            return made
        made.close()
        says = says or refused
    raise DeliveryError(
        f"the broker at {place.host}:{place.port} does not let us in: {says}"
        ". Look at user, password and its access list"
    )
