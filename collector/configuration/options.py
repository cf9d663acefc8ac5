"""Options as people type them, checked by the sensor's own table: nothing of it is spelled again here."""

from collections.abc import Iterable, Mapping

from footfall_sensor import settings
from footfall_sensor.config import OPTIONS
from footfall_sensor.errors import ConfigError
from footfall_sensor.settings import OWN, PUSHABLE

from ..errors import QueryError
from . import variables


def parse(words: Iterable[str]) -> dict[str, str]:
    """`option=value` words as a map. Raises QueryError for another form, and for an unknown option."""
    return {known(name): value for name, value in pairs(words).items()}


def pairs(words: Iterable[str]) -> dict[str, str]:
    """`name=value` words as a map. Raises QueryError for another form."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise QueryError(f"'{word}': name=value is wanted, such as window_s=60")
        found[name] = " ".join(value.split())
    return found


def known(name: str) -> str:
    """`name`, if a collector may set it, or if it is a variable's. Raises QueryError."""
    if variables.is_variable(name):
        return variables.checked(name)
    if name not in OPTIONS:
        raise QueryError(f"option {name}: unknown. Known are: {', '.join(sorted(PUSHABLE))}")
    if name not in PUSHABLE:
        raise QueryError(f"option {name}: set on the unit only; {OWN.get(name, 'no collector may set it')}")
    return name


def check(options: Mapping[str, str], whose: str) -> None:
    """Raise QueryError naming the option that a sensor with no options of its own would refuse; whose: for the text."""
    try:
        settings.check(options, {"name": "any"})
    except ConfigError as exc:
        raise QueryError(f"{exc} (on {whose})") from exc


def default(name: str) -> str:
    """What an option is where nobody sets it."""
    return str(OPTIONS[name].default)
