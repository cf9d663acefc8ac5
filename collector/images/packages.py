"""The catalogue of packages of the agent: a row each in the registry, and the file beside those of images."""

from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, delete, insert, select

from footfall_sensor import keys
from footfall_sensor.errors import Malformed
from footfall_sensor.wire.release import FORMS, HASH_BYTES, PACKAGES, SIZE_MAX, VERSION, Offer, Release

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from .files import Files, check_unused
from .vouched import Word

NOTE_BYTES_MAX = 1024


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """A package of the catalogue, with the release key's word for it."""

    release: Release
    word: Word
    actor: str = ""
    added_ms: int = 0

    @property
    def name(self) -> str:
        """What it is called: as OpenWrt's feeds call such a file."""
        return f"{self.release.package}-{self.release.version}.{self.release.form}"

    @property
    def file(self) -> str:
        """The name of its file, in the folder and where units fetch it."""
        return f"{self.release.sha256.hex()}.{self.release.form}"

    def offer(self, url: str) -> Offer:
        """What a unit is told; url: of the folder where it can be fetched. Raises QueryError."""
        made = Offer(self.release, self.word.key_id, self.word.signature, f"{url.rstrip('/')}/{self.file}")
        try:
            return Offer.read(made.fields())
        except Malformed as exc:
            raise QueryError(f"{self.name}: {exc}") from exc

    def as_json(self) -> dict[str, object]:
        """For --json and the API."""
        release = self.release
        said: dict[str, object] = {"name": self.name, "package": release.package, "version": release.version}
        said |= {"form": release.form, "size": release.size, "sha256": release.sha256.hex()}
        return said | {"key": self.word.key_id.hex(), "by": self.actor, "added_ms": self.added_ms}


def read_note(note: bytes) -> Release:
    """The release in a note. Raises QueryError."""
    lines = note[:NOTE_BYTES_MAX].decode("ascii", "replace").splitlines()
    said = dict(line.partition(" ")[::2] for line in lines[1:])
    try:
        size, sha256 = int(said.get("size", "")), bytes.fromhex(said.get("sha256", ""))
        made = Release(said.get("package", ""), said.get("version", ""), said.get("form", ""), size, sha256)
    except ValueError:
        raise QueryError("it is no note of a package; `footfall device release` writes one") from None
    known = made.package in PACKAGES and made.form in FORMS and VERSION.fullmatch(made.version)
    if not known or not 0 < size <= SIZE_MAX or len(sha256) != HASH_BYTES or made.note() != note:
        raise QueryError("it is no note of a package of this agent; `footfall device release` writes one")
    return made


class Packages:
    """The packages of one collector."""

    def __init__(self, engine: Engine, files: Files) -> None:
        self._engine = engine
        self._files = files

    def add(self, word: Word, source: BinaryIO, public: keys.PublicKey, actor: str, now_ms: int) -> PackageEntry:
        """Take a package in that `public` vouches for. Raises QueryError."""
        entry = PackageEntry(read_note(word.note), word, actor, now_ms)
        word.check(public, entry.name)
        if any(one.name == entry.name for one in self.all()):
            raise QueryError(f"there is a {entry.name} already: a version is released once; give it a higher one")
        self._files.put(entry.file, entry.release.sha256, source, entry.name)
        row: dict[str, object] = {"name": entry.name, "note": word.note.decode(), "key_id": word.key_id}
        row |= {"signature": word.signature, "actor": actor, "added_ms": now_ms}
        with writing(self._engine).begin() as connection:
            connection.execute(insert(schema.packages).values(row))
            says = f"sha256 {entry.release.sha256.hex()}"
            audit.append(connection, Event(actor, "add", f"package {entry.name}", says), now_ms)
        return entry

    def all(self) -> list[PackageEntry]:
        """Every package, by package and form, the newest version first."""
        with self._engine.begin() as connection:
            found = _read(connection)
        return sorted(found, key=lambda one: (one.release.package, one.release.form, [-n for n in one.release.number]))

    def one(self, name: str) -> PackageEntry:
        """The package of this name. Raises QueryError."""
        return find(self.all(), name)

    def has(self, entry: PackageEntry) -> bool:
        """Whether its file is here."""
        return self._files.has(entry.file)

    def remove(self, name: str, actor: str, now_ms: int, used: dict[str, int]) -> None:
        """Take a package out, and its file; used: campaigns by sha256. Raises QueryError."""
        entry = self.one(name)
        check_unused(used, entry.release.sha256, name)
        with writing(self._engine).begin() as connection:
            connection.execute(delete(schema.packages).where(schema.packages.c.name == name))
            audit.append(connection, Event(actor, "remove", f"package {name}", entry.release.sha256.hex()), now_ms)
        self._files.remove(entry.file)


def find(entries: list[PackageEntry], name: str) -> PackageEntry:
    """The package of this name among them. Raises QueryError naming those that are there."""
    for one in entries:
        if one.name == name:
            return one
    there = ", ".join(one.name for one in entries) or "none yet"
    raise QueryError(f"there is no package '{name[:64]}'; there are: {there}. footfall fleet package add takes one in")


def older(entries: list[PackageEntry], entry: PackageEntry) -> list[PackageEntry]:
    """Those that units may go back to from this one, the newest of each version of the agent."""
    found: dict[str, PackageEntry] = {}
    for one in entries:
        same = (one.release.package, one.release.form) == (entry.release.package, entry.release.form)
        if same and one.release.number < entry.release.number and one.release.agent != entry.release.agent:
            found.setdefault(one.release.agent, one)
    return list(found.values())


def _read(connection: Connection) -> list[PackageEntry]:
    return [_entry(row) for row in connection.execute(select(schema.packages))]


def _entry(row: Any) -> PackageEntry:
    note = row.note.encode()
    return PackageEntry(read_note(note), Word(note, row.key_id, row.signature), row.actor, row.added_ms)
