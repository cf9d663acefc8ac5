"""The unit's own file: the UCI file that a technician writes, and what the unit's membership adds to it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from . import membership, uci
from .config import OPTIONS, Config, from_options
from .errors import ConfigError

SECTION_TYPE = "sensor"
DEFAULT_PATH = Path("/etc/config/footfall")


def load(path: Path = DEFAULT_PATH, given: Mapping[str, str] = MappingProxyType({})) -> Config:
    """The configuration in a UCI file; `given` wins over it. Raises ConfigError."""
    return checked(path, {**read(path), **given})


def checked(path: Path, options: Mapping[str, "str | tuple[str, ...]"]) -> Config:
    """The configuration in options that were read from `path`. Raises ConfigError."""
    try:
        return from_options(options)
    except ConfigError as exc:
        raise ConfigError(f"{path}: {exc}") from exc


def read(path: Path = DEFAULT_PATH) -> "dict[str, str | tuple[str, ...]]":
    """The options in a UCI file, of its only section of type `sensor`, and under them those of the unit's membership.

    Unchecked. Raises ConfigError.
    """
    try:
        sections = uci.parse(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"cannot read {path}: {exc.strerror}. Name another with --config") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} is no UCI file: it is not text; write it anew") from exc
    except ConfigError as exc:
        raise ConfigError(f"{path}: {exc}") from exc
    found = [section for section in sections if section.type == SECTION_TYPE]
    if len(found) != 1:
        raise ConfigError(f"{path}: one section 'config {SECTION_TYPE}' is wanted, {len(found)} are there")
    return _with_membership(found[0].options)


def _with_membership(options: "dict[str, str | tuple[str, ...]]") -> "dict[str, str | tuple[str, ...]]":
    """The options, and under them what the collector said when it let this unit in."""
    folder = options.get("state_dir", OPTIONS["state_dir"].default)
    if not isinstance(folder, str):
        return options
    said = membership.options(Path(folder))
    return {**said, **{name: value for name, value in options.items() if value or name not in said}}


def render(config: Config) -> str:
    """The UCI text of a configuration: `load` gives it back."""
    options: dict[str, str | tuple[str, ...]] = {name: str(getattr(config, name)) for name in OPTIONS}
    return uci.render([uci.Section(SECTION_TYPE, "main", options)])
