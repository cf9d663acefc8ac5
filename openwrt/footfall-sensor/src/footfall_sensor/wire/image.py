"""Images: a whole firmware that a release key vouches for, and where a unit can fetch it.

What is signed is a note of a few lines, as with a package (release), which a unit reads before it fetches anything:

    footfall-image 1
    boards tplink,cpe210-v3
    version 24.10.4-r28739.2
    compat 1.0
    older no                        yes: the key's owner lets units go back to this version
    size 7864320
    sha256 3f..                     64 digits

The version is OpenWrt's release and the number of its revision, as /etc/openwrt_release has them, and after a dot the
number in /etc/footfall-image, where the image has that file: for images that differ in what is built in alone.
"""

import re
from dataclasses import dataclass
from typing import Self

from ..errors import Malformed
from . import body
from .release import HASH_BYTES, KEY_ID_BYTES, SIGNATURE_BYTES, read_url, url_pieces

HEAD = "footfall-image 1"
BOARD = re.compile(r"[a-z0-9][a-z0-9._,-]{1,63}")  # as /tmp/sysinfo/board_name has it
VERSION = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}-r\d{1,7}(\.\d{1,5})?")
COMPAT = re.compile(r"\d{1,3}\.\d{1,3}")
BOARDS_MAX = 8
SIZE_MAX = 64 << 20
NOTE_BYTES_MAX = 1024
_RELEASE = re.compile(r"(\d{1,5}(?:\.\d{1,5}){1,3})(?:-rc\d+)?")
_REVISION = re.compile(r"r(\d{1,7})([-+].*)?")
_BUILD = re.compile(r"\d{1,5}")
_NAMES = ("boards", "version", "compat", "older", "size", "sha256")


def version_of(release: str, revision: str, build: str = "") -> str:
    """The version of an image, from what it says of itself; "" where that has no order, as a snapshot has none."""
    found, number = _RELEASE.fullmatch(release), _REVISION.fullmatch(revision)
    if not found or not number:
        return ""
    return f"{found[1]}-r{number[1]}" + (f".{build}" if _BUILD.fullmatch(build) else "")


def number(version: str) -> tuple[int, ...]:
    """A version for comparing. Raises Malformed."""
    if not VERSION.fullmatch(version):
        raise Malformed(f"'{version}' is no version of an image, such as 24.10.4-r28739.2")
    release, _, revision = version.rpartition("-r")
    parts = [int(part) for part in release.split(".")]
    built = [int(part) for part in revision.split(".")]
    return (*parts, *[0] * (4 - len(parts)), *built, *[0] * (2 - len(built)))


@dataclass(frozen=True, slots=True)
class Image:
    """An image as the release key vouches for it."""

    boards: tuple[str, ...]
    version: str
    compat: str  # OpenWrt's compat_version: a unit of another one would not find its settings again
    older: bool  # units may go back to it
    size: int  # bytes
    sha256: bytes

    def note(self) -> bytes:
        """What is signed."""
        said = (" ".join(self.boards), self.version, self.compat, "yes" if self.older else "no")
        lines = (HEAD, *map(" ".join, zip(_NAMES, (*said, str(self.size), self.sha256.hex()), strict=True)))
        return "".join(f"{line}\n" for line in lines).encode()

    @classmethod
    def of_note(cls, note: bytes) -> Self:
        """The image in a note. Raises Malformed."""
        lines = note[:NOTE_BYTES_MAX].decode("ascii", "replace").splitlines()
        names = [line.partition(" ")[0] for line in lines[1:]]
        if lines[:1] != [HEAD] or names != list(_NAMES):
            raise Malformed("it is no note of an image")
        said = dict(zip(_NAMES, (line.partition(" ")[2] for line in lines[1:]), strict=True))
        try:
            size, sha256 = int(said["size"]), bytes.fromhex(said["sha256"])
        except ValueError as exc:
            raise Malformed("the note of an image has a size and a SHA-256") from exc
        boards = tuple(said["boards"].split(" "))
        made = cls(boards, said["version"], said["compat"], said["older"] == "yes", size, sha256)
        made.check()
        if made.note() != note:
            raise Malformed("the note of an image has its lines in one form only")
        return made

    def check(self) -> None:
        """Raise Malformed where this is no image that could be rolled out."""
        if not 1 <= len(self.boards) <= BOARDS_MAX or not all(BOARD.fullmatch(board) for board in self.boards):
            raise Malformed(f"an image is for 1 to {BOARDS_MAX} boards, such as tplink,cpe210-v3")
        if not VERSION.fullmatch(self.version) or not COMPAT.fullmatch(self.compat):
            raise Malformed("an image has a version, such as 24.10.4-r28739.2, and a compat version, such as 1.0")
        if not 0 < self.size <= SIZE_MAX or len(self.sha256) != HASH_BYTES:
            raise Malformed(f"an image has 1 to {SIZE_MAX} bytes, and a SHA-256")


@dataclass(frozen=True, slots=True)
class ImageOffer:
    """An image, who vouches for it, and where it can be fetched."""

    image: Image
    key_id: bytes
    signature: bytes
    url: str

    def fields(self) -> body.Fields:
        """What it consists of."""
        image = self.image
        return {
            "boards": list(image.boards),
            "version": image.version,
            "compat": image.compat,
            "older": int(image.older) or None,
            "size": image.size,
            "sha256": image.sha256,
            "key": self.key_id,
            "signature": self.signature,
            "url": url_pieces(self.url),
        }

    @classmethod
    def read(cls, got: object) -> Self:
        """The offer in these fields. Raises Malformed."""
        if not isinstance(got, dict):
            raise Malformed("an image is a map")
        url = read_url(got)
        image = Image(
            boards=tuple(body.strings(got, "boards")),
            version=body.text(got, "version"),
            compat=body.text(got, "compat"),
            older=got.get("older") == 1,
            size=body.integer(got, "size", 1, SIZE_MAX),
            sha256=body.binary(got, "sha256", HASH_BYTES),
        )
        image.check()
        return cls(image, body.binary(got, "key", KEY_ID_BYTES), body.binary(got, "signature", SIGNATURE_BYTES), url)
