"""What was heard in one counting window, as columns: the sightings of its sensor windows, and nothing that is not sent.

A counting window is some minutes long, 10 by default, and made of sensor windows of half a minute. Tokens are here
only to tell rows of one address from rows of others; no function of this package gives one back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from footfall_sensor.frames import RSSI_UNKNOWN_DBM
from footfall_sensor.window import FLAG_DIRECTED, FLAG_RANDOMISED
from footfall_sensor.wire.batch import Columns

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Heard:
    """Sightings of one site and counting window, a row each, all columns of one length."""

    token: Ints
    first_ms: Ints  # UTC
    last_ms: Ints
    frames: Ints
    bursts: Ints
    rssi_max_dbm: Floats  # NaN where the capture does not say
    model_class: Ints  # 0 = not known
    randomised: Bools
    directed: Bools

    def __len__(self) -> int:
        return len(self.token)

    @classmethod
    def of(cls, windows: Iterable[tuple[int, Columns]]) -> "Heard":
        """From (start of a sensor window in UTC ms, what it sent)."""
        parts: Sequence[tuple[int, Columns]] = list(windows)
        rows = [len(columns) for _, columns in parts]
        start_ms = np.repeat(np.array([start for start, _ in parts], dtype=np.int64), rows)

        def column(name: str, dtype: str) -> Ints:
            raw = b"".join(getattr(columns, name) for _, columns in parts)
            return np.frombuffer(raw, dtype=dtype).astype(np.int64)

        rssi = column("rssi_max_dbm", "i1")
        flags = column("flags", "u1")
        return cls(
            token=column("token", "<i8"),
            first_ms=start_ms + column("first_ms", "<u2"),
            last_ms=start_ms + column("last_ms", "<u2"),
            frames=column("frames", "<u2"),
            bursts=column("bursts", "u1"),
            rssi_max_dbm=np.where(rssi == RSSI_UNKNOWN_DBM, np.nan, rssi.astype(np.float64)),
            model_class=column("model_class", "<u2"),
            randomised=flags & FLAG_RANDOMISED != 0,
            directed=flags & FLAG_DIRECTED != 0,
        )
