"""/image/SHA256.bin: an image, for the units that were told of it.

Nobody signs in here: a unit's helper has no password. The address is the image's own hash, which stands in signed
orders and in the fleet's API alone; what is fetched counts for nothing on a unit until the release key's word fits it.
A fetch that was cut goes on with a range (RFC 9110, 14): the address names the content, and so does the entity tag.
"""

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from ...folder import Collector
from ...images.catalogue import Catalogue

FOR_EVER = "public, max-age=31536000, immutable, no-transform"


class Squeeze(GZipMiddleware):
    """Makes answers smaller, but for images: they are, and a range of one is of the file itself."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See GZipMiddleware."""
        if scope["type"] == "http" and scope["path"].startswith("/image/"):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def add_routes(app: FastAPI, collector: Collector) -> None:
    """The one route."""
    catalogue = Catalogue(collector.registry.engine, collector.image_files)

    @app.get("/image/{file}", include_in_schema=False)
    def image(file: str) -> FileResponse:
        path = catalogue.path(file)
        if path is None:
            raise HTTPException(404)
        headers = {"etag": f'"{file.partition(".")[0]}"', "cache-control": FOR_EVER}
        return FileResponse(path, media_type="application/octet-stream", headers=headers)
