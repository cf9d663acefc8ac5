"""The radio's channels: hop where the radio is ours alone, stay where an access point holds it, and say which."""

import errno
from collections.abc import Callable
from typing import Protocol

from .channels import Hops, frequency_mhz, in_order
from .nl80211 import Nl80211

AGAIN_MS = 60_000  # what the kernel refuses now it may allow later: an access point can be switched off
SOON_MS = 1_000  # an interface that is gone or down
REASONS = {
    errno.EBUSY: "beside an access point, whose channel it is",
    errno.EPERM: "no permission to change channels (CAP_NET_ADMIN)",
    errno.EACCES: "no permission to change channels (CAP_NET_ADMIN)",
    errno.ENOENT: "the kernel has no Wi-Fi for it",
    errno.EPROTONOSUPPORT: "the kernel has no Wi-Fi for it",
    errno.EOPNOTSUPP: "the driver changes no channels",
}


class Tuner(Protocol):
    """What is wanted of nl80211."""

    def tune(self, interface: str, frequency_mhz: int) -> None:
        """See Nl80211."""

    def frequency_mhz(self, interface: str) -> int | None:
        """See Nl80211."""

    def close(self) -> None:
        """See Nl80211."""


class Radio:
    """One interface and the channels it is to be on. Nothing here raises: `plan` says what is the case, in words.

    hop: False = leave the radio as somebody else has set it.
    """

    def __init__(
        self, interface: str, channels: tuple[int, ...], dwell_ms: int, hop: bool, tuner: Callable[[], Tuner] = Nl80211
    ) -> None:
        self.plan = "not tuned yet"
        self.hops_total = 0
        self.due_ms = 0  # when `go` is to be called again
        self._interface = interface
        self._hop = hop
        self._hops = Hops(in_order(channels), dwell_ms)
        self._open = tuner
        self._tuner: Tuner | None = None

    @property
    def cycle_s(self) -> float:
        """How long until a channel has its turn again, seconds; 0 while the radio stays where it is."""
        return self._hops.cycle_ms / 1000 if self.plan.startswith("hopping") else 0.0

    def go(self, now_ms: int) -> None:
        """Go to the channel whose turn it is. now_ms: the monotonic clock."""
        if now_ms < self.due_ms:
            return
        if self._tuner is None and not self._begin(now_ms):
            return
        assert self._tuner is not None
        if not self._hop:
            self._stay(now_ms, "as it was set; hopping is off")
            return
        channel = self._hops.next(now_ms)
        if channel is None:
            self._stay(now_ms, "the radio knows none of the channels asked for")
            return
        try:
            self._tuner.tune(self._interface, frequency_mhz(channel))
        except OSError as exc:
            self._refused(exc, channel, now_ms)
            return
        self._arrived(channel, now_ms)

    def lost(self) -> None:
        """The interface was away, or kicked: what channel it was on is not known any more."""
        self._hops.again()
        self.due_ms = 0

    def close(self) -> None:
        """End the conversation with the kernel."""
        if self._tuner is not None:
            self._tuner.close()
            self._tuner = None

    def _begin(self, now_ms: int) -> bool:
        try:
            self._tuner = self._open()
        except OSError as exc:
            self._stay(now_ms, REASONS.get(exc.errno or 0, str(exc)))
            return False
        return True

    def _arrived(self, channel: int, now_ms: int) -> None:
        self.hops_total += 1
        if len(self._hops.channels) == 1:
            self.plan = f"fixed on {channel}, the only one asked for"
            self.due_ms = now_ms + AGAIN_MS
            self._hops.again()
            return
        self.plan = f"hopping {' '.join(map(str, self._hops.channels))}, {self._hops.dwell_ms} ms each"
        self.due_ms = self._hops.due_ms

    def _refused(self, refusal: OSError, channel: int, now_ms: int) -> None:
        code = refusal.errno
        if code in (errno.ENODEV, errno.ENETDOWN):
            self._hops.again()
            self.due_ms = now_ms + SOON_MS
        elif code == errno.EINVAL:
            self._hops.without(channel)
            self.due_ms = now_ms
        else:
            if refusal.errno is None:  # a time-out: begin a new conversation
                self.close()
            self._hops.again()
            self._stay(now_ms, REASONS.get(code or 0, str(refusal)))

    def _stay(self, now_ms: int, why: str) -> None:
        self.due_ms = now_ms + AGAIN_MS
        mhz = None
        try:
            mhz = self._tuner.frequency_mhz(self._interface) if self._tuner is not None else None
        except OSError:
            self.close()
        self.plan = f"fixed{f' on {mhz} MHz' if mhz else ''}: {why}"
