"""Vouching for a whole image, so that units write it from afar: what it is, judged by the catalogue of units."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from footfall_sensor import keys, signing
from footfall_sensor.errors import SensorError
from footfall_sensor.wire.image import BOARDS_MAX, NOTE_BYTES_MAX, Image, version_of

from . import images, index, units
from .errors import BadImage
from .metadata import Sysupgrade
from .units import Method, Unit

SUFFIXES = (".bin", ".img", ".itb")  # of OpenWrt's sysupgrade images
_ORDERED = "images of a release have an order, those of a snapshot have none, and going back must show"


@dataclass(frozen=True, slots=True)
class Vouched:
    """An image with the release key's word for it, and what brings its units back, by board."""

    image: Image
    key_id: bytes
    signature: bytes
    recovery: dict[str, str]


def read(path: Path, build: str = "", older: bool = False) -> Image:
    """What an image is; build: the number in its /etc/footfall-image. Raises BadImage with the reason and a remedy."""
    found = images.read(path)
    said = found.says
    if not isinstance(said, Sysupgrade):
        raise BadImage(
            f"{path}: this is a factory image, for boot loaders and stock pages; a running unit would refuse it. Take "
            "...-squashfs-sysupgrade.bin of the same build"
        )
    known = _known(path, said)
    for board, unit in known.items():
        if unit.image_kib and said.payload > unit.image_kib << 10:
            raise BadImage(
                f"{path}: {said.payload} bytes, and {unit.name} ({board}) has room for {unit.image_kib << 10}. "
                "Build it with fewer packages: footfall device image --without NAME"
            )
    version = version_of(said.release, said.revision, build)
    if not version:
        raise BadImage(
            f"{path}: its version is '{said.release} {said.revision}': {_ORDERED}. Build it from a release of OpenWrt"
        )
    return Image(tuple(known), version, said.compat_version, older, len(found.content), bytes.fromhex(found.sha256))


def sign(path: Path, image: Image, key: keys.SecretKey) -> Path:
    """Write the note and its signature beside an image. Raises ToolError."""
    _beside(path, ".note").write_bytes(image.note())
    signature = _beside(path, ".sig")
    signature.write_text(index.sign(key, image.note()), encoding="ascii")
    return signature


def vouched(path: Path, public: keys.PublicKey | None = None, boards: Iterable[str] = ()) -> Vouched:
    """An image as it was signed; public: checks the signature; boards: those that it must be for.

    Raises BadImage with the reason and a remedy.
    """
    again = f"footfall device release {path.name} --key release.sec vouches for it"
    try:
        note = _beside(path, ".note").read_bytes()[: NOTE_BYTES_MAX + 1]
        text = _beside(path, ".sig").read_text(encoding="ascii")
        image, signature = Image.of_note(note), keys.parse_signature(text)
        if public is not None:
            signing.backend().verify(public, note, signature)
    except OSError as exc:
        raise BadImage(f"{exc.filename}: {exc.strerror}. {again}") from exc
    except (SensorError, UnicodeDecodeError) as exc:
        raise BadImage(f"{path}: {exc}. {again}") from exc
    if read(path, image.version.rpartition("-r")[2].partition(".")[2], image.older) != image:
        raise BadImage(f"{path}: the note beside it is of another image. {again}")
    for board in boards:
        if board.replace("_", ",", 1) not in image.boards:
            raise BadImage(
                f"{path}: it is for {', '.join(image.boards)}, not for {board}. Take the image of that board"
            )
    return Vouched(image, key_id(text), signature, recovery(image.boards))


def recovery(boards: Iterable[str]) -> dict[str, str]:
    """What brings a unit back that does not start, by board, in words for whoever fetches the ladder."""
    return {board: _way_back(unit) for board in boards if (unit := _unit(board)) is not None}


def _known(path: Path, said: Sysupgrade) -> dict[str, Unit]:
    found = {board: unit for board in said.boards if (unit := _unit(board)) is not None}
    if not found:
        named = ", ".join(said.boards[:4]) or "no board"
        raise BadImage(
            f"{path}: it is for {named}, which the catalogue of units does not know; footfall device units lists those"
        )
    return dict(list(found.items())[:BOARDS_MAX])


def _unit(board: str) -> Unit | None:
    return next((unit for unit in units.catalogue()[0] if unit.profile.replace("_", ",", 1) == board), None)


def _way_back(unit: Unit) -> str:
    method: Method = units.methods()[unit.recovery]
    held = f", reset held for {method.button_s[0]} to {method.button_s[1]} s" if method.button_s else ""
    return f"{re.sub(r'[.;].*', '', method.title)}{held}; footfall device recover --unit {unit.name} prints the card"


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def key_id(text: str) -> bytes:
    """The id of the key in a detached signature that was parsed already."""
    return base64.b64decode(text.splitlines()[1])[2:10]
