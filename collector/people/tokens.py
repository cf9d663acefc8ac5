"""API tokens: shown once, kept as a hash.

One may do what its scopes, and its owner's rights at that moment, both allow.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select

from .. import schema
from ..database import writing
from ..records import audit
from ..records.audit import Event
from . import rows
from .errors import NobodyError, PeopleError
from .user import Person, Right, Sites, rights

PREFIX = "ff_"
CHARS = len(PREFIX) + 43
DAYS_MAX = 366
PER_USER_MAX = 20
LABEL_CHARS_MAX = 64


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret."""

    id: int
    user: str
    label: str
    scopes: tuple[Right, ...]
    sites: Sites
    made_ms: int
    until_ms: int


class Tokens:
    """Reads and writes of tokens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, user: str, label: str, scopes: Iterable[str], sites: Sites | None, days: int, actor: str, now_ms: int
    ) -> tuple[Token, str]:
        """Make a token; its secret is given back here and never again. sites: None = its owner's.

        Raises PeopleError.
        """
        wanted = _scopes(scopes)
        if not 1 <= days <= DAYS_MAX:
            raise PeopleError(f"a token lasts 1 to {DAYS_MAX} days; choose a number within")
        if not label.strip() or len(label) > LABEL_CHARS_MAX or not label.isprintable():
            raise PeopleError(f"a token wants a label of 1 to {LABEL_CHARS_MAX} printable characters: what it is for")
        table = schema.api_tokens
        with writing(self._engine).begin() as connection:
            owner = rows.find(connection, user)
            limited = owner.sites if sites is None else sites
            if beyond := [right for right in wanted if right not in rights(owner.role, owner.sites)]:
                raise PeopleError(
                    f"{user} may not {', '.join(beyond)}; a token cannot do more than its owner: leave that out"
                )
            if not limited.within(owner.sites):
                raise PeopleError(
                    f"{user} does not see all of these sites; a token cannot see more than its owner: leave some out"
                )
            connection.execute(delete(table).where(table.c.user_name == user, table.c.until_ms <= now_ms))
            if connection.scalar(select(func.count()).where(table.c.user_name == user)) == PER_USER_MAX:
                raise PeopleError(f"{user} has {PER_USER_MAX} tokens; revoke one first")
            secret = PREFIX + secrets.token_urlsafe(32)
            values = {
                "hash": _digest(secret),
                "user_name": user,
                "label": label,
                "scopes": " ".join(wanted),
                "sites": limited.encoded(),
                "made_ms": now_ms,
                "until_ms": now_ms + days * 86_400_000,
            }
            made = connection.execute(insert(table).values(**values)).inserted_primary_key
            assert made is not None
            says = f"token {made[0]}: {' '.join(wanted)}; {' '.join(limited.words())}; {days} days"
            audit.append(connection, Event(actor, "add token", f"user {user}", says), now_ms)
            kept = _one(connection, made[0])
        return kept, secret

    def of(self, user: str | None = None) -> list[Token]:
        """A user's tokens, or all."""
        wanted = select(schema.api_tokens).order_by(schema.api_tokens.c.id)
        if user is not None:
            wanted = wanted.where(schema.api_tokens.c.user_name == user)
        with self._engine.begin() as connection:
            return [_token(row) for row in connection.execute(wanted)]

    def revoke(self, number: int, actor: str, now_ms: int, user: str | None = None) -> Token:
        """From now on it opens nothing. user: only where it is this one's. Raises PeopleError."""
        with writing(self._engine).begin() as connection:
            found = _one(connection, number)
            if user is not None and found.user != user:
                raise NobodyError(f"there is no token {number}; look at the list of tokens")
            connection.execute(delete(schema.api_tokens).where(schema.api_tokens.c.id == number))
            audit.append(connection, Event(actor, "revoke token", f"user {found.user}", f"token {number}"), now_ms)
        return found

    def find(self, secret: str, now_ms: int) -> Person | None:
        """Who a token speaks for, and what it may do now."""
        if len(secret) != CHARS or not secret.startswith(PREFIX):
            return None
        table, users = schema.api_tokens, schema.users
        joined = select(users, table.c.scopes, table.c.sites.label("token_sites"), table.c.until_ms.label("ends_ms"))
        wanted = joined.join(table, table.c.user_name == users.c.name).where(table.c.hash == _digest(secret))
        with self._engine.begin() as connection:
            row = connection.execute(wanted).first()
        if row is None or row.disabled or row.must_change or now_ms >= row.ends_ms:
            return None
        owner, limited = rows.user_of(row), Sites.decoded(row.token_sites)
        sites = owner.sites.common(limited)
        allowed = frozenset(Right(scope) for scope in row.scopes.split()) & rights(owner.role, owner.sites)
        return Person(owner.name, owner.role, allowed & rights(owner.role, sites), sites, by="token")


def _scopes(given: Iterable[str]) -> tuple[Right, ...]:
    try:
        wanted = tuple(sorted({Right(one) for one in given}))
    except ValueError as exc:
        raise PeopleError(f"{exc}; scopes are: {', '.join(Right)}") from exc
    if not wanted:
        raise PeopleError(f"a token wants at least one scope: {', '.join(Right)}; choose what it may do")
    return wanted


def _one(connection: Connection, number: int) -> Token:
    row = connection.execute(select(schema.api_tokens).where(schema.api_tokens.c.id == number)).first()
    if row is None:
        raise NobodyError(f"there is no token {number}; look at the list of tokens")
    return _token(row)


def _token(row: Row[tuple[object, ...]]) -> Token:
    scopes = tuple(Right(one) for one in row.scopes.split())
    return Token(row.id, row.user_name, row.label, scopes, Sites.decoded(row.sites), row.made_ms, row.until_ms)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
