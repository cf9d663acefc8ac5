"""Files of the catalogues: each under its SHA-256, which is also where units fetch it.

Who was not told of a file cannot ask for it, and what is fetched is checked against the release key's note, whoever
served it. Where collectors share an object store, a file lies there, too: what was taken in elsewhere is copied from it
when it is asked for.
"""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ..durable import sync_folder
from ..errors import QueryError

FOLDER, PARTIAL = "images", ".partial"
NAME = re.compile(r"[0-9a-f]{64}\.(bin|ipk|apk)")
_CHUNK = 1 << 20


class Shared(Protocol):
    """What several collectors share. Raises StoreError where it does not answer."""

    def look(self, name: str) -> object | None:
        """Whether a file is there."""

    def fetch(self, name: str, path: Path) -> None:
        """Copy it to a local path. Raises FileNotFoundError."""

    def put(self, path: Path, name: str) -> None:
        """Put a local file there."""

    def discard(self, names: Sequence[str]) -> int:
        """Take files away."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one collector; folder: where they lie, shared: where others take theirs from, if anywhere."""

    folder: Path
    shared: Shared | None = None

    def path(self, name: str) -> Path | None:
        """Where the file of this name lies; None where there is none, or it is none of ours. Raises StoreError."""
        if not NAME.fullmatch(name):
            return None
        path = self.folder / name
        if not path.is_file() and self.shared is not None:
            self._copy(self.shared, name)
        return path if path.is_file() else None

    def has(self, name: str) -> bool:
        """Whether the file is there, without a copy of it. Raises StoreError."""
        there = (self.folder / name).is_file()
        return there or (self.shared is not None and self.shared.look(name) is not None)

    def put(self, name: str, sha256: bytes, source: BinaryIO, called: str) -> None:
        """Take in what `source` holds, which must have this hash; called: what people call it. Raises QueryError."""
        final = self.folder / name
        partial = final.with_name(f"{name}.{os.urandom(4).hex()}{PARTIAL}")
        digest = hashlib.sha256()
        try:
            self.folder.mkdir(exist_ok=True, mode=0o700)
            with partial.open("wb") as file:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if digest.digest() != sha256:
                raise QueryError(f"{called} is not the file that was signed: footfall device release it again")
            partial.rename(final)
            sync_folder(self.folder)
            if self.shared is not None:
                self.shared.put(final, name)
        except OSError as exc:
            raise QueryError(f"{called} cannot be taken in: {exc.strerror}. Free some space or check the disk") from exc
        finally:
            partial.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Take a file out."""
        (self.folder / name).unlink(missing_ok=True)
        if self.shared is not None:
            self.shared.discard([name])

    def _copy(self, shared: Shared, name: str) -> None:
        """Have a copy of what is there; one that is not what its name says is none."""
        self.folder.mkdir(exist_ok=True, mode=0o700)
        partial = self.folder / f"{name}.{os.urandom(4).hex()}{PARTIAL}"
        try:
            shared.fetch(name, partial)
            with partial.open("rb") as file:
                whole = hashlib.file_digest(file, "sha256").hexdigest() == name.partition(".")[0]
            if whole:
                partial.rename(self.folder / name)
        except FileNotFoundError:
            return
        finally:
            partial.unlink(missing_ok=True)


def check_unused(used: Mapping[str, int], sha256: bytes, name: str) -> None:
    """Raise QueryError where a campaign rolls a file out. used: campaigns by their files' hashes in hex."""
    campaign = used.get(sha256.hex())
    if campaign is not None:
        raise QueryError(f"campaign {campaign} rolls {name} out; footfall fleet campaign cancel {campaign} ends it")
