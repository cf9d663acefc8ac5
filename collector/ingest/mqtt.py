"""Ingest: the MQTT end of the collector. Messages wait in the broker until they are stored, then they are acknowledged.

paho-mqtt 2 with manual acknowledgement. A bounded queue has two ends: paho's thread fills it, the worker empties it
in handfuls, and a handful's PUBACKs go out only after its commit. When the store cannot be written the worker keeps
what it holds and tries again; the queue fills, paho stops reading, the broker holds the rest, and the sensors keep
their own.
"""

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy.exc import OperationalError

from ..downlink.sealing import Outgoing
from ..errors import BrokerError, StoreError
from ..records.standing import REFRESH_S
from .connecting import RECEIVE_MAXIMUM, VERSIONS, BrokerAddress
from .duty import ALONE, NOBODY, Duty, plain
from .intake import Intake, Message
from .link import Came, Client
from .room import Room

log = logging.getLogger(__name__)

QUEUE_MAX = 4000 + 2000  # messages that wait, and in work; the broker holds what is beyond
QUEUE_BYTES_MAX = 32 << 20  # and so many bytes of them: 4,000 of the largest would be 125 MiB
SESSION_EXPIRY_S = 0xFFFF_FFFF  # never: mosquitto 2.0.11 may crash of a session that is to end (decisions/037)
COMMIT_MESSAGES_MAX = 2000
COMMIT_LINGER_S = 0.2  # wait so long for more messages to share a commit
LOOK_S = 0.01  # and look for them so often: to be woken for each costs more than to take it
RETRY_S = 2.0
CONNECT_WAIT_S, ATTEMPT_S = 10.0, 3.0  # in all, and for each attempt
# Nodes that have lost one of them elect first (NATS: 4 to 9 s), one election for the session after one for the cluster.
CLUSTER_WAIT_S, CLUSTER_ATTEMPT_S = 45.0, 15.0
KEEPALIVE_S = 15  # a link that has gone silent is noticed within two of these
QOS = 1
NEEDS_MQTT5 = (
    "Workers share a subscription, which wants a broker with MQTT 5, such as mosquitto; with another one set "
    'workers_share to "topic", or set workers to 0'
)


class _Waiting(NamedTuple):
    message: Message
    mid: int
    client: Client  # the connection it came by: a PUBACK on another one would mean another message


class Ingest:
    """Takes messages from the broker through `intake` until stopped."""

    def __init__(self, address: BrokerAddress, intake: Intake, now_ms: Callable[[], int], duty: Duty = ALONE) -> None:
        self.state = "connecting"
        self.messages_total = 0
        self.address = address
        self._duty = duty
        self._beside = NOBODY
        self._intake = intake
        self._now_ms = now_ms
        self._queue: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._room = Room(QUEUE_BYTES_MAX, QUEUE_MAX)
        self._stopping = threading.Event()
        self._connected = threading.Event()
        self._client: Client | None = None
        self._worker = threading.Thread(target=self._work, name="ingest", daemon=True)

    def start(self) -> None:
        """Connect and begin. Raises BrokerError where no broker answers within CONNECT_WAIT_S, no cluster within
        CLUSTER_WAIT_S."""
        give_up_s = time.monotonic() + (CLUSTER_WAIT_S if self.address.others else CONNECT_WAIT_S)
        reason = "no answer"
        while time.monotonic() < give_up_s:
            for version in self.address.versions[: 1 if self._duty.by_subscription else None]:
                try:
                    if self._connect(VERSIONS[version]):
                        self._worker.start()
                        return
                    reason = self.state
                except OSError as exc:
                    reason = str(exc)
            time.sleep(0.2)
        also = f". {NEEDS_MQTT5}" if self._duty.by_subscription else ""
        raise BrokerError(
            f"no MQTT broker at {self.address.host}:{self.address.port} ({reason}). {self.address.start}{also}"
        )

    @property
    def waiting(self) -> int:
        """Messages that wait for a commit."""
        return self._queue.qsize()

    @property
    def held(self) -> int:
        """Messages that wait for a commit, or are in one."""
        return self._room.messages

    @property
    def refused(self) -> Counter[str]:
        """Messages refused since the start, by reason."""
        return self._intake.refused

    def counters(self) -> dict[str, int]:
        """Everything that was not taken, or not counted, since the start; see docs/door.md."""
        return self._intake.counters()

    def lag(self) -> dict[str, int]:
        """Batches since the start by how late they were committed, see collector.ingest.lag."""
        return self._intake.lag.counters()

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._connected.is_set()

    @property
    def ok(self) -> bool:
        """Whether the worker runs; where it has died of a fault of ours, the process should end and be started anew."""
        return self._worker.is_alive()

    def say(self, outgoing: Outgoing) -> None:
        """Publish a message that answers none, from any thread. Never retained: a later reader must not find it."""
        if self._client is not None:
            self._client.publish(outgoing.topic, outgoing.payload, qos=QOS, retain=False)

    def stand_in(self, others: frozenset[int]) -> None:
        """Take the parts of these processes too from now on, and no others', from any thread."""
        before, self._beside = set(self._duty.subscribes(self._beside)), others
        now = set(self._duty.subscribes(others))
        if self._client is not None and self._connected.is_set():  # else it is asked for with the connection
            if now - before:
                self._client.subscribe([(topic, QOS) for topic in sorted(now - before)])
            if before - now:
                self._client.unsubscribe(sorted(before - now))

    def stop(self) -> None:
        """Finish the handful in work, then disconnect."""
        self._stopping.set()
        if self._worker.is_alive():
            self._worker.join(10)
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    def _connect(self, version: MQTTProtocolVersion) -> bool:
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
        client.on_messages = self._on_messages
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

    def _on_connect(self, client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self.state = f"refused by the broker: {reason}"
            return
        if self._duty.by_subscription and not getattr(properties, "SharedSubscriptionAvailable", 1):
            self.state = "the broker has no shared subscriptions"
            return
        client.unsubscribe(self._duty.unsubscribes(self._beside))
        client.subscribe([(topic, QOS) for topic in self._duty.subscribes(self._beside)])
        self.state = "connected"
        self._connected.set()

    def _on_subscribe(self, _client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self.state = "the broker refuses what we subscribe to"
            log.error("%s: its access lists are not those of this collector, or have not been read again", self.state)

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._connected.clear()
        self.state = f"not connected: {reason}"
        if not self._stopping.is_set():
            log.warning("the broker is gone (%s); reconnecting", reason)

    def _on_message(self, client: Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._on_messages(client, (Came(message.topic, bytes(message.payload), message.mid),))

    def _on_messages(self, client: Client, came: Sequence[Came]) -> None:
        if self._duty.sorts:
            came = self._sorted(client, came)
            if not came:
                return
        size = sum(len(one.payload) for one in came)
        # Back-pressure: not reading is what makes the broker hold the rest.
        while not self._stopping.is_set():
            if self._room.take(size, 0.5, len(came)):
                for topic, payload, mid in came:
                    self._queue.put(_Waiting(Message(plain(topic), payload), mid, client))
                return

    def _sorted(self, client: Client, came: Sequence[Came]) -> list[Came]:
        """Those of the sensors of this process; the others are acknowledged, and left to theirs."""
        mine: list[Came] = []
        others: list[int] = []
        for one in came:
            if self._duty.takes(one.topic, self._beside):
                mine.append(one)
            elif one.mid:
                others.append(one.mid)
        client.ack_all(others)
        return mine

    def _work(self) -> None:
        refreshed_s = time.monotonic()
        while not self._stopping.is_set():
            if time.monotonic() - refreshed_s > REFRESH_S:
                self._refresh()
                self._announce()
                refreshed_s = time.monotonic()
            handful = self._handful()
            if handful:
                self._settle(handful)
            if self._connected.is_set():
                self._say_all(self._intake.due(self._now_ms()))

    def _say_all(self, outgoing: Iterable[Outgoing]) -> None:
        for item in outgoing:
            self.say(item)

    def _announce(self) -> None:
        try:
            self._say_all(self._intake.announcements(self._now_ms()))
        except OperationalError as exc:
            log.error("the registry cannot be read: %s; what places demand is told later", exc.orig)

    def _refresh(self) -> None:
        try:
            self._intake.refresh()
        except OperationalError as exc:
            log.error("the registry cannot be read: %s; who may send is as before", exc.orig)

    def _handful(self) -> list[_Waiting]:
        """The next messages to share a commit: whatever comes within COMMIT_LINGER_S of the first."""
        try:
            handful = [self._queue.get(timeout=0.5)]
        except queue.Empty:
            return []
        until_s = time.monotonic() + COMMIT_LINGER_S
        while len(handful) < COMMIT_MESSAGES_MAX:
            try:
                handful.append(self._queue.get_nowait())
            except queue.Empty:
                if time.monotonic() >= until_s or self._stopping.wait(LOOK_S):
                    break
        return handful

    def _settle(self, handful: list[_Waiting]) -> None:
        messages = [waiting.message for waiting in handful]
        while not self._stopping.is_set():
            try:
                outgoing = self._intake.take(messages, self._now_ms())
            except StoreError as exc:
                self.state = f"waiting for the store: {exc}"
                log.error("%s; nothing is acknowledged until then", exc)
                self._stopping.wait(RETRY_S)
                continue
            self.messages_total += len(handful)
            self.state = "connected" if self._connected.is_set() else self.state
            for client, some in groupby(handful, lambda waiting: waiting.client):
                client.ack_all([waiting.mid for waiting in some if waiting.mid])  # 0: it came with QoS 0
            self._room.give(sum(len(message.payload) for message in messages), len(messages))
            for item in outgoing:
                handful[0].client.publish(item.topic, item.payload, qos=QOS)
            return
