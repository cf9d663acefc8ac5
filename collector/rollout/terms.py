"""Terms of a campaign: its stages, when it stops by itself, how long it waits, when it may speak to units."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..errors import QueryError
from ..records.sites import TIME

HOUR_S = 3600
DAY_S = 24 * HOUR_S
STAGES = "1%,10%,50%,100%"
STOP_AT = "3%"


@dataclass(frozen=True, slots=True)
class Amount:
    """So many units, or a share of them."""

    text: str  # 12 or 2.5%

    def __post_init__(self) -> None:
        number = self.text.removesuffix("%")
        try:
            value = float(number) if self.share else int(number)
        except ValueError as exc:
            raise QueryError(f"'{self.text}': a number of units or a share is wanted, such as 5 or 2.5%") from exc
        if not value > 0 or (self.share and value > 100):
            raise QueryError(f"'{self.text}': more than 0, and at most 100% is wanted, such as 10%")

    @property
    def share(self) -> bool:
        """Whether it is a share."""
        return self.text.endswith("%")

    def of(self, total: int) -> int:
        """Units out of so many: at least one, at most all."""
        wanted = math.ceil(round(total * float(self.text[:-1]) / 100, 6)) if self.share else int(self.text)
        return min(total, max(1, wanted))


@dataclass(frozen=True, slots=True)
class Night:
    """Hours of a site's own clock, HH:MM, in which its units may be told."""

    begins: str
    ends: str

    def holds(self, now_ms: int, zone: str) -> bool:
        """Whether it is now, where that clock is."""
        there = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%H:%M")
        if self.begins < self.ends:
            return self.begins <= there < self.ends
        return there >= self.begins or there < self.ends


@dataclass(frozen=True, slots=True)
class Terms:
    """All of them. A stage's amount counts the stages before it in."""

    stages: tuple[Amount, ...]
    stop_at: Amount  # failures of one stage
    soak_s: int = HOUR_S  # after the last word on a stage, before the next one opens
    answer_s: int = 15 * 60  # within which a unit that was told must have proved itself
    at_once: int = 100  # units under way
    night: Night | None = None
    at_ms: int = 0  # not before; 0 = at once
    life_s: int = 7 * DAY_S  # within which units that are away are waited for

    def encode(self) -> str:
        """As the database keeps them."""
        return json.dumps({**asdict(self), "stages": [one.text for one in self.stages], "stop_at": self.stop_at.text})

    @classmethod
    def decode(cls, text: str) -> "Terms":
        """The terms in what the database keeps."""
        got = json.loads(text)
        night = Night(**got["night"]) if got["night"] else None
        stages = tuple(Amount(one) for one in got["stages"])
        return cls(**{**got, "stages": stages, "stop_at": Amount(got["stop_at"]), "night": night})


def stages(text: str) -> tuple[Amount, ...]:
    """Stages as people type them: 1%,10%,100%. Raises QueryError."""
    found = tuple(Amount(word.strip()) for word in text.split(","))
    if found[-1].text not in ("100%", "100.0%"):
        raise QueryError(f"stages '{text}': the last one must be 100%; who is to be left out is for the selection")
    shares = [float(one.text[:-1]) for one in found if one.share]
    if shares != sorted(set(shares)):
        raise QueryError(f"stages '{text}': each must be more than the one before, which it counts in")
    return found


def night(text: str) -> Night:
    """Hours as people type them: 01:00-05:00. Raises QueryError."""
    begins, _, ends = text.partition("-")
    if not TIME.fullmatch(begins) or not TIME.fullmatch(ends) or begins == ends:
        raise QueryError(f"'{text}': two times of day are wanted, such as 01:00-05:00")
    return Night(begins, ends)


def sizes(terms: Sequence[Amount], total: int) -> list[int]:
    """Units of each stage alone; stages that would be empty are left out."""
    ends = sorted({one.of(total) for one in terms}) if total else []
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
