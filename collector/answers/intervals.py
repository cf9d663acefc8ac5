"""Intervals of released numbers: how far another such day would be from this one by chance alone.

They speak of chance within the panel, not of bias: what a metric's header says of bias comes on top. Shares: Wilson's
score interval (Wilson 1927). Counts: the exact Poisson interval (Garwood 1936). Others come from the metric's own SQL.
"""

from dataclasses import replace

from ..suppression import Cell, Row, blurred, near

LEVEL = 0.9  # of all intervals of Footfall
WIDE = 0.5  # of a number: an interval wider than that says little more than that there is something; chosen

SHARE, COUNT, OWN, NONE = "share", "count", "own", "none"
KINDS = (SHARE, COUNT, OWN, NONE)


def wide(cell: Cell) -> bool:
    """Whether a released number is known so poorly that its reader should ask for more days."""
    return (
        cell.value is not None
        and cell.low is not None
        and cell.high is not None
        and (cell.high - cell.low > WIDE * cell.value)
    )


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Wilson's interval of a share, `trials` > 0."""
    from scipy.special import ndtri  # noqa: PLC0415 - a tenth of a second that other commands need not wait for

    z = float(ndtri((1 + LEVEL) / 2))
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * float(share * (1 - share) / trials + weight / (4 * trials)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def garwood(count: float) -> tuple[float, float]:
    """The exact interval of a Poisson count."""
    from scipy.special import gammaincinv  # noqa: PLC0415

    tail = (1 - LEVEL) / 2
    low = float(gammaincinv(count, tail)) if count > 0 else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))


def spread(kind: str, row: Row, cell: Cell, round_to: int = 1) -> Cell:
    """A released cell with its interval. It is made of released numbers alone: of a rounded one, around that.

    round_to: what counts are rounded to; the count that a share is of would else follow from the interval's width.
    """
    if cell.value is None:
        return cell
    if kind == SHARE and row.of:
        of = near(row.of, round_to)
        low, high = wilson(cell.value * of, of)
    elif kind == COUNT:
        low, high = garwood(cell.value)
    elif kind == OWN and row.low is not None and row.high is not None:
        low, high = (row.low, row.high) if round_to == 1 else (blurred(row.low), blurred(row.high))
    else:
        return cell
    return replace(cell, low=low, high=high)
