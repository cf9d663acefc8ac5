"""docs/config.md: every option of a sensor and every setting of a collector, from their tables."""

from dataclasses import Field

from collector.options.resolving import wanted
from collector.options.settings import Settings
from collector.options.sources import PREFIX
from footfall_sensor import config
from footfall_sensor.settings import OWN, PUSHABLE

HEAD = """# Configuration

Made from the tables in the code by `make docs`.

## A sensor: /etc/config/footfall

One section `config sensor`. An option that is unknown, or out of its range, is named and the agent does not start.

The column "collector" says whether a collector may set it for a fleet, see [configuration.md](configuration.md).

| option | default | range | collector | what it is |
|---|---|---|---|---|
"""
COLLECTOR = """
## A collector: collector.toml in its folder

Written by `footfall collector init`; an unknown or impossible setting is named and the collector does not start. Each
can be said by the environment too, and for one command by `--set NAME=VALUE`. The flag wins over the environment,
and that over the file ([operator.md](operator.md#settings)). `serve --explain` shows what is in force.

| setting | environment | default | what is wanted | what it is |
|---|---|---|---|---|
"""


def render() -> str:
    """The page."""
    rows = [
        f"| {name} | {_shown(option.default)} | {_range(option)} | {_pushable(name)} | {option.metadata['help']} |"
        for name, option in config.OPTIONS.items()
    ]
    settings = [
        f"| {name} | `{PREFIX}{name.upper()}` | {_shown(field.default)} | {_wanted(name)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return HEAD + "\n".join(rows) + "\n" + COLLECTOR + "\n".join(settings) + "\n"


def _pushable(name: str) -> str:
    return "yes" if name in PUSHABLE else f"no: {OWN.get(name, 'it is for the unit alone')}"


def _wanted(name: str) -> str:
    return wanted(name).replace(" is wanted", "").replace(" are wanted", "")


def _shown(value: object) -> str:
    return f"`{value}`" if value != "" else ""


def _range(option: "Field[object]") -> str:
    metadata = option.metadata
    if metadata["match"]:
        return f"`{metadata['match']}`".replace("|", "\\|")
    return f"{metadata['low']} to {metadata['high']}"
