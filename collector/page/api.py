"""The same as JSON: what programs may ask for and change, with a token's scopes or a signed-in person's rights."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from ..errors import QueryError
from ..folder import Collector
from ..people.book import People
from ..people.tokens import DAYS_MAX, LABEL_CHARS_MAX, Token, Tokens
from ..people.user import NAME, SITES_MAX, Right, Role, Sites, User
from ..records.audit import Audit
from ..reporting import report
from ..watch import watchman
from ..watch.book import Book
from .desk import Desk
from .openapi import described
from .sight import Sight
from .visit import Who

ID_MAX = (1 << 63) - 1
Number = Annotated[int, Path(ge=1, le=ID_MAX)]
SiteWord = Annotated[str, Field(max_length=97, pattern=r"^(\*|[^/]{1,32}/.{1,64})$")]
SiteWords = Annotated[list[SiteWord], Field(max_length=SITES_MAX)]


class Said(BaseModel):
    """What somebody asks for in a body; nothing else may stand in it."""

    model_config = {"extra": "forbid", "hide_input_in_errors": True}


class NewUser(Said):
    """A user to add. sites: TENANT/SITE, TENANT/*, or * for all."""

    name: str = Field(pattern=NAME)
    role: Role
    sites: SiteWords = []


class NewRole(Said):
    """Another role."""

    role: Role


class NewSites(Said):
    """The sites that may be seen, and no others."""

    sites: SiteWords


class NewToken(Said):
    """A token to make. sites: all of the owner's where left away."""

    label: str = Field(max_length=LABEL_CHARS_MAX)
    scopes: list[Right] = Field(max_length=len(Right))
    sites: SiteWords | None = None
    days: int = Field(90, ge=1, le=DAYS_MAX)


def add_routes(app: FastAPI, collector: Collector, desk: Desk, now_ms: Callable[[], int]) -> None:
    """All of /api/."""
    _add_reading(app, collector, desk, now_ms)
    _add_people(app, People(collector.registry.engine), now_ms)
    _add_of_user(app, People(collector.registry.engine), Tokens(collector.registry.engine), now_ms)
    _add_tokens(app, Tokens(collector.registry.engine), now_ms)

    @app.get("/api/openapi.json", include_in_schema=False)
    def schema() -> Response:
        return JSONResponse(described(app))


def _add_reading(app: FastAPI, collector: Collector, desk: Desk, now_ms: Callable[[], int]) -> None:
    registry, simulated = collector.registry, collector.settings.simulated
    book = Book(registry.engine)

    @app.get("/api/me")
    def me(visit: Who) -> dict[str, Any]:
        """Who asks, and what that one may do and see."""
        person = visit.somebody
        return {
            "name": person.name,
            "role": person.role,
            "by": person.by,
            "rights": sorted(person.rights),
            "sites": person.sites.words(),
        }

    @app.get("/api/sites")
    def sites(visit: Who) -> list[dict[str, Any]]:
        """The sites that may be seen."""
        sight = Sight(registry, visit.somebody)
        found = [site for tenant in sight.tenants() for site in sight.sites(tenant.name)]
        return [{"tenant": site.tenant, "name": site.name, "time_zone": site.time_zone} for site in found]

    @app.get("/api/{tenant}/{site}/report")
    def site_report(visit: Who, tenant: str, site: str) -> dict[str, Any]:
        """All numbers of a site. What rests on too few people is not in it."""
        sight = Sight(registry, visit.somebody)
        sight.site(sight.tenant(tenant).name, site)
        return {"simulated": simulated, **report.as_json(sight.report(desk.report(tenant, site), tenant))}

    @app.get("/api/sensors")
    def sensors(visit: Who) -> list[dict[str, Any]]:
        """The sensors and how they are."""
        sites = visit.somebody.sites
        return [
            {**asdict(one), "connection": one.state, **asdict(state)}
            for one, state in watchman.roll(collector, now_ms())
            if sites.has(one.tenant, one.site)
        ]

    @app.get("/api/alerts")
    def alerts(visit: Who, days: Annotated[int, Query(ge=-(1 << 31), le=1 << 31)] = 0) -> list[dict[str, Any]]:
        """The alerts that stand, and those that ended within so many days, at most 90."""
        found = book.recent(now_ms() - min(90, max(0, days)) * 86_400_000)
        return [one.as_json() for one in Sight(registry, visit.somebody).alerts(found)]

    def seen(visit: Who, number: int) -> int:
        """The number of an alert that may be seen. Raises QueryError."""
        if number not in {one.id for one in Sight(registry, visit.somebody).alerts(book.recent(now_ms()))}:
            raise QueryError(f"no alert {number} stands that you may see")
        return number

    @app.post("/api/alerts/{number}/acknowledge")
    def acknowledge(visit: Who, number: Number) -> dict[str, Any]:
        """Somebody looks after it: nobody is told of it any more."""
        return book.acknowledge(seen(visit, number), visit.somebody.actor, now_ms()).as_json()

    @app.post("/api/alerts/{number}/snooze")
    def snooze(visit: Who, number: Number, hours: Annotated[float, Query(gt=0, le=336)] = 8) -> dict[str, Any]:
        """Tell nobody of it for a while."""
        return book.snooze(seen(visit, number), hours, visit.somebody.actor, now_ms()).as_json()

    @app.get("/api/audit")
    def audit(newest: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[dict[str, Any]]:
        """Who did what: the newest rows of the audit log, oldest of them first."""
        return [{**asdict(one), "hash": one.hash.hex()} for one in Audit(collector.registry.engine).entries(newest)]


def _add_people(app: FastAPI, people: People, now_ms: Callable[[], int]) -> None:
    def told(name: str) -> dict[str, Any]:
        return _user(people.find(name))

    @app.get("/api/users")
    def users() -> list[dict[str, Any]]:
        """Everybody, with role and sites."""
        return [_user(one) for one in people.all()]

    @app.post("/api/users")
    def add(visit: Who, body: NewUser) -> dict[str, Any]:
        """Add a user. The one-time password stands in this answer alone."""
        sites = Sites.of_words(body.sites)
        password = people.add(body.name, body.role, sites, visit.somebody.actor, now_ms())
        return {**told(body.name), "one_time_password": password}

    @app.post("/api/users/{name}/role")
    def set_role(visit: Who, name: str, body: NewRole) -> dict[str, Any]:
        """Make a user something else."""
        people.give_role(name, body.role, visit.somebody.actor, now_ms())
        return told(name)

    @app.post("/api/users/{name}/sites")
    def set_sites(visit: Who, name: str, body: NewSites) -> dict[str, Any]:
        """Let a user see these sites and no others."""
        people.give_sites(name, Sites.of_words(body.sites), visit.somebody.actor, now_ms())
        return told(name)

    @app.post("/api/users/{name}/password")
    def reset(visit: Who, name: str) -> dict[str, Any]:
        """Give a user a new one-time password, and end their sessions."""
        password = people.reset(name, visit.somebody.actor, now_ms())
        return {**told(name), "one_time_password": password}

    @app.post("/api/users/{name}/disable")
    def disable(visit: Who, name: str) -> dict[str, Any]:
        """Shut a user out at once."""
        people.disable(name, True, visit.somebody.actor, now_ms())
        return told(name)

    @app.post("/api/users/{name}/enable")
    def enable(visit: Who, name: str) -> dict[str, Any]:
        """Let a user in again."""
        people.disable(name, False, visit.somebody.actor, now_ms())
        return told(name)


def _add_of_user(app: FastAPI, people: People, tokens: Tokens, now_ms: Callable[[], int]) -> None:
    @app.post("/api/users/{name}/sessions/end")
    def end_sessions(visit: Who, name: str) -> dict[str, int]:
        """Sign a user out everywhere. Says how many sessions that ended."""
        return {"ended": people.end_sessions(name, visit.somebody.actor, now_ms())}

    @app.get("/api/users/{name}/tokens")
    def of_user(name: str) -> list[dict[str, Any]]:
        """A user's tokens, never their secrets."""
        return [_token(one) for one in tokens.of(people.find(name).name)]

    @app.post("/api/users/{name}/tokens/{number}/revoke")
    def revoke_of_user(visit: Who, name: str, number: Number) -> dict[str, Any]:
        """From now on it opens nothing."""
        return _token(tokens.revoke(number, visit.somebody.actor, now_ms(), user=people.find(name).name))


def _add_tokens(app: FastAPI, tokens: Tokens, now_ms: Callable[[], int]) -> None:
    @app.get("/api/tokens")
    def own(visit: Who) -> list[dict[str, Any]]:
        """One's own tokens."""
        return [_token(one) for one in tokens.of(visit.somebody.name)]

    @app.post("/api/tokens")
    def make(visit: Who, body: NewToken) -> dict[str, Any]:
        """Make a token. It stands in this answer alone."""
        person = visit.somebody
        sites = None if body.sites is None else Sites.of_words(body.sites)
        kept, secret = tokens.add(person.name, body.label, body.scopes, sites, body.days, person.actor, now_ms())
        return {**_token(kept), "token": secret}

    @app.post("/api/tokens/{number}/revoke")
    def revoke(visit: Who, number: Number) -> dict[str, Any]:
        """From now on it opens nothing."""
        person = visit.somebody
        return _token(tokens.revoke(number, person.actor, now_ms(), user=person.name))


def _user(one: User) -> dict[str, Any]:
    return {**asdict(one), "sites": one.sites.words()}


def _token(one: Token) -> dict[str, Any]:
    return {**asdict(one), "sites": one.sites.words()}
