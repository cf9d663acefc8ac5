"""The connection to the broker: made, kept, and made anew; what is subscribed to by it, and what is published.

paho-mqtt 2 with manual acknowledgement, in a thread of paho's own.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ..downlink.sealing import Outgoing
from ..errors import BrokerError
from .address import RECEIVE_MAXIMUM, VERSIONS, BrokerAddress
from .duty import NOBODY, Duty
from .link import Came, Client

log = logging.getLogger(__name__)

CONNECTED = "connected"
SESSION_EXPIRY_S = 0xFFFF_FFFF  # never: mosquitto 2.0.11 may crash of a session that is to end (decisions/037)
CONNECT_WAIT_S, ATTEMPT_S = 10.0, 3.0  # in all, and for each attempt
# Nodes that have lost one of them elect first (NATS: 4 to 9 s), one election for the session after one for the cluster.
CLUSTER_WAIT_S, CLUSTER_ATTEMPT_S = 45.0, 15.0
KEEPALIVE_S = 15  # a link that has gone silent is noticed within two of these
QOS = 1
NEEDS_MQTT5 = (
    "Workers share a subscription, which wants a broker with MQTT 5, such as mosquitto; with another one set "
    'workers_share to "topic", or set workers to 0'
)


class Connection:
    """One process' connection, on which it is sent what its duty says."""

    def __init__(
        self, address: BrokerAddress, duty: Duty, on_messages: Callable[[Client, Sequence[Came]], None]
    ) -> None:
        """on_messages: takes what has come, in paho's thread: while it waits, nothing more is read."""
        self.address = address
        self.state = "connecting"
        self._duty = duty
        self._beside = NOBODY
        self._on_messages = on_messages
        self._take = self._sort if duty.sorts else on_messages
        self._connected = threading.Event()
        self._closing = False
        self._client: Client | None = None

    def open(self) -> None:
        """Connect. Raises BrokerError: no broker answers within CONNECT_WAIT_S, no cluster within CLUSTER_WAIT_S."""
        give_up_s = time.monotonic() + (CLUSTER_WAIT_S if self.address.others else CONNECT_WAIT_S)
        reason = "no answer"
        while time.monotonic() < give_up_s:
            for version in self.address.versions[: 1 if self._duty.by_subscription else None]:
                try:
                    if self._try(VERSIONS[version]):
                        return
                    reason = self.state
                except OSError as exc:
                    reason = str(exc)
            time.sleep(0.2)
        also = f". {NEEDS_MQTT5}" if self._duty.by_subscription else ""
        raise BrokerError(
            f"no MQTT broker at {self.address.host}:{self.address.port} ({reason}). {self.address.start}{also}"
        )

    def close(self) -> None:
        """Disconnect, and say nothing of it."""
        self._closing = True
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    @property
    def there(self) -> bool:
        """Whether the broker is there."""
        return self._connected.is_set()

    def say(self, outgoing: Outgoing) -> None:
        """Publish a message that answers none, from any thread. Never retained: a later reader must not find it."""
        if self._client is not None:
            self._client.publish(outgoing.topic, outgoing.payload, qos=QOS, retain=False)

    def stand_in(self, others: frozenset[int]) -> None:
        """Take the parts of these processes too from now on, and no others', from any thread."""
        before, self._beside = set(self._duty.subscribes(self._beside)), others
        now = set(self._duty.subscribes(others))
        if self._client is not None and self.there:  # else it is asked for with the connection
            if now - before:
                self._client.subscribe([(topic, QOS) for topic in sorted(now - before)])
            if before - now:
                self._client.unsubscribe(sorted(before - now))

    def _try(self, version: MQTTProtocolVersion) -> bool:
        client = self._made(version)
        if version == MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            # Where it ends with the connection, what was on its way is sent again by the sensors.
            stays = self._duty.session_stays
            properties.SessionExpiryInterval = SESSION_EXPIRY_S if stays else 0
            properties.ReceiveMaximum = RECEIVE_MAXIMUM
            # Not clean_start=True with an expiry: mosquitto forgets such a session when it restarts.
            client.connect(
                self.address.host, self.address.port, KEEPALIVE_S, clean_start=not stays, properties=properties
            )
        else:
            client.connect(self.address.host, self.address.port, KEEPALIVE_S)
        client.loop_start()
        if self._connected.wait(CLUSTER_ATTEMPT_S if self.address.others else ATTEMPT_S):
            self._client = client
            return True
        client.disconnect()
        client.loop_stop()
        return False

    def _made(self, version: MQTTProtocolVersion) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.address.client_id,
            protocol=version,
            clean_session=None if version == MQTTProtocolVersion.MQTTv5 else False,
            manual_ack=True,
        )
        if self.address.context is None:
            client.username_pw_set(self.address.client_id)
        else:
            client.tls_set_context(self.address.context)  # and the certificate's name is the user
        client.others = self.address.others
        client.reconnect_delay_set(1, 30)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message  # type: ignore[assignment]
        client.on_messages = self._take
        return client

    def _on_connect(self, client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self.state = f"refused by the broker: {reason}"
            return
        if self._duty.by_subscription and not getattr(properties, "SharedSubscriptionAvailable", 1):
            self.state = "the broker has no shared subscriptions"
            return
        client.unsubscribe(self._duty.unsubscribes(self._beside))
        client.subscribe([(topic, QOS) for topic in self._duty.subscribes(self._beside)])
        self.state = CONNECTED
        self._connected.set()

    def _on_subscribe(self, _client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self.state = "the broker refuses what we subscribe to"
            log.error("%s: its access lists are not those of this collector, or have not been read again", self.state)

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._connected.clear()
        self.state = f"not connected: {reason}"
        if not self._closing:
            log.warning("the broker is gone (%s); reconnecting", reason)

    def _on_message(self, client: Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._take(client, (Came(message.topic, bytes(message.payload), message.mid),))

    def _sort(self, client: Client, came: Sequence[Came]) -> None:
        """Take those of the sensors of this process; the others are acknowledged, and left to theirs."""
        mine: list[Came] = []
        others: list[int] = []
        for one in came:
            if self._duty.takes(one.topic, self._beside):
                mine.append(one)
            elif one.mid:
                others.append(one.mid)
        client.ack_all(others)
        if mine:
            self._on_messages(client, mine)
