"""The catalogue of images: a row each in the registry, and the file itself in the collector's folder.

Its file is one of `files`; what is fetched is checked against the release key's note whoever served it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, delete, insert, select

from footfall_sensor.errors import Malformed
from footfall_sensor.wire.image import Image, ImageOffer

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from .files import Files, check_unused

SUFFIX = ".bin"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An image of the catalogue, with the release key's word for it."""

    name: str
    image: Image
    key_id: bytes
    signature: bytes
    recovery: Mapping[str, str] = field(default_factory=dict)  # by board: what brings a unit back that does not start
    actor: str = ""
    added_ms: int = 0

    @property
    def file(self) -> str:
        """The name of its file, in the folder and where units fetch it."""
        return f"{self.image.sha256.hex()}{SUFFIX}"

    def offer(self, url: str) -> ImageOffer:
        """What a unit is told; url: of the folder where it can be fetched. Raises QueryError."""
        made = ImageOffer(self.image, self.key_id, self.signature, f"{url.rstrip('/')}/{self.file}")
        try:
            return ImageOffer.read(made.fields())
        except Malformed as exc:
            raise QueryError(f"{self.name}: {exc}") from exc

    def as_json(self) -> dict[str, object]:
        """For --json and the API."""
        said: dict[str, object] = {"name": self.name, "boards": list(self.image.boards), "version": self.image.version}
        said |= {"compat": self.image.compat, "older": self.image.older, "size": self.image.size}
        said |= {"sha256": self.image.sha256.hex(), "key": self.key_id.hex(), "recovery": dict(self.recovery)}
        return said | {"by": self.actor, "added_ms": self.added_ms}


class Catalogue:
    """The images of one collector."""

    def __init__(self, engine: Engine, files: Files) -> None:
        self._engine = engine
        self._files = files

    def add(self, entry: Entry, source: BinaryIO, actor: str, now_ms: int) -> Entry:
        """Take an image in; its file is copied, and must be what the note says. Raises QueryError."""
        if not NAME.fullmatch(entry.name):
            raise QueryError(f"'{entry.name[:64]}': a name has 1 to 64 letters, digits, dots, - and _; rename the file")
        if any(one.name == entry.name for one in self.all()):
            raise QueryError(f"there is an image {entry.name} already; give this one another --name")
        self._files.put(entry.file, entry.image.sha256, source, entry.name)
        row: dict[str, object] = {"name": entry.name, "note": entry.image.note().decode(), "key_id": entry.key_id}
        row |= {"signature": entry.signature, "recovery": json.dumps(dict(entry.recovery))}
        row |= {"actor": actor, "added_ms": now_ms}
        says = f"{entry.image.version} for {' '.join(entry.image.boards)}, sha256 {entry.image.sha256.hex()}"
        with writing(self._engine).begin() as connection:
            connection.execute(insert(schema.images).values(row))
            audit.append(connection, Event(actor, "add", f"image {entry.name}", says), now_ms)
        return self.one(entry.name)

    def all(self) -> list[Entry]:
        """Every image by name."""
        with self._engine.begin() as connection:
            return read(connection)

    def one(self, name: str) -> Entry:
        """The image of this name. Raises QueryError."""
        return find(self.all(), name)

    def remove(self, name: str, actor: str, now_ms: int, used: Mapping[str, int] | None = None) -> None:
        """Take an image out, and its file where no other one has it; used: campaigns by sha256. Raises QueryError."""
        entry = self.one(name)
        check_unused(used or {}, entry.image.sha256, name)
        with writing(self._engine).begin() as connection:
            connection.execute(delete(schema.images).where(schema.images.c.name == name))
            audit.append(connection, Event(actor, "remove", f"image {name}", entry.image.version), now_ms)
            left = read(connection)
        if all(one.file != entry.file for one in left):
            self._files.remove(entry.file)

    def has(self, entry: Entry) -> bool:
        """Whether its file is there."""
        return self._files.has(entry.file)

    def path(self, file: str) -> Path | None:
        """Where the file of this name lies; None where there is none, or it is no image's."""
        return self._files.path(file)


def usual_name(image: Image) -> str:
    """What an image is called where nobody says: its first board without the vendor, and its version."""
    return f"{image.boards[0].partition(',')[2]}-{image.version}"


def find(entries: list[Entry], name: str) -> Entry:
    """The image of this name among them. Raises QueryError naming those that are there."""
    for one in entries:
        if one.name == name:
            return one
    there = ", ".join(one.name for one in entries) or "none yet"
    raise QueryError(f"there is no image '{name}'; there are: {there}. footfall fleet image add takes one in")


def read(connection: Connection) -> list[Entry]:
    """Every image by name, as a transaction sees them."""
    return [_entry(row) for row in connection.execute(select(schema.images).order_by(schema.images.c.name))]


def _entry(row: Any) -> Entry:
    image = Image.of_note(row.note.encode())
    return Entry(row.name, image, row.key_id, row.signature, json.loads(row.recovery), row.actor, row.added_ms)
