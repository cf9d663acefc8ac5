"""<state_dir>/settings.json: the collector's options on flash, whole or as before after a power cut.

A push costs three writes (taken, tried, kept), a start without one none.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import durable
from .errors import ConfigError, Malformed
from .settings import State
from .wire import body
from .wire.settings import VERSION_MAX, Configuration, Result, options

NAME = "settings.json"
MODE = 0o600
FILE_BYTES_MAX = 64 * 1024
COUNT_MAX = 1 << 53


class SettingsFile:
    """The file in one folder. `fault` says what was wrong with it, "" = nothing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.fault = ""

    def load(self) -> State:
        """What was written last; where nothing can be read, the unit's own file holds alone."""
        self.fault = ""
        try:
            with self.path.open("rb") as file:
                return _state(json.loads(file.read(FILE_BYTES_MAX)))
        except FileNotFoundError:
            return State()
        except (OSError, ValueError, Malformed) as exc:  # JSON's and UTF-8's errors are ValueErrors
            self.fault = (
                f"{self.path} cannot be read: {exc}. The unit's own options hold until the collector sends again"
            )
            return State()

    def save(self, before: State, after: State) -> State:
        """Write `after` if it differs; returns it with the write counted. Raises ConfigError."""
        if after == before:
            return before
        counted = replace(after, writes=min(before.writes + 1, COUNT_MAX))
        try:
            durable.replace(self.path, json.dumps(_said(counted), indent=1).encode(), MODE)
        except OSError as exc:
            raise ConfigError(f"cannot write {self.path}: {exc.strerror}. Is the flash full or read-only?") from exc
        return counted


def _said(state: State) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "current": state.current and state.current.fields(),
        "pending": state.pending and state.pending.fields(),
        "starts": state.starts,
        "tightened": dict(state.tightened),
        "last": state.last and {name: value for name, value in state.last.fields().items() if value is not None},
        "floors": dict(state.floors),
        "writes": state.writes,
    }
    return fields


def _state(said: object) -> State:
    if not isinstance(said, dict):
        raise Malformed("a JSON object is wanted")
    got: Mapping[str, Any] = said
    return State(
        current=_read(got, "current"),
        pending=_read(got, "pending"),
        starts=body.integer(got, "starts", 0, COUNT_MAX, 0),
        tightened=options(got, "tightened"),
        last=Result.read(_map(got, "last")) if got.get("last") is not None else None,
        floors=body.counts(got, "floors"),
        writes=body.integer(got, "writes", 0, VERSION_MAX, 0),
    )


def _read(got: Mapping[str, Any], name: str) -> Configuration | None:
    return Configuration.read(_map(got, name)) if got.get(name) is not None else None


def _map(got: Mapping[str, Any], name: str) -> body.Fields:
    if not isinstance(got[name], dict):
        raise Malformed(f"{name}: an object is wanted")
    return got[name]  # type: ignore[no-any-return]
