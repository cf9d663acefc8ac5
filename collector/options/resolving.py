"""From what was said to the settings in force: checked as a whole, before anything is done."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import SettingsError
from .forms import WANTED, loopback
from .settings import Settings
from .sources import Outside, Said, Source, first, read_file

# May hold a password, if only by mistake: never quoted.
SECRET = frozenset({"database_url", "store_url", "broker_reload", "wireguard_reload", "smtp_url"})
NOT_OPEN = "it would show the numbers to everybody who reaches this machine; set http_host to 127.0.0.1"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings in force, and who said each; what nobody said has its default."""

    settings: Settings
    said: Mapping[str, Said]


def load(folder: Path, outside: Outside | None = None) -> Settings:
    """The settings in force for `folder`; outside: beside its file, None = this process's environment.

    Raises SettingsError naming each setting that is wrong.
    """
    return resolve(folder, outside).settings


def resolve(folder: Path, outside: Outside | None = None) -> Resolved:
    """The same, with who said each. Raises SettingsError."""
    return made([*(outside or Outside.of_process()).said(), *read_file(folder)])


def made(said: Iterable[Said]) -> Resolved:
    """Settings of what was said, the first of each name in force. Raises SettingsError with a sentence a fault."""
    given = list(said)
    unknown = [_unknown(one) for one in given if one.name not in Settings.model_fields]
    if unknown:
        raise SettingsError(". ".join(unknown))
    force = first(given)
    try:
        chosen = Settings(**{name: one.value for name, one in force.items()})
    except ValidationError as exc:
        wrong = dict.fromkeys(str(fault["loc"][0]) for fault in exc.errors(include_input=False))
        raise SettingsError(". ".join(_wrong(force[name]) for name in wrong)) from None  # it would quote a password
    if chosen.open_page and not loopback(chosen.http_host):
        raise SettingsError(f"{force['open_page'].place}: {NOT_OPEN}, or {force['open_page'].undo}")
    if fault := _of_a_cluster(chosen):
        raise SettingsError(f"{force['nats_nodes'].place}: {fault}, or {force['nats_nodes'].undo}")
    return Resolved(chosen, force)


def of_options(values: Mapping[str, object]) -> list[Said]:
    """What a command's own options say of settings."""
    return [Said(name, value, Source.FLAG, name, "leave the option away") for name, value in values.items()]


def wanted(name: str) -> str:
    """What a setting's value has to be, as a person reads it."""
    field = Settings.model_fields[name]
    if name in WANTED:
        return WANTED[name]
    if field.annotation is bool:
        return "true or false is wanted"
    if field.annotation is int:
        low, high = (_bound(field.metadata, side) for side in ("ge", "le"))
        return f"a whole number from {low} {'up' if high is None else f'to {high}'} is wanted"
    return "a text is wanted"


def _of_a_cluster(chosen: Settings) -> str:
    """What of the other settings a NATS cluster cannot go with, and what to do about it."""
    if not chosen.nodes:
        return ""
    if not chosen.broker_tls:
        return "a cluster takes nobody without a certificate; set broker_tls to true"
    if chosen.workers and chosen.workers_share != "topic":
        return "a cluster has no shared subscriptions; set workers_share to topic"
    return ""


def _unknown(one: Said) -> str:
    near = difflib.get_close_matches(one.name.lower().removeprefix("footfall_"), Settings.model_fields, 1)
    if one.source is Source.ENVIRONMENT:
        near = [f"FOOTFALL_{name.upper()}" for name in near]
    hint = f"did you mean {near[0]}? Rename it" if near else "docs/config.md has those there are. Correct it"
    return f"{one.place}: there is no such setting; {hint}, or {one.undo}"


def _wrong(one: Said) -> str:
    says = "" if one.name in SECRET else f"'{one.value}' will not do: "
    return f"{one.place}: {says}{wanted(one.name)}; correct it, or {one.undo}"


def _bound(metadata: Iterable[Any], side: str) -> int | None:
    return next((getattr(one, side) for one in metadata if hasattr(one, side)), None)
