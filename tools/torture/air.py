"""Air for whole sensors: TAP devices of type radiotap on which SIMULATED phones send probe requests without end."""

import os
import threading
from pathlib import Path
from random import Random

from tools.bench.tap import Tap
from tools.simulate.elements import probe_body, probe_request
from tools.simulate.radiotap import PCAP_RECORD_BYTES, record

FREQ_MHZ = 2437
PAUSE_S = 0.1
FRAMES_A_PAUSE = 5  # heard by each unit
PHONES = 60  # at a time; each frame may be the last that one sends
LEAVES = 0.02
_BODY = probe_body((), 6, b"")


def is_possible() -> bool:
    """Whether this process may make interfaces."""
    return os.geteuid() == 0 and Path("/dev/net/tun").exists()


class Air:
    """So many interfaces, each with phones of its own in front of it, until `close`. Raises OSError."""

    def __init__(self, units: int, seed: int) -> None:
        self._taps = [Tap(f"ff{os.getpid() % 1_000_000}u{number}") for number in range(units)]
        self._chance = Random(seed)
        self._crowds = [[self._phone() for _ in range(PHONES)] for _ in self._taps]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._blow, daemon=True)
        self._thread.start()

    @property
    def interfaces(self) -> list[str]:
        """Their names."""
        return [tap.name for tap in self._taps]

    def close(self) -> None:
        """Silence; the interfaces are gone."""
        self._over.set()
        self._thread.join()
        for tap in self._taps:
            tap.close()

    def _phone(self) -> int:
        return self._chance.getrandbits(48) & ~(1 << 40) | (1 << 41)

    def _blow(self) -> None:
        number = 0
        while not self._over.wait(PAUSE_S):
            for tap, crowd in zip(self._taps, self._crowds, strict=True):
                for _ in range(FRAMES_A_PAUSE):
                    number += 1
                    who = self._chance.randrange(PHONES)
                    frame = probe_request(crowd[who], number % 4096, _BODY)
                    rssi_dbm = -self._chance.randrange(30, 90)
                    tap.hear(record(0, number, FREQ_MHZ, rssi_dbm, frame)[PCAP_RECORD_BYTES:])
                    if self._chance.random() < LEAVES:
                        crowd[who] = self._phone()
