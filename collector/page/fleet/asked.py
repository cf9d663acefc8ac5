"""What somebody asks the list of sensors for: the words of its address, and the rows that answer them. Pure.

    ?q=door&state=silent&site=acme/mall&tag=pilot&version=0.1.0&sort=-heard&page=2

What stands in an address can be sent to somebody else. Each further word narrows.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...watch.checks import OK, STATES, badness, number
from ...watch.muster import Mustered

NAMES_KEPT = 1 << 16  # 20 MB at most; a fleet's names are looked at again every few seconds


@lru_cache(maxsize=NAMES_KEPT)
def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """door-9 before door-10."""
    parts = re.split(r"([0-9]{1,9})", name)
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts if part)


PAGE_SIZE = 50
PAGE_SIZE_MAX = 500
SORTS: Mapping[str, Callable[[Mustered], Any]] = {
    "name": lambda one: _natural(one.name),
    "site": lambda one: (one.known.sensor.tenant, _natural(one.known.sensor.site), _natural(one.name)),
    "state": lambda one: (*badness(one.shown.state), _natural(one.name)),
    "heard": lambda one: (one.seen.heard_ms or 0, _natural(one.name)),
    "version": lambda one: (number(one.seen.version), _natural(one.name)),
    "missing": lambda one: (one.seen.missing or 0, _natural(one.name)),
    "waiting": lambda one: (one.seen.spooled or 0, _natural(one.name)),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a list's address; "" = whatever. site: TENANT/SITE. sort: of SORTS, with - the other way round;
    without it by name, and of those that are not well the worst first."""

    q: str = ""
    state: str = ""
    site: str = ""
    tag: str = ""
    version: str = ""
    sort: str = ""
    page: int = 1
    size: int = PAGE_SIZE

    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        said = {name: getattr(self, name) for name in ("q", "state", "site", "tag", "version", "sort")}
        said |= {"page": str(self.page) if self.page > 1 else ""}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Found:
    """What answers. counts: by state, of those that all other words leave; total: of the rows of all pages."""

    rows: tuple[Mustered, ...]
    total: int
    page: int
    pages: int
    counts: Mapping[str, int]


def find(asked: Asked, everyone: Iterable[Mustered]) -> Found:
    """The page that is asked for; the last one where there are not so many."""
    named = [one for one in everyone if _fits(asked, one)]
    count = Counter(one.shown.state for one in named)
    wanted = _in(asked, named)
    key = SORTS.get(asked.sort.removeprefix("-"), SORTS["state" if asked.state == AMISS else "name"])
    wanted.sort(key=key, reverse=asked.sort.startswith("-"))
    size = min(max(1, asked.size), PAGE_SIZE_MAX)
    pages = max(1, -(-len(wanted) // size))
    page = min(max(1, asked.page), pages)
    rows = wanted[(page - 1) * size : page * size]
    return Found(tuple(rows), len(wanted), page, pages, {state: count[state] for state in STATES if count[state]})


def fitting(asked: Asked, everyone: Iterable[Mustered]) -> list[Mustered]:
    """All that fit, of every page."""
    return _in(asked, [one for one in everyone if _fits(asked, one)])


def _in(asked: Asked, named: list[Mustered]) -> list[Mustered]:
    return [one for one in named if not asked.state or _in_state(asked.state, one.shown.state)]


def choices(everyone: Sequence[Mustered]) -> dict[str, list[str]]:
    """What the filters offer: sites as TENANT/SITE, tags, versions."""
    return {
        "site": sorted({f"{one.known.sensor.tenant}/{one.known.sensor.site}" for one in everyone}),
        "tag": sorted({tag for one in everyone for tag in one.known.tags}),
        "version": sorted({one.seen.version for one in everyone if one.seen.version}),
    }


AMISS = "amiss"  # as a state: every one but ok


def _in_state(asked: str, state: str) -> bool:
    return state != OK if asked == AMISS else state == asked


def _fits(asked: Asked, one: Mustered) -> bool:
    sensor = one.known.sensor
    return (
        (not asked.site or asked.site == f"{sensor.tenant}/{sensor.site}")
        and (not asked.tag or asked.tag in one.known.tags)
        and (not asked.version or asked.version == one.seen.version)
        and (not asked.q or all(word in _text(one) for word in asked.q.lower().split()))
    )


def _text(one: Mustered) -> str:
    """What a search looks through: names, never an address of a unit."""
    sensor = one.known.sensor
    words = (sensor.name, sensor.site, sensor.tenant, sensor.group_name, one.seen.version, *one.known.tags)
    return " ".join(words).lower()
