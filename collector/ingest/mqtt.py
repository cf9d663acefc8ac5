"""Ingest: the MQTT end of the collector. Messages wait in the broker until they are stored, then they are acknowledged.

A bounded queue has two ends: the connection's thread fills it, the worker empties it in handfuls, and a handful's
PUBACKs go out only after its commit. When the store cannot be written the worker keeps what it holds and tries again;
the queue fills, the connection stops reading, the broker holds the rest, and the sensors keep their own.
"""

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.exc import OperationalError

from ..downlink.sealing import Outgoing
from ..errors import StoreError
from ..records.standing import REFRESH_S
from .address import BrokerAddress
from .connection import QOS, Connection
from .duty import ALONE, Duty, plain
from .intake import Intake, Message
from .link import Came, Client
from .room import Room

log = logging.getLogger(__name__)

QUEUE_MAX = 4000 + 2000  # messages that wait, and in work; the broker holds what is beyond
QUEUE_BYTES_MAX = 32 << 20  # and so many bytes of them: 4,000 of the largest would be 125 MiB
COMMIT_MESSAGES_MAX = 2000
COMMIT_LINGER_S = 0.2  # wait so long for more messages to share a commit
LOOK_S = 0.01  # and look for them so often: to be woken for each costs more than to take it
RETRY_S = 2.0


class _Waiting(NamedTuple):
    message: Message
    mid: int
    client: Client  # the connection it came by: a PUBACK on another one would mean another message


class Ingest:
    """Takes messages from the broker through `intake` until stopped."""

    def __init__(self, address: BrokerAddress, intake: Intake, now_ms: Callable[[], int], duty: Duty = ALONE) -> None:
        self.messages_total = 0
        self.address = address
        self._connection = Connection(address, duty, self._on_messages)
        self._intake = intake
        self._now_ms = now_ms
        self._queue: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._room = Room(QUEUE_BYTES_MAX, QUEUE_MAX)
        self._stopping = threading.Event()
        self._worker = threading.Thread(target=self._work, name="ingest", daemon=True)
        self._stuck = ""  # why what was taken cannot be stored

    def start(self) -> None:
        """Connect and begin. Raises BrokerError where no broker answers."""
        self._connection.open()
        self._worker.start()

    def stop(self) -> None:
        """Finish the handful in work, then disconnect."""
        self._stopping.set()
        if self._worker.is_alive():
            self._worker.join(10)
        self._connection.close()

    @property
    def state(self) -> str:
        """`connected` where all is well, else what is not."""
        return self._stuck or self._connection.state

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
        return self._connection.there

    @property
    def ok(self) -> bool:
        """Whether the worker runs; where it has died of a fault of ours, the process should end and be started anew."""
        return self._worker.is_alive()

    def say(self, outgoing: Outgoing) -> None:
        """Publish a message that answers none, from any thread."""
        self._connection.say(outgoing)

    def stand_in(self, others: frozenset[int]) -> None:
        """Take the parts of these processes too from now on, and no others', from any thread."""
        self._connection.stand_in(others)

    def _on_messages(self, client: Client, came: Sequence[Came]) -> None:
        size = sum(len(one.payload) for one in came)
        # Back-pressure: not reading is what makes the broker hold the rest.
        while not self._stopping.is_set():
            if self._room.take(size, 0.5, len(came)):
                for topic, payload, mid in came:
                    self._queue.put(_Waiting(Message(plain(topic), payload), mid, client))
                return

    def _work(self) -> None:
        refreshed_s = time.monotonic()
        while not self._stopping.is_set():
            if time.monotonic() - refreshed_s > REFRESH_S:
                self._refresh()
                refreshed_s = time.monotonic()
            handful = self._handful()
            if handful:
                self._settle(handful)
            if self.connected:
                self._say_all(self._intake.due(self._now_ms()))

    def _say_all(self, outgoing: Iterable[Outgoing]) -> None:
        for item in outgoing:
            self.say(item)

    def _refresh(self) -> None:
        try:
            self._intake.refresh(self._now_ms())
            self._say_all(self._intake.announcements(self._now_ms()))
        except OperationalError as exc:
            log.error(
                "ingest: the registry cannot be used: %s; who may send, and what places demand, is as before", exc.orig
            )

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
                self._stuck = f"waiting for the store: {exc}"
                log.error("%s; nothing is acknowledged until then", exc)
                self._stopping.wait(RETRY_S)
                continue
            self._stuck = ""
            self.messages_total += len(handful)
            for client, some in groupby(handful, lambda waiting: waiting.client):
                client.ack_all([waiting.mid for waiting in some if waiting.mid])  # 0: it came with QoS 0
            self._room.give(sum(len(message.payload) for message in messages), len(messages))
            for item in outgoing:
                handful[0].client.publish(item.topic, item.payload, qos=QOS)
            return
