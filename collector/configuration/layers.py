"""Layers of options and what they come to on one sensor: the nearer layer wins, each value knows its origin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..records.registry import Sensor


class Scope(StrEnum):
    """Whose options a layer holds; from the farthest to the nearest."""

    TENANT = "tenant"
    SITE = "site"
    GROUP = "group"
    SENSOR = "sensor"


@dataclass(frozen=True, slots=True)
class Place:
    """Names one layer. A group is a tenant's, wherever its sensors hang."""

    scope: Scope
    tenant: str
    name: str

    def __str__(self) -> str:
        return f"{self.scope} {self.name}" if self.scope is Scope.TENANT else f"{self.scope} {self.tenant}/{self.name}"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it is since its newest change."""

    place: Place
    number: int = 0  # of that change; 0 = there has been none
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """A value and where it comes from."""

    value: str
    source: str


Layers = Mapping[Place, Layer]


def places(sensor: Sensor) -> tuple[Place, ...]:
    """The layers that hold for a sensor, the farthest first."""
    found = [Place(Scope.TENANT, sensor.tenant, sensor.tenant), Place(Scope.SITE, sensor.tenant, sensor.site)]
    if sensor.group_name:
        found.append(Place(Scope.GROUP, sensor.tenant, sensor.group_name))
    return (*found, Place(Scope.SENSOR, sensor.tenant, sensor.name))


def above(place: Place) -> tuple[Place, ...]:
    """A layer behind the only one that is certainly above it, its tenant's."""
    tenant = Place(Scope.TENANT, place.tenant, place.tenant)
    return (tenant,) if place == tenant else (tenant, place)


def merge(layers: Iterable[Layer]) -> dict[str, Origin]:
    """What these layers come to, the farthest first."""
    merged: dict[str, Origin] = {}
    for layer in layers:
        for name, value in layer.options.items():
            merged[name] = Origin(value, source(layer))
    return merged


def source(layer: Layer) -> str:
    """Where a value of this layer comes from, in words."""
    return f"{layer.place}, change {layer.number}"


def merged_at(layers: Layers, wanted: Iterable[Place]) -> dict[str, Origin]:
    """The same for those of `layers` that are at these places."""
    return merge(layers[place] for place in wanted if place in layers)
