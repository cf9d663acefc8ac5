"""Selections: which sensors a command of the fleet is about. Pure.

Words of one kind widen (`--site a --site b`: both), kinds narrow (`--site a --tag door`: of that site only those).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import QueryError
from ..records.registry import Sensor

TAG_CHARS_MAX = 32


@dataclass(frozen=True, slots=True)
class Known:
    """A sensor and what people call it."""

    sensor: Sensor
    tags: frozenset[str] = frozenset()
    latitude: float | None = None  # degrees, WGS 84
    longitude: float | None = None
    behind: str = ""  # the sensor whose uplink it needs
    states: frozenset[str] = frozenset()  # words for how it is and whether it may send


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; an empty kind asks for nothing."""

    names: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()
    everyone: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was asked for: then nothing is selected, and certainly not all."""
        return self == Selection()

    def __str__(self) -> str:
        kinds = ("names", "tenants", "sites", "groups", "tags", "states", "versions")
        found = [f"{kind} {' '.join(sorted(getattr(self, kind)))}" for kind in kinds if getattr(self, kind)]
        return ", ".join(found) or ("all sensors" if self.everyone else "nothing")


def chosen(selection: Selection, everyone: Iterable[Known], versions: Mapping[int, str] | None = None) -> list[Known]:
    """Those who are asked for. versions: what each runs, by its number. Raises QueryError for names that nobody has."""
    if selection.empty:
        raise QueryError(
            "which sensors? Name them, or use --site, --group, --tag, --state, --tenant, --running or --all"
        )
    known = list(everyone)
    _check(selection, known)
    return [one for one in known if _fits(selection, one, (versions or {}).get(one.sensor.id, ""))]


def tag(text: str) -> str:
    """A tag as it is kept. Raises QueryError."""
    if not 0 < len(text) <= TAG_CHARS_MAX or not all(letter.isalnum() or letter in "-_." for letter in text):
        raise QueryError(
            f"'{text[:40]}': a tag has 1 to {TAG_CHARS_MAX} letters, digits, - _ and . in it; choose another"
        )
    return text


@dataclass(frozen=True, slots=True)
class _Kind:
    asked: frozenset[str]
    there: frozenset[str]
    word: str
    hint: str = field(default="footfall fleet list shows those there are")


def _check(selection: Selection, known: Sequence[Known]) -> None:
    """A slip in a name must not select fewer than was meant, in silence."""
    for kind in (
        _Kind(selection.names, frozenset(one.sensor.name for one in known), "sensor"),
        _Kind(selection.tenants, frozenset(one.sensor.tenant for one in known), "tenant with sensors"),
        _Kind(selection.sites, frozenset(one.sensor.site for one in known), "site with sensors"),
        _Kind(selection.groups, frozenset(one.sensor.group_name for one in known if one.sensor.group_name), "group"),
        _Kind(selection.tags, frozenset(tag for one in known for tag in one.tags), "tag"),
    ):
        missing = sorted(kind.asked - kind.there)
        if missing:
            raise QueryError(f"there is no {kind.word} '{missing[0]}'; {kind.hint}")


def _fits(selection: Selection, one: Known, version: str) -> bool:
    sensor = one.sensor
    return (
        (not selection.names or sensor.name in selection.names)
        and (not selection.tenants or sensor.tenant in selection.tenants)
        and (not selection.sites or sensor.site in selection.sites)
        and (not selection.groups or sensor.group_name in selection.groups)
        and (not selection.tags or bool(selection.tags & one.tags))
        and (not selection.states or bool(selection.states & one.states))
        and (not selection.versions or version in selection.versions)
    )
