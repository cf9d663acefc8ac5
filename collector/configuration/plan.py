"""A change and what it comes to: which sensors run otherwise afterwards, and whether it tells more of people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..errors import QueryError
from ..records.registry import Sensor
from . import variables
from .floors import floor, loosens
from .layers import Layer, Layers, Origin, Place, Scope, above, merge, merged_at, places, source
from .options import check
from .variables import Unresolved

Sensitive = frozenset[tuple[str, str]]  # (tenant, site) of sensitive sites


@dataclass(frozen=True, slots=True)
class Staged:
    """What a campaign has told one sensor of a layer that has not changed for the others yet."""

    place: Place
    options: Mapping[str, str]
    campaign: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a plan is made over."""

    layers: Layers
    sensors: tuple[Sensor, ...]
    sensitive: Sensitive = frozenset()
    staged: Mapping[int, tuple[Staged, ...]] = field(default_factory=dict)  # by sensor id
    tags: Mapping[int, frozenset[str]] = field(default_factory=dict)  # by sensor id; read where a layer asks for them

    def effective(self, sensor: Sensor) -> dict[str, Origin]:
        """The options that hold for a sensor, floors and campaigns included. Raises Unresolved."""
        merged = variables.render(self.merged(sensor), sensor, self.tags.get(sensor.id, frozenset()))
        return floor(merged, (sensor.tenant, sensor.site) in self.sensitive)

    def written(self, sensor: Sensor) -> dict[str, Origin]:
        """The same as the layers have it: with variables in it, where it cannot be resolved."""
        return floor(variables.plain(self.merged(sensor)), (sensor.tenant, sensor.site) in self.sensitive)

    def known(self, sensor: Sensor) -> tuple[dict[str, Origin], str]:
        """What holds for a sensor and "", or what the layers have and why it cannot be resolved."""
        try:
            return self.effective(sensor), ""
        except Unresolved as exc:
            return self.written(sensor), str(exc)

    def merged(self, sensor: Sensor) -> dict[str, Origin]:
        """Options and variables of all layers of a sensor, the nearest before the others."""
        ahead = self.staged.get(sensor.id, ())
        return self._ahead(sensor, ahead) if ahead else merged_at(self.layers, places(sensor))

    def _ahead(self, sensor: Sensor, ahead: tuple[Staged, ...]) -> dict[str, Origin]:
        """The same for a sensor that a campaign has reached: its layer is already as it will be for all."""
        own = {place: self.layer(place) for place in places(sensor)}
        for one in ahead:
            if one.place in own:
                own[one.place] = replace(own[one.place], options={**own[one.place].options, **one.options})
        merged = merge(own.values())
        for one in ahead:
            for name in one.options:
                if name in merged and merged[name].source == source(self.layer(one.place)):
                    merged[name] = Origin(merged[name].value, f"{one.place}, campaign {one.campaign}")
        return merged

    def layer(self, place: Place) -> Layer:
        """A layer, empty where nobody has written it yet."""
        return self.layers.get(place, Layer(place))


@dataclass(frozen=True, slots=True)
class Change:
    """A layer's options as they are to be; or, with `group`, a sensor's other group ("" = none)."""

    place: Place
    options: Mapping[str, str]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Affected:
    """A sensor that a change makes run otherwise: each option with its value before and after, None = its own."""

    sensor: str
    options: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change comes to."""

    change: Change
    base: int  # number of the layer that it was made for
    affected: tuple[Affected, ...]
    loosens: tuple[str, ...]


def make(fleet: Fleet, change: Change) -> Plan:
    """Work a change out. Raises QueryError where a sensor could not run with it."""
    variables.check(change.options)
    after = applied(fleet, change)
    checked: set[tuple[tuple[str, str], ...]] = set()
    affected, looser = compared(fleet, after, checked)
    if change.group is None:
        # A sensor that will hang there later must not get what nobody looked at; what its variables are is not known.
        was, becomes = (_outright(merge(map(one.layer, above(change.place)))) for one in (fleet, after))
        _check_once(becomes, str(change.place), checked)
        looser |= dict.fromkeys(loosens(was, becomes))
    return Plan(change, fleet.layer(change.place).number, tuple(affected), tuple(looser))


def compared(
    fleet: Fleet, after: Fleet, checked: set[tuple[tuple[str, str], ...]]
) -> tuple[list[Affected], dict[str, None]]:
    """Which sensors run otherwise in one fleet than in the other, and what tells more of people. Raises QueryError.

    One that could not be resolved before, and cannot after, is left as it is.
    """
    affected: list[Affected] = []
    looser: dict[str, None] = {}
    for sensor, changed in zip(fleet.sensors, after.sensors, strict=True):
        (before, lacked), (then, lacks) = fleet.known(sensor), after.known(changed)
        if lacks and not lacked:
            raise Unresolved(lacks)
        was, becomes = values(before), values(then)
        if lacks or was == becomes:
            continue
        _check_once(becomes, f"sensor {sensor.name}", checked)
        affected.append(Affected(sensor.name, _difference(was, becomes)))
        looser |= dict.fromkeys(loosens(was, becomes))
    return affected, looser


def applied(fleet: Fleet, change: Change) -> Fleet:
    """The fleet after a change."""
    if change.group is None:
        changed = Layer(change.place, fleet.layer(change.place).number + 1, change.options)
        return replace(fleet, layers={**fleet.layers, change.place: changed})
    moved = tuple(
        replace(sensor, group_name=change.group) if _is_of(change.place, sensor) else sensor for sensor in fleet.sensors
    )
    return replace(fleet, sensors=moved)


def values(effective: Mapping[str, Origin]) -> dict[str, str]:
    """The options without where they are from."""
    return {name: origin.value for name, origin in effective.items()}


def _outright(merged: Mapping[str, Origin]) -> dict[str, str]:
    """The options that hold whatever variables are."""
    found = values(variables.plain(merged))
    return {name: value for name, value in found.items() if not variables.references(value)}


def check_place(
    place: Place, sensors: Iterable[Sensor], tenants: Iterable[str], sites: Iterable[tuple[str, str]]
) -> None:
    """Raise QueryError where there is nothing of that name. A group may be written before it has sensors."""
    there = {
        Scope.TENANT: place.tenant in set(tenants),
        Scope.SITE: (place.tenant, place.name) in set(sites),
        Scope.GROUP: place.tenant in set(tenants),
        Scope.SENSOR: place.scope is Scope.SENSOR and any(_is_of(place, sensor) for sensor in sensors),
    }
    if not there[place.scope]:
        raise QueryError(f"there is no {place}; footfall fleet list shows tenants' sites and sensors")


def _is_of(place: Place, sensor: Sensor) -> bool:
    return place.scope is Scope.SENSOR and (sensor.tenant, sensor.name) == (place.tenant, place.name)


def _check_once(options: Mapping[str, str], whose: str, checked: set[tuple[tuple[str, str], ...]]) -> None:
    key = tuple(sorted(options.items()))
    if key not in checked:
        check(options, whose)
        checked.add(key)


def _difference(was: Mapping[str, str], becomes: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = sorted({*was, *becomes})
    return {name: (was.get(name), becomes.get(name)) for name in names if was.get(name) != becomes.get(name)}
