"""The courier: takes sealed batches from the spool to the collector, and brings back its word."""

import queue
import time
from collections.abc import Callable
from dataclasses import replace

from . import keys
from .config import Config
from .errors import Malformed
from .keyring import Keyring
from .sender import Sender
from .signing import Backend
from .spool import Key, Spool
from .uplink import Broker, Connected, Disconnected, Message, Uplink, topic
from .wire import body, envelope, messages
from .wire.envelope import Envelope, Kind

DOWNWARD = ("ack", "epoch")
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
        elif isinstance(event, Disconnected):
            self.state = f"not connected: {event.reason}"
            self._uplink.will = self._seal(Kind.DEATH, _NOTHING)  # the last one is spent: a collector takes it once
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
        elif opened.kind is Kind.EPOCH:
            key = messages.EpochKey.decode(opened.body)
            self.keyring.accept(opened.number, key, self._birth.time_ms)

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
        return self._uplink.publish("birth", self._seal(Kind.BIRTH, self._birth.encode()))

    def _seal(self, kind: Kind, packed: bytes) -> bytes:
        number, self._message_number = self._message_number, self._message_number + 1
        return envelope.seal(Envelope(kind, self._config.name, self.boot, number, packed), self._sign)

    def _sign(self, message: bytes) -> bytes:
        return self._backend.sign(self._secret, message)
