"""The courier: takes sealed batches from the spool to the collector, and brings back its word."""

import queue
import time
from collections.abc import Callable
from dataclasses import replace

from . import keys
from .config import Config
from .errors import Malformed
from .keyring import Keyring
from .orders import Orders
from .sender import Sender
from .signing import Backend
from .spool import Key, Spool
from .uplink import Broker, Connected, Disconnected, Message, Uplink, topic
from .wire import body, envelope, messages
from .wire.envelope import Envelope, Kind
from .wire.settings import Result

DOWNWARD = ("ack", "epoch", "config", "command")
KEY_RETRY_S = 5.0
_NOTHING = body.pack({})


class Courier:
    """One start of one sensor: its boot id, its sequence numbers, its connection and its spool."""

    def __init__(
        self,
        config: Config,
        backend: Backend,
        secret: keys.SecretKey,
        collector: keys.PublicKey,
        spool: Spool,
        birth: messages.Birth,
        boot: bytes,
        uplink: Uplink | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """uplink: another one than the MQTT connection that `config` names; now_s: the monotonic clock."""
        self.keyring = Keyring()
        self.spool = spool
        self.boot = boot
        self.totals = messages.Totals()
        self.last_ack_s: float | None = None
        self.state = "connecting"
        self.orders: Orders | None = None  # a replay takes none
        self.utc_ms = 0  # as the owner of this knows it; 0 = not known
        self._birth = birth
        self._config = config
        self._backend = backend
        self._secret = secret
        self._collector = collector
        self._sequence = 0
        self._message_number = 0
        self._asked_s = -KEY_RETRY_S
        self._sender = Sender(config.inflight_max, config.rate_per_s, config.ack_timeout_s)
        self._now_s = now_s
        self._uplink = uplink or Uplink(
            Broker(config.broker_host, config.broker_port, config.user, config.keepalive_s, config.mqtt_version),
            topic(config.tenant, config.name, "").rstrip("/"),
            DOWNWARD,
            will=self._seal(Kind.DEATH, _NOTHING),
        )

    @property
    def connected(self) -> bool:
        """Whether there is a broker."""
        return self._uplink.connected

    def start(self) -> None:
        """Begin to connect."""
        self._uplink.start()

    def stop(self) -> None:
        """Say goodbye: a death message in good order, then the connection ends."""
        self._uplink.publish("death", self._seal(Kind.DEATH, _NOTHING))
        self._uplink.stop()

    def emit(self, batch: bytes, sightings: int) -> None:
        """Seal a batch's body and keep it until the collector has it."""
        key = Key(self.boot, self._sequence)
        sealed = envelope.seal(Envelope(Kind.BATCH, self._config.name, self.boot, self._sequence, batch), self._sign)
        self._sequence += 1
        self.totals = replace(
            self.totals,
            batches_emitted=self.totals.batches_emitted + 1,
            sightings_emitted=self.totals.sightings_emitted + sightings,
        )
        self.spool.put(key, sealed, sightings)

    def report(self, health: messages.Health) -> bool:
        """Send a health message; False where there is no connection."""
        return self._uplink.publish("health", self._seal(Kind.HEALTH, health.encode()))

    def answer(self, result: Result) -> bool:
        """Say what became of a configuration or command; False where there is no connection."""
        return self._uplink.publish("result", self._seal(Kind.RESULT, result.encode()))

    def resend(self) -> None:
        """Take nothing for in flight any more."""
        self._sender.disconnected()

    def want_key(self, time_ms: int) -> None:
        """Ask for the epoch key that holds at `time_ms`, at most once in KEY_RETRY_S for the same time."""
        time_ms = max(1, time_ms)  # 0 would mean: now
        now_s = self._now_s()
        again = time_ms == self._birth.time_ms and now_s - self._asked_s < KEY_RETRY_S
        self._birth = replace(self._birth, time_ms=time_ms, wants_key=True)
        if not again and self._say_birth():
            self._asked_s = now_s

    def pump(self, wait_s: float = 0.0) -> None:
        """Take in what came, send what is due; waits up to `wait_s` for something to come."""
        event = self._next_event(wait_s)
        while event is not None:
            self._take(event)
            event = self._next_event(0.0)
        if self._uplink.connected:
            for key in self._sender.due(self.spool.waiting(), self._now_s()):
                payload = self.spool.read(key)
                if payload is not None:
                    self._uplink.publish("batch", payload)

    def _next_event(self, wait_s: float) -> "Message | Connected | Disconnected | None":
        try:
            return self._uplink.events.get(timeout=wait_s) if wait_s > 0 else self._uplink.events.get_nowait()
        except queue.Empty:
            return None

    def _take(self, event: "Message | Connected | Disconnected") -> None:
        if isinstance(event, Connected):
            self.state = f"connected (MQTT {event.version})"
            self._sender.disconnected()  # what an earlier connection carried may never have arrived
            self._say_birth()
            if self.orders and self.orders.state.last:
                self.answer(self.orders.state.last)  # it may have been found while there was no connection
        elif isinstance(event, Disconnected):
            self.state = f"not connected: {event.reason}"
            self.totals = replace(self.totals, reconnects=self.totals.reconnects + 1)
            self._sender.disconnected()
        else:
            try:
                self._read(event)
            except Malformed:
                self.totals = replace(self.totals, refused_downlink=self.totals.refused_downlink + 1)

    def _read(self, message: Message) -> None:
        opened = envelope.open_sealed(
            message.payload,
            lambda signed, signature: self._backend.verify(self._collector, signed, signature),
        )
        if opened.sensor != self._config.name or opened.kind.name.lower() != message.leaf:
            raise Malformed("a message for another sensor or topic")
        if opened.kind is Kind.ACK:
            for acked in messages.Ack.decode(opened.body).boots:
                self._settle(acked)
                if acked.boot == self.boot and self.orders and (kept := self.orders.reached()):
                    self.answer(kept)
        elif opened.kind is Kind.EPOCH:
            key = messages.EpochKey.decode(opened.body)
            self.keyring.accept(opened.number, key, self._birth.time_ms)
        elif self.orders and opened.kind in (Kind.CONFIG, Kind.COMMAND):
            self.answer(
                self.orders.configure(opened.body, self.utc_ms, self._collector.id.hex())
                if opened.kind is Kind.CONFIG
                else self.orders.obey(opened.body, self.utc_ms)
            )

    def _settle(self, acked: messages.Acked) -> None:
        """Forget what the collector has; ranges may be wide, so it is the waiting batches that are looked through."""
        for key in list(self.spool.waiting()):
            if key.boot != acked.boot:
                continue
            if any(first <= key.number <= last for first, last in acked.committed):
                self.spool.forget(key)
                self.totals = replace(self.totals, batches_acked=self.totals.batches_acked + 1)
                self.last_ack_s = self._now_s()
            elif any(first <= key.number <= last for first, last in acked.refused):
                self.spool.forget(key)
                self.totals = replace(self.totals, batches_dropped_refused=self.totals.batches_dropped_refused + 1)
            else:
                continue
            self._sender.settled(key)

    def _say_birth(self) -> bool:
        if self.orders:
            self._birth = replace(self._birth, config=self.orders.running, trial=self.orders.trial)
        return self._uplink.publish("birth", self._seal(Kind.BIRTH, self._birth.encode()))

    def _seal(self, kind: Kind, packed: bytes) -> bytes:
        number, self._message_number = self._message_number, self._message_number + 1
        return envelope.seal(Envelope(kind, self._config.name, self.boot, number, packed), self._sign)

    def _sign(self, message: bytes) -> bytes:
        return self._backend.sign(self._secret, message)
