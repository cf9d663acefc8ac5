"""/image/SHA256.bin: an image, for the units that were told of it.

Nobody signs in here: a unit's helper has no password. The address is the image's own hash, which stands in signed
orders and in the fleet's API alone; what is fetched counts for nothing on a unit until the release key's word fits it.
"""

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from ...folder import Collector
from ...images.catalogue import Catalogue


def add_routes(app: FastAPI, collector: Collector) -> None:
    """The one route."""
    catalogue = Catalogue(collector.registry.engine, collector.folder)

    @app.get("/image/{file}", include_in_schema=False)
    def image(file: str) -> FileResponse:
        path = catalogue.path(file)
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type="application/octet-stream")
