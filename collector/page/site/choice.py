"""What one may choose on a site's page: usual ranges, the ones beside it, and a form; as links to send on."""

from dataclasses import dataclass
from datetime import date, timedelta

from ...records.registry import Site
from ..language import gettext as _
from ..links import to
from . import ranges
from .ranges import Range


@dataclass(frozen=True, slots=True)
class Offer:
    """A range as a link."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """All of it. chosen: None: everything that was heard."""

    chosen: Range | None
    offers: tuple[Offer, ...]
    previous: Offer | None
    following: Offer | None
    first: str  # what the form begins with
    last: str
    newest: str


def url(site: Site, chosen: Range | None, **more: str) -> str:
    """The address of a site's page for a range."""
    return to("/", {"tenant": site.tenant, "site": site.name, **(chosen.query() if chosen else {})}, **more)


def offered(site: Site, chosen: Range | None, today: date) -> Choice:
    """What to offer on a day."""
    yesterday, week, month = today - timedelta(days=1), ranges.week_of(today), ranges.month_of(today)
    named: list[tuple[str, Range | None]] = [
        (_("All heard"), None),
        (_("Today"), ranges.day_of(today)),
        (_("Yesterday"), ranges.day_of(yesterday)),
        (_("This week"), week),
        (_("Last week"), week.moved(-1)),
        (_("This month"), month),
        (_("Last month"), month.moved(-1)),
    ]
    previous, following = (chosen.moved(-1), chosen.moved(1)) if chosen else (None, None)
    shown = chosen or week
    return Choice(
        chosen=chosen,
        offers=tuple(Offer(label, url(site, one), one == chosen) for label, one in named),
        previous=None if previous is None else Offer(previous.said(), url(site, previous), current=False),
        following=None
        if following is None or following.first > today
        else Offer(following.said(), url(site, following), current=False),
        first=shown.first.isoformat(),
        last=min(shown.last, max(today, shown.first)).isoformat(),
        newest=today.isoformat(),
    )
