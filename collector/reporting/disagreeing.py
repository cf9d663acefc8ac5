"""Where the numbers of a report contradict each other beyond their intervals: it is said, not chosen for the reader."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..suppression import Cell

if TYPE_CHECKING:
    from .report import Answer


def disagreements(answer_of: Callable[[str], "Answer"]) -> Iterator[str]:
    """The panel is a part of all people and cannot be more; and the ways to the visitors should meet."""
    cells = {(cell.series, cell.cell): cell for cell in answer_of("flow").cells}
    for name in ("visitors", "passers_by"):
        title, (of_panel, *_) = answer_of(name).metric.title, answer_of(name).cells
        of_all = cells.get(("", name))
        if of_all is not None and of_all.high is not None and of_panel.low is not None and of_all.high < of_panel.low:
            yield f"{title}: the panel alone says more than the estimate of all people; use neither before you know why"
    level, panel, people, both = (cells.get((way, "visitors")) for way in ("by_level", "by_panel", "by_people", ""))
    if _apart(level, panel):
        yield (
            "Visitors of all people: by level and by panel they are apart beyond their intervals; count at the door "
            "(footfall report calibrate --door)"
        )
    if _apart(people, both):
        yield (
            "Visitors of all people: people present over the mean stay are another number; who works there is among "
            "them, or one of the two is not calibrated"
        )


def _apart(one: Cell | None, other: Cell | None) -> bool:
    if one is None or other is None or one.low is None or other.low is None or one.high is None or other.high is None:
        return False
    return one.low > other.high or other.low > one.high
