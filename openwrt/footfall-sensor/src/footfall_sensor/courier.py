"""The courier: takes sealed batches from the spool to the collector, and brings back its word.

What comes from the collector passes `downward` first, then goes to the handler of its kind.
"""

import queue
import time
from collections.abc import Callable
from dataclasses import replace

from . import keys
from .asking import Asking
from .broker import broker_of, topic
from .config import Config
from .delivery import Delivery
from .downward import POLICIES, Downward, Handler, Order
from .errors import SensorError
from .floors import Floors
from .keyring import Keyring
from .objections import ObjectionList
from .orders import Orders
from .sender import Sender
from .signing import Backend
from .spool import Spool
from .trusted import Trusted
from .uplink import Connected, Disconnected, Message, Uplink
from .wire import body, envelope, messages
from .wire.envelope import Envelope, Kind
from .wire.objections import Objections
from .wire.settings import Result

DOWNWARD = tuple(kind.name.lower() for kind in POLICIES)  # topics
_NOTHING = body.pack({})


class Courier:
    """One start of one sensor: its boot id, its sequence numbers, its connection and its spool."""

    def __init__(
        self,
        config: Config,
        backend: Backend,
        secret: keys.SecretKey,
        trusted: Trusted,
        spool: Spool,
        birth: messages.Birth,
        boot: bytes,
        uplink: Uplink | None = None,
        now_s: Callable[[], float] = time.monotonic,
        numbers_from: int = 0,
    ) -> None:
        """uplink: another one than the MQTT connection that `config` names; now_s: the monotonic clock.

        numbers_from: number of the first message that is no batch, above all that were sent under this boot id.
        """
        self.keyring = Keyring()
        self.objections = ObjectionList()
        self.boot = boot
        sender = Sender(config.inflight_max, config.rate_per_s, config.ack_timeout_s)
        self.delivery = Delivery(boot, spool, sender, now_s)
        self.state = "connecting"
        self.utc_ms: Callable[[], int | None] = lambda: None  # the time, to judge the collector's messages by
        self.downward = Downward(config.name, trusted, Floors(config.floors_path))
        self._trusted = trusted
        self._handlers: dict[Kind, Handler] = {
            Kind.ACK: self._take_ack,
            Kind.EPOCH: self._take_key,
            Kind.OBJECTIONS: self._take_objections,
            Kind.TRUST: self._take_trust,
            Kind.CONFIG: self._take_config,
            Kind.COMMAND: self._take_command,
        }
        self.orders: Orders | None = None  # a replay takes none
        self._birth = birth
        self._config = config
        self._backend = backend
        self._secret = secret
        self._reconnects_total = 0
        self._refused_total = 0  # of what came down
        self._message_number = numbers_from
        self._asking = Asking()
        self._now_s = now_s
        self._uplink = uplink or Uplink(
            broker_of(config),
            topic(config.tenant, config.name, "").rstrip("/"),
            DOWNWARD,
            will=self._seal(Kind.DEATH, _NOTHING),
        )

    @property
    def totals(self) -> messages.Totals:
        """What was carried since the start, and what came down; nothing of what was heard."""
        return replace(
            self.delivery.totals,
            reconnects=self._reconnects_total,
            refused_downlink=self._refused_total,
            repeated_downlink=self.downward.repeated_total,
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
        self.say(Kind.DEATH, _NOTHING)
        self._uplink.stop()

    def say(self, kind: Kind, packed: bytes) -> bool:
        """Send a message of an upward kind under its own topic; False where there is no connection."""
        return self._uplink.publish(kind.name.lower(), self._seal(kind, packed))

    def emit(self, batch: bytes, sightings: int, epoch: str = "") -> None:
        """Seal a batch's body and keep it until the collector has it. epoch: as the body names it."""
        number = self.delivery.next_number
        sealed = envelope.seal(Envelope(Kind.BATCH, self._config.name, self.boot, number, batch), self._sign)
        self.delivery.put(sealed, sightings, epoch)

    def report(self, health: messages.Health) -> bool:
        """Send a health message; False where there is no connection."""
        return self.say(Kind.HEALTH, health.encode())

    def answer(self, result: Result) -> bool:
        """Say what became of a configuration or command; False where there is no connection."""
        return self.say(Kind.RESULT, result.encode())

    def resend(self) -> None:
        """Take nothing for in flight any more."""
        self.delivery.nothing_in_flight()

    def want_key(self, time_ms: int, moving: bool = False) -> None:
        """Ask for the epoch key that holds at `time_ms`, now and then until it comes; moving: `time_ms` is now."""
        time_ms = max(1, time_ms)  # 0 would mean: now
        if self._asking.due(time_ms, self._now_s(), moving) and not self._say_birth():
            self._asking.unsent()

    def want_next_key(self, end_ms: int, now_ms: int) -> None:
        """Ask for the key of the epoch after the one that ends at `end_ms`, shortly before its turn."""
        if end_ms - self._asking.ahead_ms(end_ms) <= now_ms and not self.keyring.knows(end_ms):
            self.want_key(end_ms, moving=True)

    def pump(self, wait_s: float = 0.0) -> None:
        """Take in what came, send what is due; waits up to `wait_s` for something to come."""
        event = self._next_event(wait_s)
        while event is not None:
            self._take(event)
            event = self._next_event(0.0)
        if self._uplink.connected:
            for sealed in self.delivery.due():
                self._uplink.publish("batch", sealed)

    def _next_event(self, wait_s: float) -> "Message | Connected | Disconnected | None":
        try:
            return self._uplink.events.get(timeout=wait_s) if wait_s > 0 else self._uplink.events.get_nowait()
        except queue.Empty:
            return None

    def _take(self, event: "Message | Connected | Disconnected") -> None:
        if isinstance(event, Connected):
            self.state = f"connected (MQTT {event.version})"
            self.delivery.nothing_in_flight()  # what an earlier connection carried may never have arrived
            self._say_birth()
            if self.orders and self.orders.state.last:
                self.answer(self.orders.state.last)  # it may have been found while there was no connection
        elif isinstance(event, Disconnected):
            self.state = f"not connected: {event.reason}"
            self._uplink.will = self._seal(Kind.DEATH, _NOTHING)  # the last one is spent: a collector takes it once
            self._reconnects_total += 1
            self.delivery.nothing_in_flight()
        else:
            try:
                self._read(event)
            except SensorError:  # Malformed; or it could not be remembered, and so was not done
                self._refused_total += 1

    def _read(self, message: Message) -> None:
        order = self.downward.accept(message.leaf, message.payload, self.utc_ms())
        if order is None:
            return
        self._handlers[order.kind](order)  # there is one for every kind that downward has a policy for

    def _take_ack(self, order: Order) -> None:
        for acked in messages.Ack.decode(order.body).boots:
            self.delivery.settle(acked)
            if acked.boot == self.boot and self.orders and (kept := self.orders.reached()):
                self.answer(kept)

    def _take_key(self, order: Order) -> None:
        message = messages.EpochKey.decode(order.body)
        if self._asking.opener is None:  # one ask, sent twice because a connection came in between, has two answers
            self.downward.repeated_total += 1
            return
        self.keyring.accept(message, message.opened(self._config.name, self._asking.opener))
        self._asking.answered()

    def _take_objections(self, order: Order) -> None:
        message = Objections.decode(order.body)
        if not message.announces:
            if self._asking.opener is None:
                self.downward.repeated_total += 1
                return
            message = message.opened(self._config.name, self._asking.opener)
        self.objections.accept(message)

    def _take_trust(self, order: Order) -> None:
        self.downward.take_trust(order, self.utc_ms())
        self._say_birth()  # so that the collector knows who has it

    def _take_config(self, order: Order) -> None:
        if self.orders is not None:
            self.answer(self.orders.configure(order.body, self.utc_ms() or 0, order.signer.id.hex()))

    def _take_command(self, order: Order) -> None:
        if self.orders is not None:
            self.answer(self.orders.obey(order.body, self.utc_ms() or 0))

    def _say_birth(self) -> bool:
        opener = self._asking.opener
        said = replace(self._birth, trust=self._trusted.version, objections=self.objections.version)
        if self.orders is not None:
            said = replace(said, config=self.orders.running, trial=self.orders.trial)
        if opener is not None:
            said = replace(said, time_ms=self._asking.time_ms, wants_key=True, seal=opener.public)
        return self.say(Kind.BIRTH, said.encode())

    def _seal(self, kind: Kind, packed: bytes) -> bytes:
        number, self._message_number = self._message_number, self._message_number + 1
        return envelope.seal(Envelope(kind, self._config.name, self.boot, number, packed), self._sign)

    def _sign(self, message: bytes) -> bytes:
        return self._backend.sign(self._secret, message)
