"""What a start runs with: the unit's own file, and what the collector's options make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import config, settings
from .config import Config
from .errors import ConfigError
from .settings import State
from .settings_file import SettingsFile


@dataclass(frozen=True, slots=True)
class Startup:
    """The configuration that holds, and where each half of it comes from."""

    config: Config
    own: Mapping[str, "str | tuple[str, ...]"]  # options of the unit's own file
    file: SettingsFile
    state: State


def look(path: Path) -> Startup:
    """What a start would run with now; nothing is written. Raises ConfigError where the unit's own file will not do."""
    file = SettingsFile(Path(config.load(path).state_dir))
    own = config.read(path)
    state = file.load()
    return Startup(settings.settled(state, own)[1], own, file, state)


def begin(path: Path) -> Startup:
    """The same for a start, which counts: a configuration on probation has only so many. Raises ConfigError."""
    seen = look(path)
    state, chosen = settings.settled(settings.started(seen.state), seen.own)
    try:
        return Startup(chosen, seen.own, seen.file, seen.file.save(seen.state, state))
    except ConfigError as exc:  # what cannot be counted is not tried
        state, chosen = settings.settled(settings.reverted(seen.state, str(exc)), seen.own)
        return Startup(chosen, seen.own, seen.file, state)
