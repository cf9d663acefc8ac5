"""Changing a fleet: each change within what somebody sees, and what does not fit told from what is not there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from footfall_sensor.errors import SensorError

from ...errors import QueryError, SettingsError
from ...folder import Collector
from ...people.user import Person
from ...watch.muster import Muster
from ..given import Unfit
from .sight import FleetSight

WHY_CHARS_MAX = 500


@contextmanager
def fitting() -> Iterator[None]:
    """What is said of a change that does not fit is no "not here"."""
    try:
        yield
    except Unfit:
        raise
    except (QueryError, SensorError, SettingsError) as exc:
        raise Unfit(str(exc)) from exc


@dataclass(frozen=True, slots=True)
class Changing:
    """A collector's fleet for those who change it. Doing again what is done already changes nothing and is no error.

    What does not fit raises Unfit; what is not there, or not for who asks, QueryError.
    """

    collector: Collector
    muster: Muster
    now_ms: Callable[[], int]

    def sight(self, person: Person) -> FleetSight:
        """The fleet as somebody sees it."""
        return FleetSight(self.collector, self.muster, person)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A change: what does not fit is said as such, and who looks at the fleet next sees it as it is then."""
        with fitting():
            try:
                yield
            finally:
                self.muster.forget()


def reason(why: str) -> str:
    """A reason as it is kept."""
    if len(why) > WHY_CHARS_MAX:
        raise Unfit(f"a reason has at most {WHY_CHARS_MAX} characters; say it shorter")
    return " ".join(why.split())
