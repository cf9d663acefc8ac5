"""docs/config.md: every option of a sensor and every setting of a collector, from their tables."""

from dataclasses import Field

from collector.settings import Settings
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

Written by `footfall collector init`; an unknown or impossible setting is named and the collector does not start.

| setting | default | what it is |
|---|---|---|
"""


def render() -> str:
    """The page."""
    rows = [
        f"| {name} | {_shown(option.default)} | {_range(option)} | {_pushable(name)} | {option.metadata['help']} |"
        for name, option in config.OPTIONS.items()
    ]
    settings = [
        f"| {name} | {_shown(field.default)} | {field.description} |" for name, field in Settings.model_fields.items()
    ]
    return HEAD + "\n".join(rows) + "\n" + COLLECTOR + "\n".join(settings) + "\n"


def _pushable(name: str) -> str:
    return "yes" if name in PUSHABLE else f"no: {OWN.get(name, 'it is for the unit alone')}"


def _shown(value: object) -> str:
    return f"`{value}`" if value != "" else ""


def _range(option: "Field[object]") -> str:
    metadata = option.metadata
    if metadata["match"]:
        return f"`{metadata['match']}`".replace("|", "\\|")
    return f"{metadata['low']} to {metadata['high']}"
