"""A firmware image in a file: read, told apart, and judged whole."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from . import factory, metadata
from .errors import BadImage
from .factory import Factory
from .metadata import Sysupgrade


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image and what it says of itself."""

    path: Path
    content: bytes
    sha256: str
    says: Factory | Sysupgrade

    @property
    def kind(self) -> str:
        """The factory or sysupgrade image."""
        return "sysupgrade" if isinstance(self.says, Sysupgrade) else "factory"

    def as_json(self) -> dict[str, object]:
        """For --json."""
        said = self.says
        names = said.boards if isinstance(said, Sysupgrade) else [f"{one.model} {one.version}" for one in said.supports]
        return {
            "path": str(self.path),
            "kind": self.kind,
            "sha256": self.sha256,
            "size": len(self.content),
            "for": list(dict.fromkeys(names)),
        }


def read(path: Path, sha256: str | None = None) -> ImageFile:
    """Read an image; `sha256` is what it must be. Raises BadImage with its name and what is wrong."""
    try:
        with path.open("rb") as file:
            content = file.read(factory.SIZE_MAX + 1)
    except OSError as exc:
        raise BadImage(f"{path} cannot be read: {exc.strerror}; is it the file that is meant?") from exc
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and sha256.strip().lower() != digest:
        raise BadImage(f"{path} has another checksum than --sha256: it is not the file that was meant, or was damaged")
    try:
        says: Factory | Sysupgrade | None
        says = factory.parse(content) if factory.looks_like(content) else metadata.parse(content)
    except BadImage as exc:
        raise BadImage(f"{path}: {exc.message}") from exc
    if says is None:
        raise BadImage(
            f"{path}: neither a factory image of TP-Link's boot loaders nor a sysupgrade image with OpenWrt's "
            "metadata. Take ...-squashfs-factory.bin or ...-squashfs-sysupgrade.bin"
        )
    return ImageFile(path, content, digest, says)
