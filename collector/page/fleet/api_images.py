"""/api/fleet/images and /api/fleet/packages: the catalogues, and campaigns that bring what is in them to units."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Path

from ...images.catalogue import Entry
from ...images.packages import PackageEntry
from ..visit import Who
from .acts import Acts
from .api_campaigns import Planned
from .bodies import ImageRolling, PackageRolling
from .paths import STREAM_FILES_MAX as FILES_MAX

FileName = Annotated[str, Path(min_length=1, max_length=64)]
_FILES = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "minItems": FILES_MAX,
    "maxItems": FILES_MAX,
}
_FORM = {
    "type": "object",
    "properties": {"files": _FILES, "name": {"type": "string", "maxLength": 64}},
    "required": ["files"],
}
UPLOAD = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}


@dataclass(frozen=True, slots=True)
class ImageSaid:
    """An image of the catalogue. key: the release key's id; recovery: by board, for a unit that does not start."""

    name: str
    boards: list[str]
    version: str
    compat: str
    older: bool
    size: int
    sha256: str
    key: str
    recovery: dict[str, str]
    by: str
    added_ms: int

    @classmethod
    def of(cls, one: Entry) -> "ImageSaid":
        """An image."""
        said: dict[str, Any] = one.as_json()
        return cls(**said)


@dataclass(frozen=True, slots=True)
class PackageSaid:
    """A package of the catalogue. name: its file's; key: the release key's id."""

    name: str
    package: str
    version: str
    form: str
    size: int
    sha256: str
    key: str
    by: str
    added_ms: int

    @classmethod
    def of(cls, one: PackageEntry) -> "PackageSaid":
        """A package."""
        said: dict[str, Any] = one.as_json()
        return cls(**said)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was taken in is called like this."""

    name: str


def add_routes(app: FastAPI, acts: Acts) -> None:
    """The catalogues are one for all tenants."""
    _add_images(app, acts)
    _add_packages(app, acts)

    @app.post("/api/fleet/uploads", openapi_extra=UPLOAD)
    def fleet_upload(visit: Who) -> TakenIn:
        """Take an image or a package in: the file with its .note and .sig of `footfall device release`, in any order.

        Only what the release key in the collector's folder (release.pub) vouches for. name: what an image is called;
        its board and version where it is left away. A package is called as its file.
        """
        return TakenIn(acts.upgrades.take_in(visit.somebody, visit.files, visit.form.get("name", "")))


def _add_images(app: FastAPI, acts: Acts) -> None:
    @app.get("/api/fleet/images")
    def fleet_images(visit: Who) -> list[ImageSaid]:
        """The images that can be rolled out, by name."""
        return [ImageSaid.of(one) for one in acts.upgrades.images.all()]

    @app.get("/api/fleet/images/{name}")
    def fleet_image(visit: Who, name: FileName) -> ImageSaid:
        """One image: its boards, version and hash, and what brings a unit back that does not start, by board."""
        return ImageSaid.of(acts.upgrades.images.one(name))

    @app.post("/api/fleet/images/{name}/remove")
    def fleet_image_remove(visit: Who, name: FileName) -> list[ImageSaid]:
        """Take an image out, and its file; those that are left. One that a campaign rolls out stays."""
        return [ImageSaid.of(one) for one in acts.upgrades.remove_image(visit.somebody, name)]

    @app.post("/api/fleet/campaigns/images")
    def fleet_begin_images(visit: Who, body: ImageRolling) -> Planned:
        """Bring whole images to sensors in stages, one image a board; or, with dry, only say who would be told when.

        Sensors of other boards, and those that run it already, are left out with the reason. An image has no way back:
        a unit that does not start needs somebody on a ladder.
        """
        sight = acts.sight(visit.somebody)
        return Planned.of(acts.upgrades.begin_images(sight, body.asked(), body.terms(), body.why, body.dry))


def _add_packages(app: FastAPI, acts: Acts) -> None:
    @app.get("/api/fleet/packages")
    def fleet_packages(visit: Who) -> list[PackageSaid]:
        """The packages of the agent that can be rolled out, or gone back to: the newest version of each first."""
        return [PackageSaid.of(one) for one in acts.upgrades.packages.all()]

    @app.get("/api/fleet/packages/{name}")
    def fleet_package(visit: Who, name: FileName) -> PackageSaid:
        """One package, by its file's name, such as footfall-sensor-0.2.0-r1.ipk."""
        return PackageSaid.of(acts.upgrades.packages.one(name))

    @app.post("/api/fleet/packages/{name}/remove")
    def fleet_package_remove(visit: Who, name: FileName) -> list[PackageSaid]:
        """Take a package out, and its file; those that are left. One that a campaign needs stays."""
        return [PackageSaid.of(one) for one in acts.upgrades.remove_package(visit.somebody, name)]

    @app.post("/api/fleet/campaigns/packages")
    def fleet_begin_package(visit: Who, body: PackageRolling) -> Planned:
        """Bring a package of the agent to sensors in stages; or, with dry, only say who would be told when.

        Sensors that run it already, run a newer one, are of another profile, or whose version no package here goes back
        to, are left out with the reason.
        """
        sight = acts.sight(visit.somebody)
        return Planned.of(acts.upgrades.begin_package(sight, body.asked(), body.terms(), body.why, body.dry))
