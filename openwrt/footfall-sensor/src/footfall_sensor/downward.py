"""Downward: every message from a collector passes here before anything is done about it.

In this order: size and form, addressee, topic, signature of a collector key that counts now, order, expiry, and for
kinds that act, the highest number that was taken before a restart. What does not pass raises Malformed and is counted.
A message that was taken already and comes again is a redelivery: dropped, counted apart, and no offence.

A new kind needs a line in POLICIES and a handler of the courier's.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .errors import Malformed
from .floors import Floors
from .keys import PublicKey
from .trusted import Trusted
from .wire import body, envelope
from .wire.batch import UTC_MS_MAX
from .wire.envelope import Kind

LAG_US = 60 * 1_000_000  # several collectors serve one tenant: another's message may be so much older than the newest
AHEAD_US = 24 * 3600 * 1_000_000  # a number further ahead of our time was counted up to shut out all later ones
BOOTS_MAX = 8  # starts of collectors whose numbers are remembered
REPEATED_MAX = 32  # messages by which a redelivery is known


class Policy(NamedTuple):
    """What a kind of message must have."""

    dated: bool  # one that does not say when it expires is refused
    clockless: bool  # it is taken while this unit does not know the time, and so cannot tell whether it has expired
    floor: bool  # its number is kept on flash, since after a restart an older one would do harm


POLICIES: dict[Kind, Policy] = {
    # An old one names what is on disk at the collector: that stays true for ever.
    Kind.ACK: Policy(dated=False, clockless=True, floor=False),
    # It is sealed for this start's own ephemeral key: an old one cannot be opened.
    Kind.EPOCH: Policy(dated=True, clockless=True, floor=False),
    # Its key is sealed like an epoch's; an old announcement makes the unit ask, and the answer is new.
    Kind.OBJECTIONS: Policy(dated=True, clockless=True, floor=False),
    # Its version is the floor (trusted). A unit that does not know the time must still learn of a stolen key.
    Kind.TRUST: Policy(dated=True, clockless=True, floor=False),
    # The highest version taken under each key is kept with the configuration itself: a floor here would be a second.
    Kind.CONFIG: Policy(dated=True, clockless=True, floor=False),
    # For one start only, which it names, and done once. Without a clock nothing but `keep` is obeyed (orders).
    Kind.COMMAND: Policy(dated=True, clockless=True, floor=False),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A message that has passed: certainly a collector's, for this sensor, new and in time."""

    kind: Kind
    number: int  # UTC microseconds of the collector
    body: bytes
    issued_ms: int  # UTC; 0 = it does not say
    expires_ms: int
    signer: PublicKey
    raw: bytes  # as it came, with its signature


Handler = Callable[[Order], None]  # raises Malformed where the body will not do


class Downward:
    """Decides on messages for one sensor. Memory: BOOTS_MAX numbers and REPEATED_MAX signatures, whatever comes."""

    def __init__(self, sensor: str, trusted: Trusted, floors: Floors) -> None:
        self.repeated_total = 0
        self._sensor = sensor
        self._trusted = trusted
        self._floors = floors
        self._highest: dict[bytes, int] = {}  # start of a collector -> highest number taken
        self._forgotten = -1  # highest number of the starts that are remembered no more
        self._recent: deque[bytes] = deque(maxlen=REPEATED_MAX)

    def accept(self, leaf: str, raw: bytes, utc_ms: int | None) -> Order | None:
        """The order in a message that came on the topic `leaf`; None: it is a repetition. Raises Malformed.

        utc_ms: the time as well as this unit knows it; None = not at all.
        """
        opened = envelope.unpack(raw)
        policy = POLICIES.get(opened.kind)
        if policy is None or opened.kind.name.lower() != leaf:
            raise Malformed("no downward message, or on the topic of another kind")
        if opened.sensor != self._sensor:
            raise Malformed("a message for another sensor")
        signer = self._trusted.check(raw, utc_ms)
        tail = raw[-envelope.SIGNATURE_BYTES :]
        if tail in self._recent:
            self.repeated_total += 1
            return None
        self._check_order(opened.boot, opened.number, utc_ms)
        order = _order(opened, signer, raw)
        _check_time(order, policy, utc_ms)
        if policy.floor:
            self._check_floor(order, utc_ms)
        self._remember(opened.boot, opened.number)
        self._recent.append(tail)
        return order

    def take_trust(self, order: Order, utc_ms: int | None) -> None:
        """Believe another list of collector keys from now on, and let go what others had counted up."""
        before = {one.key.raw for one in self._trusted.trust.keys}
        self._trusted.take(order.raw, order.signer, utc_ms)
        after = [one.key for one in self._trusted.trust.keys]
        if before - {key.raw for key in after}:  # numbers of who signs no more must not bind who does
            self._floors.keep(after)
            self._highest.clear()
            self._forgotten = -1

    def _check_order(self, boot: bytes, number: int, utc_ms: int | None) -> None:
        if utc_ms is not None:
            limit = utc_ms * 1000 + AHEAD_US
            if number > limit:
                raise Malformed("its number is more than a day ahead of this unit's time")
            # Taken while the time was not known, and now seen to be one of those.
            self._highest = {start: highest for start, highest in self._highest.items() if highest <= limit}
            self._forgotten = min(self._forgotten, limit)
        newest = max(self._highest.values(), default=-1)
        if number <= self._highest.get(boot, self._forgotten) or number < newest - LAG_US:
            raise Malformed("older than a message already taken")

    def _remember(self, boot: bytes, number: int) -> None:
        self._highest[boot] = number
        if len(self._highest) > BOOTS_MAX:
            oldest = min(self._highest, key=lambda start: self._highest[start])
            self._forgotten = max(self._forgotten, self._highest.pop(oldest))

    def _check_floor(self, order: Order, utc_ms: int | None) -> None:
        floor = self._floors.at(order.kind, order.signer)
        if utc_ms is not None and floor > utc_ms * 1000 + AHEAD_US:
            floor = -1  # taken while the time was not known, from a key that counted up: see AHEAD_US
        if order.number <= floor:
            raise Malformed("older than one that was taken before the restart")
        self._floors.raise_to(order.kind, order.signer, order.number)


def _order(opened: envelope.Envelope, signer: PublicKey, raw: bytes) -> Order:
    fields = body.unpack(opened.body)
    issued_ms, expires_ms = (body.integer(fields, name, 0, UTC_MS_MAX, 0) for name in ("issued", "expires"))
    return Order(opened.kind, opened.number, opened.body, issued_ms, expires_ms, signer, raw)


def _check_time(order: Order, policy: Policy, utc_ms: int | None) -> None:
    if policy.dated and not order.expires_ms:
        raise Malformed("it does not say how long it is good")
    if utc_ms is None:
        if not policy.clockless:
            raise Malformed("this unit does not know the time yet, and so not whether it has expired")
    elif order.expires_ms and order.expires_ms < utc_ms:
        raise Malformed("it has expired")
