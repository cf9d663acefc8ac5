"""The web application: the page, and the same as JSON."""

import time
from typing import Any

from fastapi import FastAPI

from .. import report
from ..folder import Collector
from ..ingest import Ingest


def create_app(collector: Collector, ingest: Ingest) -> FastAPI:
    """The application over an opened collector."""
    app = FastAPI(title="Footfall", docs_url=None, redoc_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        return {"ok": ingest.ok, "ingest": ingest.state}

    @app.get("/api/{tenant}/{site}/report")
    def site_report(tenant: str, site: str) -> dict[str, Any]:
        built = report.build(collector.store, collector.registry, tenant, site, None, time.time_ns() // 1_000_000)
        return report.as_json(built)

    return app
