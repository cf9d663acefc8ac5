"""The operator's pages."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from ...admission.door import Reason
from ...people.user import Right
from .. import routes
from ..frame import Frame
from ..language import gettext as _
from ..links import to
from ..view import Row
from ..visit import Visit, Who
from . import conservation, drawing, refusals, status, trail, words
from .conservation import Wanted
from .operator import Operator

QUARANTINE = "/operation/quarantine"


class Pages:
    """Every page of the operator, as HTML."""

    def __init__(self, operator: Operator, frame: Frame, now_ms: Callable[[], int]) -> None:
        self._operator, self._frame, self._now_ms = operator, frame, now_ms

    def render(self, template: str, visit: Visit, /, **values: Any) -> HTMLResponse:
        """A page of this area."""
        around = {"now_ms": self._now_ms(), "op": words, "may_write": visit.somebody.may(Right.WRITE_OPERATION)}
        return HTMLResponse(self._frame.render(f"operation/{template}.html", visit, **around, **values))

    def status(self, visit: Visit) -> Response:
        """How the collector is."""
        now = self._operator.status()
        rows = [Row(words.clock(one.start_ms), words.course(one)) for one in now.course]
        looked = any(one.settled_per_s is not None for one in now.course)
        return self.render(
            "status", visit, now=now, todo=status.todo(now), rows=rows, drawings=_drawings(now) if looked else {}
        )

    def quarantine(self, visit: Visit, wish: refusals.Wish, done: str) -> Response:
        """Refused messages."""
        listed = self._operator.refused(wish)
        fields = [
            ("reason", _("Reason"), [(one.value, refusals.why(one)) for one in Reason]),
            ("sensor", _("Sensor (tenant/sensor)"), None),
            ("hours", _("Time"), [(str(one), words.last_hours(one)) for one in refusals.SPANS_H]),
        ]
        return self.render(
            "quarantine",
            visit,
            listed=listed,
            query=wish.query(),
            fields=fields,
            done=words.done(done),
            why=refusals.why,
        )

    def entry(self, visit: Visit, number: int) -> Response:
        """One refused message."""
        found = self._operator.facts(number)
        reason = found.refusal.reason
        return self.render("entry", visit, found=found, why=refusals.why(reason), advice=refusals.advice(reason))

    def ask(self, visit: Visit, path: str, wish: refusals.Wish, everything: bool = False) -> Response:
        """The page that asks before something is done."""
        replays = path.endswith("/replay")
        listed = self._operator.refused(wish)
        count = sum(listed.counts.values())
        fields = wish.query() | ({"everything": "1"} if everything else {})
        back = f"{QUARANTINE}/{wish.id}" if wish.id else to(QUARANTINE, wish.query())
        return self.render("ask", visit, path=path, replays=replays, count=count, fields=fields, back=back)

    def storage(self, visit: Visit) -> Response:
        """What is kept."""
        return self.render("storage", visit, now=self._operator.storage())

    def conservation(self, visit: Visit, wanted: Wanted, page: int) -> Response:
        """What was sent and what became of it."""
        query = {
            "tenant": wanted.tenant,
            "sensor": wanted.sensor,
            "only": wanted.only,
            "earlier": "1" if wanted.earlier else "",
        }
        fields = [
            ("sensor", _("Sensor"), None),
            ("tenant", _("Tenant"), None),
            ("only", _("Only those"), [(one, words.only(one)) for one in conservation.ONLY]),
            ("earlier", _("Earlier starts"), [("1", _("too"))]),
        ]
        found = self._operator.balanced(wanted, page)
        link = visit.somebody.may(Right.READ_FLEET) and routes.find("GET", "/fleet/sensor/a/b") is not None
        query = {name: value for name, value in query.items() if value}
        return self.render("conservation", visit, found=found, query=query, fields=fields, link=link)

    def audit(self, visit: Visit, wish: trail.Wish) -> Response:
        """The audit log."""
        actors, verbs = self._operator.words()
        fields = [
            ("actor", _("Who"), [(one, one) for one in actors]),
            ("verb", _("Action"), [(one, one) for one in verbs]),
            ("object", _("On what"), None),
            ("begin", _("From (2026-03-02)"), None),
            ("end", _("To"), None),
        ]
        return self.render("audit", visit, found=self._operator.recorded(wish), query=wish.query(), fields=fields)


def add_routes(app: FastAPI, operator: Operator, frame: Frame, now_ms: Callable[[], int]) -> None:
    """All of /operation."""
    pages = Pages(operator, frame, now_ms)
    _add_quarantine(app, operator, pages)

    @app.get("/operation", include_in_schema=False)
    def status_page(visit: Who) -> Response:
        return pages.status(visit)

    @app.get("/operation/storage", include_in_schema=False)
    def storage_page(visit: Who) -> Response:
        return pages.storage(visit)

    @app.get("/operation/conservation", include_in_schema=False)
    def conservation_page(
        visit: Who, tenant: str = "", sensor: str = "", only: str = "", earlier: str = "", page: int = 1
    ) -> Response:
        return pages.conservation(visit, Wanted(tenant, sensor, only, bool(earlier)), page)

    @app.get("/operation/audit", include_in_schema=False)
    def audit_page(
        visit: Who, actor: str = "", verb: str = "", object: str = "", begin: str = "", end: str = "", below: str = ""
    ) -> Response:
        return pages.audit(visit, trail.Wish(actor, verb, object, begin, end, below))

    @app.get("/operation/audit.csv", include_in_schema=False)
    def audit_file(actor: str = "", verb: str = "", object: str = "", begin: str = "", end: str = "") -> Response:
        found = operator.recorded(trail.Wish(actor, verb, object, begin, end), trail.CSV_ROWS_MAX)
        headers = {"content-disposition": 'attachment; filename="footfall-audit.csv"'}
        return Response(trail.as_csv(found.entries), media_type="text/csv; charset=utf-8", headers=headers)


def _add_quarantine(app: FastAPI, operator: Operator, pages: Pages) -> None:
    @app.get(QUARANTINE, include_in_schema=False)
    def list_page(
        visit: Who, reason: str = "", sensor: str = "", hours: str = "", below: str = "", done: str = ""
    ) -> Response:
        return pages.quarantine(visit, refusals.Wish("", reason, sensor, hours, "", below), done)

    @app.get(f"{QUARANTINE}/replay", include_in_schema=False)
    def ask_replay(visit: Who, id: str = "", reason: str = "", sensor: str = "") -> Response:
        return pages.ask(visit, f"{QUARANTINE}/replay", refusals.Wish(id, reason, sensor))

    @app.get(f"{QUARANTINE}/purge", include_in_schema=False)
    def ask_purge(visit: Who, reason: str = "", older: str = "", everything: str = "") -> Response:
        wish = refusals.Wish(reason=reason, older=older)
        return pages.ask(visit, f"{QUARANTINE}/purge", wish, everything=bool(everything))

    @app.post(f"{QUARANTINE}/replay", include_in_schema=False)
    def do_replay(visit: Who) -> Response:
        form = visit.form
        wish = refusals.Wish(form.get("id", ""), form.get("reason", ""), form.get("sensor", ""))
        done = operator.readmit(wish, visit.somebody.actor)
        counts = f"replayed.{done.stored}.{done.refused}.{done.passed_over}"
        return RedirectResponse(to(QUARANTINE, {"done": counts}), 303)

    @app.post(f"{QUARANTINE}/purge", include_in_schema=False)
    def do_purge(visit: Who) -> Response:
        form = visit.form
        wish = refusals.Wish(reason=form.get("reason", ""), older=form.get("older", ""))
        gone = operator.purge(wish, bool(form.get("everything")), visit.somebody.actor)
        return RedirectResponse(to(QUARANTINE, {"done": f"purged.{gone}"}), 303)

    @app.get(f"{QUARANTINE}/{{number}}", include_in_schema=False)
    def entry_page(visit: Who, number: int) -> Response:
        return pages.entry(visit, number)


def _drawings(now: status.Status) -> dict[str, Markup]:
    """The course, wide and narrow. It is our own SVG."""
    drawn = {"wide": drawing.course(now.course), "narrow": drawing.course(now.course, drawing.NARROW_PX)}
    return {f"course_{name}": Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - see above
