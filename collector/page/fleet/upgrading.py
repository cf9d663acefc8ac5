"""/fleet/upgrades: packages of the agent and whole images: the catalogues, taking a file in, and campaigns of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from ...errors import QueryError
from ...options.forms import loopback
from ...rollout.book import Begun
from ..given import Unfit
from ..language import marked
from ..sentences import phrased
from ..visit import Visit, Who
from . import staged
from .acts import Acts
from .bodies import Fetched, ImageRolling, PackageRolling
from .confirming import Deed, Question, ask
from .framing import Room, after

PATH = "/fleet/upgrades"
IMAGE, PACKAGE = "image", "package"
FIELDS = ("kind", "items", "which", "url", "older", *staged.TERMS)
STAGES = "2,10%,50%,100%"  # the first are so few that somebody can go and look
REMOVAL = Deed(marked("Take this out of the catalogue, with its file?"), marked("Take it out"), heavy=True)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages here are made with."""

    room: Room
    acts: Acts

    def page(self, visit: Visit, form: Mapping[str, str], says: str = "") -> str:
        """The catalogues and the forms."""
        given = staged.given(form, FIELDS, STAGES)
        images, packages = self.acts.upgrades.images, self.acts.upgrades.packages
        return self.room.render(
            "fleet/upgrades.html",
            visit,
            images=[(one, images.has(one)) for one in images.all()],
            packages=[(one, packages.has(one)) for one in packages.all()],
            which=_offered(self.acts, visit),
            form=given,
            items=given["items"].split(),
            may_add=visit.somebody.sites.everywhere,
            says=says,
        )

    def refused(self, visit: Visit, exc: Unfit) -> Response:
        """The same, with why something does not go."""
        return HTMLResponse(self.page(visit, visit.form, phrased(exc)), 409)

    def roll(self, visit: Visit, dry: bool) -> tuple[Fetched, Begun]:
        """What the form asks for, and what came of it. Raises Unfit, QueryError."""
        sight, wanted = self.acts.sight(visit.somebody), staged.given(visit.form, FIELDS, "")
        try:
            asked = staged.asked(lambda: _asked(wanted, dry))
        except (ValueError, OverflowError):
            raise Unfit("choose which sensors, and a number of minutes to wait between stages") from None
        if isinstance(asked, ImageRolling):
            if asked.older and not asked.why.strip():
                raise Unfit("going back to an older image needs a reason, for the audit log; say it")
            return asked, self.acts.upgrades.begin_images(sight, asked.asked(), asked.terms(), asked.why, dry)
        assert isinstance(asked, PackageRolling)
        return asked, self.acts.upgrades.begin_package(sight, asked.asked(), asked.terms(), asked.why, dry)


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The page and its forms."""
    desk = Desk(room, acts)

    @app.get("/fleet/upgrades", response_class=HTMLResponse, include_in_schema=False)
    def shown(request: Request, visit: Who) -> str:
        return desk.page(visit, {"url": f"{request.url.scheme}://{request.url.netloc}/image"})

    @app.post("/fleet/upgrades/plan", include_in_schema=False)
    def plan(visit: Who) -> Response:
        try:
            asked, begun = desk.roll(visit, dry=True)
        except Unfit as exc:
            return desk.refused(visit, exc)
        return HTMLResponse(staged.plan_page(room, visit, _planned(visit, asked, begun)))

    @app.post("/fleet/upgrades/begin", include_in_schema=False)
    def begin(visit: Who) -> Response:
        try:
            number = desk.roll(visit, dry=False)[1].number
        except Unfit as exc:
            return desk.refused(visit, exc)
        return after(f"/fleet/campaigns/{number}")

    @app.post("/fleet/upgrades/add", include_in_schema=False)
    def add(visit: Who) -> Response:
        try:
            desk.acts.upgrades.take_in(visit.somebody, visit.files, visit.form.get("name", "").strip())
        except Unfit as exc:
            return desk.refused(visit, exc)
        return after(PATH)

    @app.get("/fleet/upgrades/{kind}/{name}/remove", response_class=HTMLResponse, include_in_schema=False)
    def asked(visit: Who, kind: str, name: str) -> str:
        return ask(room, visit, _question(desk, kind, name))

    @app.post("/fleet/upgrades/{kind}/{name}/remove", include_in_schema=False)
    def remove(visit: Who, kind: str, name: str) -> Response:
        question = _question(desk, kind, name)
        try:
            take_out = desk.acts.upgrades.remove_image if kind == IMAGE else desk.acts.upgrades.remove_package
            take_out(visit.somebody, name)
        except Unfit as exc:
            return HTMLResponse(ask(room, visit, question, phrased(exc)), 409)
        return after(PATH)


def _planned(visit: Visit, asked: Fetched, begun: Begun) -> staged.Plan:
    fields = {name: visit.form.get(name, "") for name in FIELDS}
    cargo, whose = " ".join(fields["items"].split()), staged.whose(fields["which"])
    itself = loopback(urlsplit(fields["url"].strip()).hostname or "")
    made = staged.Plan.of(begun, cargo, whose, fields, PATH)
    return replace(made, no_way_back=isinstance(asked, ImageRolling), asks_itself=itself)


def _asked(form: Mapping[str, str], dry: bool) -> Fetched:
    """The form as the API would be asked. Raises ValueError."""
    items = form["items"].split()
    said = {"url": form["url"].strip(), "dry": dry, **staged.terms(form), **_which(form["which"])}
    if form["kind"] == IMAGE:
        return ImageRolling.model_validate({**said, "images": items, "older": bool(form["older"])})
    return PackageRolling.model_validate({**said, "package": " ".join(items)})


def _which(text: str) -> dict[str, list[str]]:
    """The sensors that the form means: "" = none was chosen, all, or a kind and a name. Raises ValueError."""
    kind, _, rest = text.partition(" ")
    tenant, _, name = rest.partition("/")
    if text == staged.ALL:
        return {}
    if kind == "tag" and rest:
        return {"tags": [rest]}
    if kind == "tenant" and tenant:
        return {"tenants": [tenant]}
    if kind in ("site", "group") and tenant and name:
        return {"tenants": [tenant], f"{kind}s": [name]}
    raise ValueError(text)


def _offered(acts: Acts, visit: Visit) -> list[tuple[str, str]]:
    """Those that somebody may choose among, the smallest first: nobody is to hit all by leaving a field as it is."""
    known = [one.known for one in acts.sight(visit.somebody).sensors()]
    tags = sorted({tag for one in known for tag in one.tags})
    groups = sorted({(one.sensor.tenant, one.sensor.group_name) for one in known if one.sensor.group_name})
    sites = sorted({(one.sensor.tenant, one.sensor.site) for one in known})
    tenants = sorted({one.sensor.tenant for one in known})
    choices = [
        *(f"tag {tag}" for tag in tags),
        *(f"group {tenant}/{name}" for tenant, name in groups),
        *(f"site {tenant}/{name}" for tenant, name in sites),
        *(f"tenant {tenant}" for tenant in tenants),
        staged.ALL,
    ]
    return [(choice, staged.whose(choice)) for choice in choices] if known else []


def _question(desk: Desk, kind: str, name: str) -> Question:
    """What is asked before something is taken out. Raises QueryError where there is no such thing."""
    if kind not in (IMAGE, PACKAGE):
        raise QueryError(f"there are an {IMAGE}'s catalogue and a {PACKAGE}'s, and no other")
    upgrades = desk.acts.upgrades
    (upgrades.images if kind == IMAGE else upgrades.packages).one(name)
    return Question(REMOVAL, name, f"{PATH}/{kind}/{name}/remove", PATH)
