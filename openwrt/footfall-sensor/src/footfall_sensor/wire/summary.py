"""The summary: what a window says in mode `counts`. It names no device, and no family of fewer than three of them."""

from collections import Counter
from dataclasses import dataclass
from struct import Struct
from typing import Self

from ..errors import Malformed
from . import body

# Bins of the highest RSSI of each device: 0 unknown, 1 below -95 dBm, then 5 dB each, the last from -35 dBm up.
RSSI_BINS = 15
RSSI_LOWEST_DBM, RSSI_STEP_DB = -95, 5
CLASSES_MAX = 32  # the most frequent ones
CLASS_DEVICES_MIN = 3  # a class with fewer is left out: a rare phone must not be followed by its make
DEVICES_MAX = 0xFFFF

_BINS = Struct(f"<{RSSI_BINS}H")
_CLASS = Struct("<HH")


@dataclass(frozen=True, slots=True)
class Summary:
    """Devices are distinct addresses within the window; no address and no token of theirs is in here."""

    devices: int
    randomised: int  # of them
    bursts: int
    levels: tuple[int, ...]  # devices by their strongest level, see RSSI_BINS
    classes: tuple[tuple[int, int], ...]  # (model class, devices), most devices first

    def fields(self) -> dict[str, object]:
        """What a batch carries of it."""
        return {
            "devices": self.devices,
            "randomised": self.randomised,
            "bursts_all": self.bursts,
            "levels": _BINS.pack(*self.levels),
            "classes": b"".join(_CLASS.pack(*pair) for pair in self.classes),
        }

    @classmethod
    def read(cls, got: body.Fields) -> Self | None:
        """The summary in a batch's fields, if there is one. Raises Malformed."""
        if "levels" not in got:
            return None
        packed = got.get("classes")
        if type(packed) is not bytes or len(packed) % _CLASS.size or len(packed) > CLASSES_MAX * _CLASS.size:
            raise Malformed(f"classes: at most {CLASSES_MAX} pairs of class and devices are wanted")
        return cls(
            devices=body.integer(got, "devices", 0, DEVICES_MAX),
            randomised=body.integer(got, "randomised", 0, DEVICES_MAX),
            bursts=body.integer(got, "bursts_all", 0, 1 << 32),
            levels=_BINS.unpack(body.binary(got, "levels", _BINS.size)),
            classes=tuple(_CLASS.iter_unpack(packed)),
        )


def rssi_bin(rssi_dbm: int, unknown_dbm: int) -> int:
    """The bin of an RSSI."""
    if rssi_dbm == unknown_dbm:
        return 0
    if rssi_dbm < RSSI_LOWEST_DBM:
        return 1
    return min(RSSI_BINS - 1, 2 + (rssi_dbm - RSSI_LOWEST_DBM) // RSSI_STEP_DB)


def frequent(classes: "Counter[int]") -> tuple[tuple[int, int], ...]:
    """The classes that may be told, most devices first; equal ones by their number."""
    told = [pair for pair in classes.items() if pair[1] >= CLASS_DEVICES_MIN]
    return tuple(sorted(told, key=lambda pair: (-pair[1], pair[0]))[:CLASSES_MAX])
