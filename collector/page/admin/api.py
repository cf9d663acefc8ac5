"""/api/users and /api/tokens: the people of this collector, and what lets their programs in."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import Field
from sqlalchemy import Engine

from ...people.book import People
from ...people.tokens import DAYS_MAX, LABEL_CHARS_MAX, Token, Tokens
from ...people.user import NAME, SITES_MAX, Right, Role, Sites, User
from ..given import Number, Said
from ..visit import Who

SiteWord = Annotated[str, Field(max_length=97, pattern=r"^(\*|[^/]{1,32}/.{1,64})$")]
SiteWords = Annotated[list[SiteWord], Field(max_length=SITES_MAX)]


class NewUser(Said):
    """A user to add. sites: TENANT/SITE, TENANT/*, or * for all."""

    name: str = Field(pattern=NAME)
    role: Role
    sites: SiteWords = Field(default_factory=list)


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


def add_routes(app: FastAPI, engine: Engine, now_ms: Callable[[], int]) -> None:
    """Users, each one's sessions and tokens, and one's own tokens."""
    people, tokens = People(engine), Tokens(engine)
    _add_users(app, people, now_ms)
    _add_of_user(app, people, tokens, now_ms)
    _add_own(app, tokens, now_ms)


def _add_users(app: FastAPI, people: People, now_ms: Callable[[], int]) -> None:
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


def _add_own(app: FastAPI, tokens: Tokens, now_ms: Callable[[], int]) -> None:
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
