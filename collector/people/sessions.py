"""Sessions: a random number in a cookie, of which the registry knows only the hash.

A session ends by being idle, by age, at sign-out, when the password changes, and when its user is disabled. Reading
it reads the user anew, so that a change of role or sites holds from the next request on.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from .. import schema
from ..database import writing
from .rows import user_of
from .user import Person, person

IDLE_MS = 3_600_000
AGE_MAX_MS = 12 * 3_600_000
SEEN_EVERY_MS = 300_000  # how exactly it is known when a session was used last
PER_USER_MAX = 10
SECRET_CHARS = 43  # of 32 bytes


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its holder has it, and whose it is."""

    secret: str
    person: Person

    @property
    def csrf(self) -> str:
        """What every form of this session carries; it tells nothing of the secret."""
        return hmac.digest(self.secret.encode(), b"footfall form", "sha256").hex()


def matches(session: Session, csrf: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(session.csrf.encode(), csrf.encode("utf-8", "surrogatepass"))


class Sessions:
    """Reads and writes of sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, secret: str, now_ms: int) -> Session | None:
        """The session behind a cookie, while it lasts."""
        if len(secret) != SECRET_CHARS:
            return None
        table, users = schema.sessions, schema.users
        kept = digest(secret)
        wanted = select(users, table.c.made_ms.label("begun_ms"), table.c.seen_ms).join(
            table, table.c.user_name == users.c.name
        )
        with self._engine.begin() as connection:
            row = connection.execute(wanted.where(table.c.hash == kept)).first()
        if row is None or row.disabled or now_ms - row.begun_ms >= AGE_MAX_MS or now_ms - row.seen_ms >= IDLE_MS:
            return None
        if now_ms - row.seen_ms >= SEEN_EVERY_MS:
            with writing(self._engine).begin() as connection:
                connection.execute(update(table).where(table.c.hash == kept).values(seen_ms=now_ms))
        return Session(secret, person(user_of(row)))

    def lasting(self, secrets: Sequence[str], now_ms: int) -> dict[str, Person]:
        """Who is behind these sessions, of those that last. To ask is no use of a session."""
        table, users = schema.sessions, schema.users
        kept = {digest(secret): secret for secret in secrets}
        wanted = select(users, table.c.hash).join(table, table.c.user_name == users.c.name)
        begun = (table.c.made_ms > now_ms - AGE_MAX_MS) & (table.c.seen_ms > now_ms - IDLE_MS)
        with self._engine.begin() as connection:
            found = connection.execute(wanted.where(table.c.hash.in_(kept), begun, ~users.c.disabled)).all()
        return {kept[row.hash]: person(user_of(row)) for row in found}

    def counts(self, now_ms: int) -> dict[str, int]:
        """How many sessions each user has that last."""
        table = schema.sessions
        begun = (table.c.made_ms > now_ms - AGE_MAX_MS) & (table.c.seen_ms > now_ms - IDLE_MS)
        wanted = select(table.c.user_name, func.count()).where(begun).group_by(table.c.user_name)
        with self._engine.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}


def begin(connection: Connection, user: str, now_ms: int) -> str:
    """A new session within a transaction that writes; what has ended, and a user's oldest beyond the limit, go."""
    table = schema.sessions
    ended = (table.c.made_ms <= now_ms - AGE_MAX_MS) | (table.c.seen_ms <= now_ms - IDLE_MS)
    connection.execute(delete(table).where(ended))
    newest = select(table.c.hash).where(table.c.user_name == user).order_by(table.c.made_ms.desc())
    for kept in connection.scalars(newest.offset(PER_USER_MAX - 1)).all():
        connection.execute(delete(table).where(table.c.hash == kept))
    secret = secrets.token_urlsafe(32)
    values = {"hash": digest(secret), "user_name": user, "made_ms": now_ms, "seen_ms": now_ms}
    connection.execute(insert(table).values(**values))
    return secret


def end(connection: Connection, secret: str) -> None:
    """End one session, within a transaction that writes."""
    connection.execute(delete(schema.sessions).where(schema.sessions.c.hash == digest(secret)))


def end_all(connection: Connection, user: str) -> int:
    """End every session of a user, within a transaction that writes. Returns how many."""
    return connection.execute(delete(schema.sessions).where(schema.sessions.c.user_name == user)).rowcount


def digest(secret: str) -> bytes:
    """What the registry knows a session by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
