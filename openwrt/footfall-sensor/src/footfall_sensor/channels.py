"""Wi-Fi channels: their frequencies (IEEE 802.11 Annex E), and which of them to listen on when."""

from dataclasses import dataclass

FIRST = (1, 6, 11)  # the channels of 2.4 GHz that do not overlap: nearly every access point is on one of them


def frequency_mhz(channel: int) -> int:
    """The centre frequency of a channel on 2.4 or 5 GHz; 0 where there is no such channel."""
    if 1 <= channel <= 13:
        return 2407 + 5 * channel
    if channel == 14:
        return 2484
    known = 36 <= channel <= 64 or 100 <= channel <= 144
    if (known and channel % 4 == 0) or (149 <= channel <= 177 and channel % 4 == 1):
        return 5000 + 5 * channel
    return 0


def in_order(chosen: tuple[int, ...]) -> tuple[int, ...]:
    """Each channel once, those of FIRST before the others."""
    once = tuple(dict.fromkeys(chosen))
    return tuple(c for c in FIRST if c in once) + tuple(c for c in once if c not in FIRST)


@dataclass(slots=True)
class Hops:
    """Where a radio is to be when. Times are milliseconds of one monotonic clock."""

    channels: tuple[int, ...]
    dwell_ms: int
    at: int = -1  # place in `channels`; -1 before the first
    due_ms: int = 0

    @property
    def cycle_ms(self) -> int:
        """How long until a channel has its turn again."""
        return len(self.channels) * self.dwell_ms

    def next(self, now_ms: int) -> int | None:
        """The channel to go to now, or None while it is not yet time. Late calls do not shorten the next stay."""
        if not self.channels or now_ms < self.due_ms or (self.at >= 0 and len(self.channels) == 1):
            return None
        self.at = (self.at + 1) % len(self.channels)
        self.due_ms = now_ms + self.dwell_ms
        return self.channels[self.at]

    def again(self) -> None:
        """The radio has forgotten its channel: go to one at once."""
        self.at, self.due_ms = -1, 0

    def without(self, channel: int) -> None:
        """This radio knows no such channel: leave it out."""
        self.channels = tuple(c for c in self.channels if c != channel)
        self.again()
