"""Templates: the layers whose values hold variables, and what they come to on each unit. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..records.registry import Sensor
from . import variables
from .layers import Layer, Place, Scope
from .plan import Fleet


@dataclass(frozen=True, slots=True)
class Template:
    """A layer that has options with variables, or says what variables are."""

    place: Place
    number: int  # of its newest change
    options: dict[str, str]  # those with variables
    variables: dict[str, str]  # what it says of them, by name with $

    @property
    def uses(self) -> tuple[str, ...]:
        """The variables that its options hold, each once."""
        return tuple(dict.fromkeys(one for value in self.options.values() for one in variables.references(value)))


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a unit gets of values with variables; lacks: why it gets none."""

    sensor: Sensor
    options: dict[str, str]
    lacks: str = ""


def of_layer(layer: Layer) -> Template | None:
    """The template that a layer is; None where it has no variables."""
    said = {name: value for name, value in layer.options.items() if variables.is_variable(name)}
    options = variables.templated(layer.options)
    return Template(layer.place, layer.number, options, said) if said or options else None


def every(fleet: Fleet) -> list[Template]:
    """All of them, from the farthest layer to the nearest."""
    order = list(Scope)
    found = [one for layer in fleet.layers.values() if (one := of_layer(layer)) is not None]
    return sorted(found, key=lambda one: (order.index(one.place.scope), one.place.tenant, one.place.name))


def render(fleet: Fleet, sensors: Iterable[Sensor]) -> list[Rendered]:
    """What these units get of options whose values hold variables; those without any are left out."""
    found = []
    for sensor in sensors:
        names = variables.templated({name: origin.value for name, origin in fleet.merged(sensor).items()})
        effective, lacks = fleet.known(sensor)
        if names:
            found.append(Rendered(sensor, {} if lacks else {name: effective[name].value for name in names}, lacks))
    return found
