"""What every page of the fleet shares: how it is rendered, and where a form leads afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi.responses import RedirectResponse, Response

from ...people.user import Right
from ..frame import Frame
from ..links import to
from ..visit import Visit
from . import states


@dataclass(frozen=True, slots=True)
class Room:
    """Renders pages of the fleet."""

    frame: Frame
    now_ms: Callable[[], int]

    def render(self, template: str, visit: Visit, **values: Any) -> str:
        """A page. It finds `states`, `now_ms` and whether the reader may change something, without being given them."""
        may = self.may_change(visit)
        return self.frame.render(template, visit, states=states, now_ms=self.now_ms(), may_change=may, **values)

    def may_change(self, visit: Visit) -> bool:
        """Whether pages of the fleet offer a reader to change something."""
        return visit.somebody.by == "session" and visit.somebody.may(Right.WRITE_FLEET)


def sensor_path(tenant: str, name: str, act: str = "") -> str:
    """A sensor's page, or the page of something to do with it."""
    return to(f"/fleet/sensor/{tenant}/{name}" + (f"/{act}" if act else ""))


def after(path: str) -> Response:
    """Where a browser looks when something was done."""
    return RedirectResponse(path, 303)
