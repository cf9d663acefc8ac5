"""What a start runs with: the unit's own file, and what the collector's options make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import config_file, settings
from .config import Config
from .errors import ConfigError
from .settings import State
from .settings_file import SettingsFile

Options = Mapping[str, "str | tuple[str, ...]"]


@dataclass(frozen=True, slots=True)
class Startup:
    """The configuration that holds, and where each half of it comes from."""

    config: Config
    own: Options  # options of the unit's own file
    file: SettingsFile
    state: State


def look(path: Path) -> Startup:
    """What a start would run with now; nothing is written. Raises ConfigError where the unit's own file will not do."""
    own, file, state = _read(path)
    return Startup(settings.settled(state, own)[1], own, file, state)


def begin(path: Path) -> Startup:
    """The same for a start, which counts: a configuration on probation has only so many. Raises ConfigError."""
    own, file, before = _read(path)
    state, chosen = settings.settled(settings.started(before), own)
    try:
        return Startup(chosen, own, file, file.save(before, state))
    except ConfigError as exc:  # what cannot be counted is not tried
        state, chosen = settings.settled(settings.reverted(before, str(exc)), own)
        return Startup(chosen, own, file, state)


def _read(path: Path) -> tuple[Options, SettingsFile, State]:
    own = config_file.read(path)
    file = SettingsFile(Path(config_file.checked(path, own).state_dir))
    return own, file, file.load()
