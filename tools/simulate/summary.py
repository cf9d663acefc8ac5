"""What the command says when a day is written."""

from __future__ import annotations

from dataclasses import dataclass

from tools.simulate.files import Written
from tools.simulate.people import Kind
from tools.simulate.shop import ShopDay
from tools.simulate.truth import count_by_kind


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts and files of one simulated day; the fields are the keys of the command's JSON."""

    simulated: bool
    seed: int
    date: str
    passers_by: int
    visitors: int
    staff: int
    neighbours: int
    fixed: int
    frames: int
    frames_by_sensor: dict[str, int]
    captures: list[str]
    truth: str
    shop: str
    size_bytes: int
    elapsed_s: float

    @classmethod
    def of(cls, day: ShopDay, written: Written, elapsed_s: float) -> Summary:
        """Sum up a day and its files."""
        counts = count_by_kind(day)
        heard = (sum(tally.heard[index] for tally in day.tallies) for index in range(len(day.sensors)))
        return cls(
            simulated=True,
            seed=day.plan.seed,
            date=day.plan.date.isoformat(),
            passers_by=counts[Kind.PASSER_BY],
            visitors=counts[Kind.VISITOR],
            staff=counts[Kind.STAFF],
            neighbours=counts[Kind.NEIGHBOUR],
            fixed=counts[Kind.FIXED],
            frames=len(day.frames),
            frames_by_sensor={spot.name: count for spot, count in zip(day.sensors, heard, strict=True)},
            captures=[str(path) for path in written.captures],
            truth=str(written.truth),
            shop=str(written.shop),
            size_bytes=written.size_bytes,
            elapsed_s=elapsed_s,
        )

    def sentences(self) -> str:
        """The same for a reader."""
        return (
            f"A simulated day, {self.date}, seed {self.seed}: {self.visitors} visitors, {self.passers_by} passers-by, "
            f"{self.staff} staff, {self.neighbours} neighbours, {self.fixed} fixed devices.\n"
            f"{self.frames} probe requests heard, {self.size_bytes / 1e6:.1f} MB: {', '.join(self.captures)}.\n"
            f"Truth: {self.truth}. Plan: {self.shop}."
        )
