"""The plan's routes: the page on which it is uploaded and sensors are placed, its picture, the same for programs."""

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from ...errors import QueryError
from ...folder import Collector
from ...plans import book, sheet
from ...plans.book import Plans
from ...plans.errors import PlanError
from ...plans.plan import PICTURE, Spot
from ...premises import zones
from ...records.registry import Site
from ..frame import Frame
from ..language import gettext as _
from ..language import marked
from ..links import to
from ..sentences import phrased
from ..sight import Sight
from ..visit import Visit, Who
from . import drawn

DONE = {
    "uploaded": marked("This is the plan now."),
    "other": marked("This is the plan now. It has another shape than the one before, so no sensor has its place yet."),
    "placed": marked("Stored."),
    "removed": marked("There is no plan any more."),
}
POSITIONS_FILE = {"content-disposition": 'attachment; filename="positions.csv"'}
PICTURE_KEPT = "private, max-age=31536000, immutable"  # its address changes with it


class PlanPages:
    """Plans of one collector's sites."""

    def __init__(self, collector: Collector, frame: Frame, now_ms: Callable[[], int]) -> None:
        self._collector, self._frame, self.now_ms = collector, frame, now_ms
        self.plans = Plans(collector.registry.engine)
        self._zones = collector.store.zones

    def page(self, visit: Visit, site: Site, done: str = "", says: str = "", status: int = 200) -> Response:
        """The plan with its sensors, and the forms."""
        plan, spots = self.plans.of(site.tenant, site.name), self.plans.spots(site.tenant, site.name)
        base = None if plan is None else drawn.base(plan, site.tenant, site.name)
        names = self._sensors(site)
        absent = [name for name in names if name not in spots]
        return HTMLResponse(
            self._frame.render(
                "plan/edit.html",
                visit,
                site=site,
                base=base,
                names=names,
                spots=spots,
                waiting=drawn.unplaced(absent, base.height) if base else {},
                tray=drawn.TRAY if absent else 0.0,
                zone_of=dict(self._zones.of(site.tenant, site.name)),
                path=_path(site),
                done=_(DONE[done]) if done in DONE else "",
                says=says,
                bytes_max=book.UPLOAD_BYTES_MAX,
            ),
            status,
        )

    def upload(self, visit: Visit, site: Site) -> Response:
        """A file becomes the plan."""
        try:
            other = self.put_plan(visit, site)
        except PlanError as exc:
            return self.page(visit, site, says=f"{phrased(exc)}.", status=409)
        return _back(site, "other" if other else "uploaded")

    def put_plan(self, visit: Visit, site: Site) -> bool:
        """The file of a form becomes the plan; whether positions went. Raises PlanError."""
        level, metres = _level(visit.form.get("level", "")), _metres(visit.form.get("metres", ""))
        plan = book.read(visit.file, metres, level)
        return self.plans.put(site.tenant, site.name, plan, visit.somebody.actor, self.now_ms())

    def place(self, visit: Visit, site: Site) -> Response:
        """A sensor gets its place, and its zone where that changed."""
        form, actor = visit.form, visit.somebody.actor
        sensor = form.get("sensor", "")
        try:
            spot = None if "off" in form else _spot(form.get("x", ""), form.get("y", ""))
            self.plans.place(site.tenant, site.name, {sensor: spot}, actor, self.now_ms())
            self._zone(site, sensor, form.get("zone"), actor)
        except (PlanError, QueryError) as exc:
            return self.page(visit, site, says=f"{phrased(exc)}.", status=409)
        return _back(site, "placed")

    def remove(self, visit: Visit, site: Site) -> Response:
        """The plan goes, and all positions on it."""
        self.plans.remove(site.tenant, site.name, visit.somebody.actor, self.now_ms())
        return _back(site, "removed")

    def ask(self, visit: Visit, site: Site) -> Response:
        """Asks before."""
        return HTMLResponse(self._frame.render("plan/ask.html", visit, site=site, path=_path(site)))

    def picture(self, site: Site) -> Response:
        """The picture, where the plan is one."""
        plan = self.plans.of(site.tenant, site.name)
        if plan is None or plan.kind != PICTURE:
            raise HTTPException(404)
        return Response(plan.content, media_type="image/webp", headers={"cache-control": PICTURE_KEPT})

    def positions_file(self, site: Site) -> Response:
        """Where every sensor hangs, as CSV."""
        text = sheet.write(
            self._sensors(site),
            self.plans.spots(site.tenant, site.name),
            dict(self._zones.of(site.tenant, site.name)),
        )
        return Response(text, media_type="text/csv; charset=utf-8", headers=POSITIONS_FILE)

    def place_many(self, visit: Visit, site: Site) -> Response:
        """Sensors get the places and zones of a CSV; all or none."""
        try:
            placed = sheet.read(visit.file)
            for one in placed.values():
                if one.zone:
                    zones.check_name(one.zone)
            spots = {sensor: one.spot for sensor, one in placed.items()}
            self.plans.place(site.tenant, site.name, spots, visit.somebody.actor, self.now_ms())
            for sensor, one in placed.items():
                self._zone(site, sensor, one.zone, visit.somebody.actor)
        except (PlanError, QueryError) as exc:
            return self.page(visit, site, says=f"{phrased(exc)}.", status=409)
        return _back(site, "placed")

    def site(self, visit: Visit, tenant: str, name: str) -> Site:
        """A site that may be seen. Raises QueryError."""
        sight = Sight(self._collector.registry, visit.somebody)
        return sight.site(sight.tenant(tenant).name, name)

    def _zone(self, site: Site, sensor: str, zone: str | None, actor: str) -> None:
        if zone is None or zone.strip() == dict(self._zones.of(site.tenant, site.name)).get(sensor, ""):
            return
        if zone.strip():
            self._zones.put(site.tenant, site.name, zone.strip(), (sensor,), actor, self.now_ms())
        else:
            self._zones.take_out(site.tenant, site.name, sensor, actor, self.now_ms())

    def _sensors(self, site: Site) -> list[str]:
        known = self._collector.registry.sensors()
        return sorted(one.name for one in known if (one.tenant, one.site) == (site.tenant, site.name))


def add_routes(app: FastAPI, pages: PlanPages) -> None:
    """All of /plan; for programs see api.py."""

    @app.get("/plan/{tenant}/{site}", include_in_schema=False)
    def edit(visit: Who, tenant: str, site: str, done: str = "") -> Response:
        return pages.page(visit, pages.site(visit, tenant, site), done)

    @app.post("/plan/{tenant}/{site}", include_in_schema=False)
    def upload(visit: Who, tenant: str, site: str) -> Response:
        return pages.upload(visit, pages.site(visit, tenant, site))

    @app.get("/plan/{tenant}/{site}/picture", include_in_schema=False)
    def picture(visit: Who, tenant: str, site: str) -> Response:
        return pages.picture(pages.site(visit, tenant, site))

    @app.post("/plan/{tenant}/{site}/place", include_in_schema=False)
    def place(visit: Who, tenant: str, site: str) -> Response:
        return pages.place(visit, pages.site(visit, tenant, site))

    @app.get("/plan/{tenant}/{site}/remove", include_in_schema=False)
    def ask(visit: Who, tenant: str, site: str) -> Response:
        return pages.ask(visit, pages.site(visit, tenant, site))

    @app.post("/plan/{tenant}/{site}/remove", include_in_schema=False)
    def remove(visit: Who, tenant: str, site: str) -> Response:
        return pages.remove(visit, pages.site(visit, tenant, site))

    @app.get("/plan/{tenant}/{site}/positions.csv", include_in_schema=False)
    def positions(visit: Who, tenant: str, site: str) -> Response:
        return pages.positions_file(pages.site(visit, tenant, site))

    @app.post("/plan/{tenant}/{site}/positions", include_in_schema=False)
    def place_many(visit: Who, tenant: str, site: str) -> Response:
        return pages.place_many(visit, pages.site(visit, tenant, site))


def _path(site: Site) -> str:
    return to(f"/plan/{site.tenant}/{site.name}")


def _back(site: Site, done: str) -> Response:
    return RedirectResponse(to(f"/plan/{site.tenant}/{site.name}", {"done": done}), 303)


def _spot(x: str, y: str) -> Spot | None:
    if not x.strip() and not y.strip():
        return None
    try:
        return Spot(float(x.replace(",", ".")), float(y.replace(",", ".")))
    except ValueError:
        raise PlanError(_("a place is two numbers: per cent from the left, and from the top")) from None


def _metres(said: str) -> float | None:
    try:
        return float(said.replace(",", ".")) if said.strip() else None
    except ValueError:
        raise PlanError(_("a pixel's width is a number of metres, such as 0.02")) from None


def _level(said: str) -> int:
    try:
        return int(said) if said.strip() else 0
    except ValueError:
        raise PlanError(_("a level is a whole number; the ground is 0")) from None
