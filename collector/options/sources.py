"""Where settings come from: the command line, the environment, the file. The first of them that names one wins."""

import os
import tomllib
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..errors import SettingsError

FILE_NAME = "collector.toml"
PREFIX = "FOOTFALL_"
OF_TESTS = frozenset({"FOOTFALL_LAB", "FOOTFALL_SEED", "FOOTFALL_TORTURE"})  # what the project's own tests are told
OF_COMMANDS = frozenset({"FOOTFALL_CLAIM", "FOOTFALL_DIR", "FOOTFALL_FEED_SECRET", "FOOTFALL_UNIT_PASSWORD"})  # options
NO_SETTINGS = OF_TESTS | OF_COMMANDS


class Source(StrEnum):
    """Who said a value."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Said:
    """A value as somebody gave it, not checked."""

    name: str  # of the setting
    value: object
    source: Source
    place: str  # where a person finds it
    undo: str  # how a person takes it back


@dataclass(frozen=True, slots=True)
class Outside:
    """What is said of settings outside of their file."""

    flags: Mapping[str, str] = field(default_factory=dict)  # setting -> text
    environment: Mapping[str, str] = field(default_factory=dict)  # the process's; only FOOTFALL_ names are looked at

    @classmethod
    def of_process(cls, flags: Mapping[str, str] | None = None) -> "Outside":
        """These flags, and this process's environment."""
        return cls(flags or {}, dict(os.environ))

    def said(self) -> list[Said]:
        """Everything that is said, flags first."""
        given = [
            Said(name, value, Source.FLAG, f"--set {name} on the command line", "leave it away")
            for name, value in self.flags.items()
        ]
        for variable, value in self.environment.items():
            if variable.startswith(PREFIX) and variable not in NO_SETTINGS:
                name = variable.removeprefix(PREFIX).lower()
                place = f"{PREFIX}{name.upper()} in the environment"
                # Other spellings are not ours: two of them could say two things.
                exact = variable == PREFIX + name.upper()
                given.append(
                    Said(
                        name if exact else variable, value, Source.ENVIRONMENT, place if exact else variable, "unset it"
                    )
                )
        return given


def parse_flags(words: Sequence[str]) -> dict[str, str]:
    """The words NAME=VALUE of --set. Raises SettingsError for a word without =, and a name that is given twice."""
    flags: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise SettingsError(f"--set on the command line: NAME=VALUE is wanted, and '{name}' has no value; add one")
        if name in flags:
            raise SettingsError(f"--set {name} on the command line: it is given twice; leave one away")
        flags[name] = value
    return flags


def read_file(folder: Path) -> list[Said]:
    """What the file in `folder` says. Raises SettingsError where it is not there or cannot be read."""
    path = folder / FILE_NAME
    try:
        return of_text(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError as exc:
        raise SettingsError(f"{path} is not there; make a collector's folder with: footfall collector init") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path} cannot be read: {exc}. Mend the file, or give it back to its owner") from exc


def of_text(text: str, path: Path) -> list[Said]:
    """What the text of a settings file says; path: where it stands. Raises SettingsError for what is no TOML."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path} cannot be read: {exc}. Correct that line") from exc
    undo = "delete the line"
    return [Said(name, value, Source.FILE, f"{name} in {path}", undo) for name, value in said.items()]


def first(said: Iterable[Said]) -> dict[str, Said]:
    """The value in force of each setting: what was said first."""
    found: dict[str, Said] = {}
    for one in said:
        found.setdefault(one.name, one)
    return found


def forget(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """Take every setting out of the environment, for this process and its children. Returns the names.

    For commands that make collectors of their own: a database named for the real one is not for them.
    """
    names = sorted(name for name in environment if name.startswith(PREFIX) and name not in NO_SETTINGS)
    for name in names:
        del environment[name]
    return names
