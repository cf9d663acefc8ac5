"""Files of the catalogues: each under its SHA-256, which is also where units fetch it.

Who was not told of a file cannot ask for it, and what is fetched is checked against the release key's note, whoever
served it.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..durable import sync_folder
from ..errors import QueryError

FOLDER, PARTIAL = "images", ".partial"
NAME = re.compile(r"[0-9a-f]{64}\.(bin|ipk|apk)")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one collector; folder: where they lie."""

    folder: Path

    @classmethod
    def of(cls, home: Path) -> "Files":
        """home: the collector's folder."""
        return cls(home / FOLDER)

    def path(self, name: str) -> Path | None:
        """Where the file of this name lies; None where there is none, or it is none of ours."""
        if not NAME.fullmatch(name):
            return None
        path = self.folder / name
        return path if path.is_file() else None

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
        except OSError as exc:
            raise QueryError(f"{called} cannot be taken in: {exc.strerror}. Free some space or check the disk") from exc
        finally:
            partial.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Take a file out."""
        (self.folder / name).unlink(missing_ok=True)
