"""Releases: a package that a release key vouches for, and where a unit can fetch it.

What is signed is a note of a few lines, the same bytes on both ends, so that a unit checks version and size before it
fetches, and with the tool that its base image has (usign) instead of anything of the agent's:

    footfall-release 1
    package footfall-sensor
    version 0.2.0-r1
    form ipk
    size 123456
    sha256 3f..                     64 digits
"""

import re
from dataclasses import dataclass
from typing import Self

from ..errors import Malformed
from . import body

PACKAGES = ("footfall-sensor", "footfall-sensor-lean")
FORMS = ("ipk", "apk")
VERSION = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}-r\d{1,5}")
URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,80}/[A-Za-z0-9._~/-]{1,120}")  # no query: a shell script reads it
SIZE_MAX = 4 << 20
HASH_BYTES = 32
KEY_ID_BYTES, SIGNATURE_BYTES = 8, 64


@dataclass(frozen=True, slots=True)
class Release:
    """A package as the release key vouches for it."""

    package: str
    version: str  # as packages have it: 0.2.0-r1; it may only grow
    form: str  # ipk or apk
    size: int  # bytes
    sha256: bytes

    def note(self) -> bytes:
        """What is signed."""
        lines = (
            "footfall-release 1",
            f"package {self.package}",
            f"version {self.version}",
            f"form {self.form}",
            f"size {self.size}",
            f"sha256 {self.sha256.hex()}",
        )
        return "".join(f"{line}\n" for line in lines).encode()

    @property
    def agent(self) -> str:
        """The version that the agent in it says of itself."""
        return self.version.rpartition("-r")[0]

    @property
    def number(self) -> tuple[int, ...]:
        """The version for comparing."""
        upstream, _, revision = self.version.rpartition("-r")
        parts = [int(part) for part in upstream.split(".")]
        return (*parts, *[0] * (4 - len(parts)), int(revision))


@dataclass(frozen=True, slots=True)
class Offer:
    """A release, who vouches for it, and where it can be fetched."""

    release: Release
    key_id: bytes
    signature: bytes
    url: str

    def fields(self) -> body.Fields:
        """What it consists of."""
        release = self.release
        return {
            "package": release.package,
            "version": release.version,
            "form": release.form,
            "size": release.size,
            "sha256": release.sha256,
            "key": self.key_id,
            "signature": self.signature,
            "url": url_pieces(self.url),
        }

    @classmethod
    def read(cls, got: object) -> Self:
        """The offer in these fields. Raises Malformed."""
        if not isinstance(got, dict):
            raise Malformed("a release is a map")
        version = body.text(got, "version")
        package, form = body.text(got, "package"), body.text(got, "form")
        if package not in PACKAGES or form not in FORMS or not VERSION.fullmatch(version):
            raise Malformed("a release of this agent has a package, a form and a version that are known")
        url = read_url(got)
        size = body.integer(got, "size", 1, SIZE_MAX)
        release = Release(package, version, form, size, body.binary(got, "sha256", HASH_BYTES))
        return cls(release, body.binary(got, "key", KEY_ID_BYTES), body.binary(got, "signature", SIGNATURE_BYTES), url)


def url_pieces(url: str) -> list[str]:
    """An address as a body has it: in pieces, since a string of a body has 128 characters."""
    return [url[:100], url[100:]]


def read_url(got: body.Fields) -> str:
    """The address whose pieces are in `url`. Raises Malformed."""
    url = "".join(body.strings(got, "url"))
    if not URL.fullmatch(url):
        raise Malformed("url: http or https, a host and a plain path are wanted")
    return url
