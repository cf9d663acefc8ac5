"""What a benchmark found: figures for programs, a table for people."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

DIGITS = 4  # after the decimal point, in JSON
NAME_WIDTH = 30
FIGURE_WIDTH = 12
NOTE_WIDTH = 100

Figure = float | int | str


@dataclass(frozen=True, slots=True)
class Line:
    """One contender and its figure, in the unit of its group."""

    who: str
    figure: float


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of one unit; the first line is ours, the others are shown as multiples of it."""

    unit: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A promise about a figure, and what was measured."""

    promise: str
    measured: float
    limit: float
    at_most: bool  # else at least
    is_time: bool = False  # tells of the machine as much as of us; else a ratio, a size or a count

    @property
    def met(self) -> bool:
        """Whether the promise was kept in this run."""
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit


class Result(Protocol):
    """What every benchmark gives back."""

    def figures(self) -> Mapping[str, object]:
        """All figures by name, as JSON has them."""

    def groups(self) -> Sequence[Group]:
        """The same figures, for the table."""

    def targets(self) -> Sequence[Target]:
        """The promises they bear on."""

    def notes(self) -> Sequence[str]:
        """What a reader must know to judge them, a sentence each."""


def rounded(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """The figures as they are printed: DIGITS after the point."""
    return {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in figures.items()}


def table(results: Mapping[str, Result]) -> str:
    """One table of the results of several benchmarks, by name."""
    rows = [f"{'':{NAME_WIDTH}}{'figure':>{FIGURE_WIDTH}}{'x Footfall':>{FIGURE_WIDTH}}"]
    for name, result in results.items():
        for group in result.groups():
            rows.append(f"{name}: {group.unit}")
            rows += _lines(group)
    for result in results.values():
        rows += _targets(result.targets())
    for name, result in results.items():
        rows += [textwrap.fill(f"{name}: {note}", NOTE_WIDTH, subsequent_indent="  ") for note in result.notes()]
    return "\n".join(rows)


def _lines(group: Group) -> Iterable[str]:
    ours = group.lines[0].figure
    for line in group.lines:
        yield (
            f"  {line.who:{NAME_WIDTH - 2}}{_number(line.figure):>{FIGURE_WIDTH}}"
            f"{_number(line.figure / ours):>{FIGURE_WIDTH}}"
        )


def _targets(targets: Sequence[Target]) -> Iterable[str]:
    for target in targets:
        verdict = "kept" if target.met else "MISSED"
        yield f"{verdict:7}{target.promise}: {_number(target.measured)}"


def _number(value: float) -> str:
    """Three digits that matter; whole numbers from 1000 on."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
