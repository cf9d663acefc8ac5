"""Navigation: which pages there are for whom. A page that is in no table of routes is not offered."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..people.user import Person, Right
from .language import gettext, marked
from .routes import GET


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the navigation. below: the pages of its area, itself the first."""

    path: str
    label: str
    right: Right
    below: tuple["Entry", ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as somebody sees it. current: they are on it; within: they are in its area."""

    path: str
    label: str
    current: bool
    within: bool


ENTRIES: Sequence[Entry] = (
    Entry("/", marked("Numbers"), Right.READ_REPORT),
    Entry("/sites", marked("All sites"), Right.READ_REPORT),
    Entry(
        "/fleet",
        marked("Sensors"),
        Right.READ_FLEET,
        (
            Entry("/fleet", marked("List"), Right.READ_FLEET),
            Entry("/fleet/map", marked("Map"), Right.READ_FLEET),
            Entry("/fleet/campaigns", marked("Campaigns"), Right.READ_FLEET),
            Entry("/fleet/upgrades", marked("Upgrades"), Right.READ_FLEET),
            Entry("/fleet/alerts", marked("Alerts"), Right.READ_FLEET),
            Entry("/fleet/approvals", marked("Approvals"), Right.READ_FLEET),
            Entry("/fleet/maintenance", marked("Maintenance"), Right.READ_FLEET),
            Entry("/fleet/proposals", marked("Proposals"), Right.READ_FLEET),
        ),
    ),
    Entry(
        "/operation",
        marked("Operation"),
        Right.READ_OPERATION,
        (
            Entry("/operation", marked("Now"), Right.READ_OPERATION),
            Entry("/operation/quarantine", marked("Refused"), Right.READ_OPERATION),
            Entry("/operation/storage", marked("Storage"), Right.READ_OPERATION),
            Entry("/operation/conservation", marked("Conservation"), Right.READ_OPERATION),
            Entry("/operation/audit", marked("Audit log"), Right.READ_OPERATION),
        ),
    ),
    Entry("/people", marked("People"), Right.READ_PEOPLE),
)


def links(person: Person, path: str) -> list[Link]:
    """The areas that somebody may see."""
    return _seen(ENTRIES, person, path)


def links_below(person: Person, path: str) -> list[Link]:
    """The pages of the area that somebody is in; nothing where it has only one."""
    for area in ENTRIES:
        if area.below and _within(area.path, path) and _offered(area, person):
            found = _seen(area.below, person, path)
            return found if len(found) > 1 else []
    return []


def _seen(entries: Sequence[Entry], person: Person, path: str) -> list[Link]:
    seen = [one for one in entries if _offered(one, person)]
    here = max((one for one in seen if _within(one.path, path)), key=lambda one: len(one.path), default=None)
    return [Link(one.path, gettext(one.label), one.path == path, one is here) for one in seen]


def _offered(entry: Entry, person: Person) -> bool:
    return entry.path in GET and person.may(entry.right)


def _within(area: str, path: str) -> bool:
    return path == area or (area != "/" and path.startswith(f"{area}/"))
