"""The question that is asked before something is done, as every page of the fleet asks it."""

from dataclasses import dataclass

from ...enrolment.units import Unit
from ..visit import Visit
from .framing import Room


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done: the question, the button, whether it cannot be undone."""

    says: str
    button: str
    heavy: bool = False
    wants_why: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A deed and to what. path: where yes is sent; back: where no leads; unit: the one that waits for a place."""

    deed: Deed
    heading: str
    path: str
    back: str
    unit: Unit | None = None


def ask(room: Room, visit: Visit, question: Question, says: str = "") -> str:
    """The page that asks. says: why it did not go the last time."""
    return room.render("fleet/confirm.html", visit, question=question, says=says)
