"""The membership: what the collector made of this unit, kept beside its key and laid under the UCI options.

A file `membership` in the folder of the keys, written as UCI. An option that stands in /etc/config/footfall wins: what
root has set by hand, root meant. The file belongs to the agent's user, so it is read with the options' own checks.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from . import durable, uci
from .errors import ConfigError, EnrolmentError

FILE_NAME = "membership"
COLLECTOR_NAME = "collector.pub"
AUTHORITY_NAME, CERTIFICATE_NAME = "ca.crt", "sensor.crt"
TUNNEL_NAME, LOGIN_NAME = "tunnel.conf", "broker.password"
FILE_BYTES_MAX = 4096
OPTIONS = ("name", "tenant", "broker_host", "broker_port", "tls", "enrol_url")  # what it may say of the agent's options


@dataclass(frozen=True, slots=True)
class Membership:
    """The terms on which a unit is let in. tls: on or off; renew_ms and ends_ms: of its certificate, UTC, 0 = none."""

    name: str
    tenant: str
    site: str
    broker_host: str
    broker_port: int
    enrol_url: str
    tls: str = "off"
    renew_ms: int = 0
    ends_ms: int = 0


def options(folder: Path) -> dict[str, str]:
    """What lies under the UCI options: those of OPTIONS that the file names; none where there is no readable file."""
    return {name: said for name, said in _read(folder).items() if name in OPTIONS}


def read(folder: Path) -> Membership | None:
    """The membership, or None: the unit is not enrolled, or its file is damaged, which enrolling again mends."""
    said = _read(folder)
    try:
        values = {field.name: int(said[field.name]) if field.type is int else said[field.name] for field in _FIELDS}
    except (KeyError, ValueError):
        return None
    return Membership(**values)  # type: ignore[arg-type] # the names and kinds are its own


def is_member(folder: Path) -> bool:
    """Whether the unit has all that it was given when it was let in."""
    return read(folder) is not None and (folder / COLLECTOR_NAME).exists()


def write(folder: Path, terms: Membership, beside: Mapping[str, bytes]) -> None:
    """Keep the terms and the files that go with them; the terms last, so that they are never there without.

    Raises EnrolmentError.
    """
    text = uci.render([uci.Section(FILE_NAME, "", {name: str(value) for name, value in asdict(terms).items()})])
    keep(folder, {**beside, FILE_NAME: text.encode()})


def keep(folder: Path, files: Mapping[str, bytes]) -> None:
    """Keep these files in this order. Raises EnrolmentError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, raw in files.items():
            _replace(folder, name, raw)
    except OSError as exc:
        raise EnrolmentError(f"{folder} cannot be written: {exc.strerror}. Is the flash full? Try: df -h") from exc


def give_away(path: Path) -> None:
    """What root has made in the folder belongs to the folder's owner: the agent must read it."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


_FIELDS = fields(Membership)


def _read(folder: Path) -> dict[str, str]:
    try:
        with (folder / FILE_NAME).open("rb") as file:
            sections = uci.parse(file.read(FILE_BYTES_MAX).decode())
    except (OSError, UnicodeDecodeError, ConfigError):
        return {}
    return {name: said for section in sections[:1] for name, said in section.options.items() if isinstance(said, str)}


def _replace(folder: Path, name: str, raw: bytes) -> None:
    """Whole or absent after a power cut; flash is spared where nothing changed."""
    path = folder / name
    with suppress(FileNotFoundError):
        if path.read_bytes() == raw:
            return
    durable.replace(path, raw, 0o600, give_away)
