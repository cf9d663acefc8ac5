"""The window: what was heard of each token within half a minute, as columns that grow in place.

Columns and not objects, because that is how they travel: closing a window costs a copy of a few arrays, and a thousand
tokens take 22 kB instead of 300. Every field has the width of the wire, and saturates instead of wrapping.
"""

from array import array
from dataclasses import dataclass, field

from .frames import RSSI_UNKNOWN_DBM
from .wire.batch import Columns, Counters

BURST_GAP_MS = 1000  # measured on 17,507 gaps of the labelled phones: 94 % under 0.6 s, 6 % over 3.2 s, 8 gaps between
WINDOW_MS = 30_000
SIGHTINGS_MAX = 4096  # tokens in one window; what does not fit is counted as overflow

FLAG_RANDOMISED, FLAG_ASSOCIATED, FLAG_DIRECTED = 1, 2, 4

_U16_MAX = 0xFFFF


@dataclass(slots=True)
class Tally:
    """What a window counted beside its tokens; every frame that was read is in `frames`."""

    frames: int = 0
    probes: int = 0
    malformed: int = 0
    overflow: int = 0  # probes of tokens that did not fit
    keyless: int = 0  # probes heard while no epoch key was at hand
    kernel_drops: int = 0
    associations: int = 0

    def counters(self) -> Counters:
        """The same, frozen, as it travels."""
        return Counters(
            frames=self.frames,
            probes=self.probes,
            malformed=self.malformed,
            overflow=self.overflow,
            keyless=self.keyless,
            kernel_drops=self.kernel_drops,
            associations=self.associations,
        )


@dataclass(slots=True)
class Window:
    """One window that is being filled. start_ms and every ts_ms are of the same clock, in milliseconds."""

    start_ms: int
    length_ms: int = WINDOW_MS
    sightings_max: int = SIGHTINGS_MAX
    tally: Tally = field(default_factory=Tally)
    _row: dict[bytes, int] = field(default_factory=dict)
    _first: "array[int]" = field(default_factory=lambda: array("H"))
    _last: "array[int]" = field(default_factory=lambda: array("H"))
    _frames: "array[int]" = field(default_factory=lambda: array("H"))
    _bursts: "array[int]" = field(default_factory=lambda: array("B"))
    _rssi_max: "array[int]" = field(default_factory=lambda: array("b"))
    _rssi_sum: list[int] = field(default_factory=list)
    _rssi_count: list[int] = field(default_factory=list)
    _freq: "array[int]" = field(default_factory=lambda: array("H"))
    _flags: "array[int]" = field(default_factory=lambda: array("B"))
    _class: "array[int]" = field(default_factory=lambda: array("H"))

    def __len__(self) -> int:
        return len(self._row)

    def add(self, token: bytes, ts_ms: int, rssi_dbm: int, freq_mhz: int, flags: int, model_class: int) -> None:
        """Count one probe request of `token`. A frame stamped before the window began counts at its beginning."""
        offset = ts_ms - self.start_ms
        if offset < 0:
            offset = 0
        row = self._row.get(token)
        if row is None:
            self._open(token, offset, rssi_dbm, freq_mhz, flags, model_class)
            return
        last = self._last[row]
        if offset - last > BURST_GAP_MS:
            self._bursts[row] += 1  # fits: an offset is a u16, so there is room for 65 gaps
        if offset > last:
            self._last[row] = offset
        elif offset < self._first[row]:
            self._first[row] = offset
        if self._frames[row] < _U16_MAX:
            self._frames[row] += 1
        if rssi_dbm != RSSI_UNKNOWN_DBM:
            self._rssi_sum[row] += rssi_dbm
            self._rssi_count[row] += 1
            if rssi_dbm > self._rssi_max[row]:
                self._rssi_max[row] = rssi_dbm
                self._freq[row] = freq_mhz
        self._flags[row] |= flags

    def _open(self, token: bytes, offset: int, rssi_dbm: int, freq_mhz: int, flags: int, model_class: int) -> None:
        if len(self._row) >= self.sightings_max:
            self.tally.overflow += 1
            return
        known = rssi_dbm != RSSI_UNKNOWN_DBM
        self._row[token] = len(self._row)
        self._first.append(offset)
        self._last.append(offset)
        self._frames.append(1)
        self._bursts.append(1)
        self._rssi_max.append(rssi_dbm)
        self._rssi_sum.append(rssi_dbm if known else 0)
        self._rssi_count.append(1 if known else 0)
        self._freq.append(freq_mhz)
        self._flags.append(flags)
        self._class.append(model_class)

    def close(self) -> Columns:
        """What was heard, a row a token in order of first appearance. The window is not to be used afterwards."""
        means = (
            round(total / count) if count else RSSI_UNKNOWN_DBM
            for total, count in zip(self._rssi_sum, self._rssi_count, strict=True)
        )
        return Columns.of(
            token=b"".join(self._row),
            first_ms=self._first,
            last_ms=self._last,
            frames=self._frames,
            bursts=self._bursts,
            rssi_max_dbm=self._rssi_max,
            rssi_mean_dbm=array("b", means),
            freq_mhz=self._freq,
            flags=self._flags,
            model_class=self._class,
        )
