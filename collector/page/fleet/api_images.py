"""/api/fleet/images: the catalogue of images, and campaigns that bring them to units."""

from typing import Annotated

from fastapi import FastAPI, Path

from ...images.catalogue import Catalogue
from ...rollout import images
from ..door import Who
from .acts import Acts, Unfit, fitting
from .answers import ImageSaid, Planned
from .bodies import ImageRolling

ImageName = Annotated[str, Path(min_length=1, max_length=64)]


def add_routes(app: FastAPI, acts: Acts) -> None:
    """The catalogue is one for all tenants; taking images in is done by command, where their files are."""
    catalogue = Catalogue(acts.collector.registry.engine, acts.collector.folder)

    @app.get("/api/fleet/images")
    def fleet_images(visit: Who) -> list[ImageSaid]:
        """The images that can be rolled out, by name."""
        return [ImageSaid.of(one) for one in catalogue.all()]

    @app.get("/api/fleet/images/{name}")
    def fleet_image(visit: Who, name: ImageName) -> ImageSaid:
        """One image: its boards, version and hash, and what brings a unit back that does not start, by board."""
        return ImageSaid.of(catalogue.one(name))

    @app.post("/api/fleet/images/{name}/remove")
    def fleet_image_remove(visit: Who, name: ImageName) -> list[ImageSaid]:
        """Take an image out, and its file; those that are left. One that a campaign rolls out stays."""
        catalogue.one(name)
        if not visit.somebody.sites.everywhere:
            raise Unfit("images are every tenant's: who sees all sites takes them out")
        with fitting():
            used = images.in_use(acts.collector.registry.engine)
            catalogue.remove(name, visit.somebody.actor, acts.now_ms(), used)
        return [ImageSaid.of(one) for one in catalogue.all()]

    @app.post("/api/fleet/campaigns/images")
    def fleet_begin_images(visit: Who, body: ImageRolling) -> Planned:
        """Bring whole images to sensors in stages, one image a board; or, with dry, only say who would be told when.

        Sensors of other boards, and those that run it already, are left out with the reason. An image has no way back:
        a unit that does not start needs somebody on a ladder.
        """
        return Planned.of(acts.begin_images(acts.sight(visit.somebody), body.asked(), body.terms(), body.why, body.dry))
