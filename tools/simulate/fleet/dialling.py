"""Which connections of an office stand, which are being made, and when one that went is tried again."""

from collections.abc import Iterator
from random import Random

from footfall_sensor.uplink import RETRY_S_MAX, RETRY_S_MIN
from tools.load.line import Line
from tools.load.lines import Lines

ANSWER_WAIT_S = 30.0


class Dialling:
    """Opens and cuts lines as a unit does, and keeps count of them."""

    def __init__(self, lines: Lines, count: int, chance: Random) -> None:
        self._lines, self._chance = lines, chance
        self._retry_s = [RETRY_S_MIN] * count
        self._dialled_s: dict[int, float] = {}  # in the order in which they were begun
        self.up = 0

    def __len__(self) -> int:
        """How many are being made."""
        return len(self._dialled_s)

    def open(self, line: Line, now_s: float) -> None:
        """Begin to connect."""
        self._dialled_s[line.number] = now_s
        self._lines.open(line)

    def stands(self, line: Line) -> None:
        """It is connected."""
        self.up += 1
        self._dialled_s.pop(line.number, None)
        self._retry_s[line.number] = RETRY_S_MIN

    def cut(self, line: Line) -> None:
        """It goes, as by a cut cable, and is not tried again."""
        if line.up:
            self.up -= 1
        self._dialled_s.pop(line.number, None)
        self._lines.cut(line)

    def went(self, line: Line) -> bool:
        """It went by itself; whether it had stood."""
        stood = self._dialled_s.pop(line.number, None) is None
        if stood:
            self.up -= 1
        self._retry_s[line.number] = RETRY_S_MIN if stood else min(self._retry_s[line.number] * 2, RETRY_S_MAX)
        return stood

    def pause_s(self, line: Line) -> float:
        """How long to wait before it is tried again: a time that doubles, with full jitter, as the uplink's."""
        return self._chance.uniform(RETRY_S_MIN / 2, self._retry_s[line.number])

    def unanswered(self, now_s: float) -> Iterator[int]:
        """The numbers of those that have waited too long for an answer."""
        for number, dialled_s in list(self._dialled_s.items()):
            if now_s < dialled_s + ANSWER_WAIT_S:
                return
            yield number
