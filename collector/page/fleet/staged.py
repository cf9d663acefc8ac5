"""A form that asks for something to go over the fleet in stages, and the page that says what that would come to."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from ...rollout import terms as rollout
from ...rollout.book import Begun
from .. import faults
from ..given import Unfit
from ..language import gettext as _
from ..language import marked
from ..visit import Visit
from .campaigns import names_by_stage
from .framing import Room

TERMS = ("stages", "stop_at", "soak_min", "night", "why")
OFFERED = {"stop_at": rollout.STOP_AT, "soak_min": str(rollout.HOUR_S // 60)}
NAMES_SHOWN = 12
LABELS = {  # of the form's fields, as the API calls them
    "stages": marked("How many have it after each stage"),
    "stop_at": marked("Stop when so many of a stage have failed"),
    "soak_s": marked("Seconds to wait between stages"),
    "night": marked("Only in these hours of the sites, such as 01:00-05:00; empty for any"),
    "why": marked("Why"),
}

KINDS = {"tag": marked("tag"), "group": marked("group"), "site": marked("site"), "tenant": marked("tenant")}
ALL = "all"

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class Plan:
    """What something that is asked for would come to: names by stage, who is left out and why, in which order.

    fields: the form once more, for begin, the address that begins it; back: the one of the form.
    """

    cargo: str
    whose: str
    stages: Sequence[Sequence[str]]
    left_out: Sequence[tuple[str, int]]
    order: str
    fields: Mapping[str, str]
    begin: str
    back: str
    no_way_back: bool = False
    asks_itself: bool = False  # the address is one at which each unit would ask itself

    @classmethod
    def of(cls, begun: Begun, cargo: str, whose: str, fields: Mapping[str, str], back: str) -> "Plan":
        """The plan of a campaign that was not begun yet. back: of the form, below which `begin` lies."""
        left_out = sorted(Counter(one.left_out for one in begun.plan.left_out).items())
        stages = names_by_stage(begun.plan)
        return cls(cargo, whose, stages, left_out, begun.plan.order_says, fields, f"{back}/begin", back)


def whose(choice: str) -> str:
    """What somebody chose among, such as "site default/shop", in words."""
    kind, blank, name = choice.partition(" ")
    if choice == ALL:
        return _("all that I see")
    return f"{_(KINDS[kind])} {name}" if kind in KINDS and blank else choice


def given(form: Mapping[str, str], fields: tuple[str, ...], stages: str) -> dict[str, str]:
    """A form as it was sent; what is missing as it is offered. stages: those that are."""
    sent = {name: form[name] for name in fields if name in form}
    return {**dict.fromkeys(fields, ""), **OFFERED, "stages": stages, **sent}


def terms(form: Mapping[str, str]) -> dict[str, Any]:
    """The form's part about stages, as the API takes it. Raises ValueError, OverflowError for no number of minutes."""
    said: dict[str, Any] = {name: form[name].strip() for name in ("stages", "stop_at", "night", "why")}
    return {**said, "soak_s": round(60 * float(form["soak_min"]))}


def asked(make: Callable[[], Asked]) -> Asked:
    """What a form asks for. Raises Unfit; what `make` raises else goes through."""
    try:
        return make()
    except ValidationError as exc:
        raise Unfit(faults.said(exc.errors()[:1], LABELS)) from None


def plan_page(room: Room, visit: Visit, plan: Plan) -> str:
    """What a plan would come to, with the button that begins it where it would reach anybody."""
    return room.render("fleet/plan.html", visit, plan=plan, shown=NAMES_SHOWN)
