"""The book of people in the registry: users and their passwords.

Every change is in the audit log, none with a secret.
"""

from collections.abc import Callable
from difflib import get_close_matches

from sqlalchemy import Connection, Engine, func, insert, select, update

from .. import schema
from ..database import writing
from ..records import audit
from ..records.audit import Event
from . import passwords, rows, sessions
from .errors import PeopleError
from .user import EVERYWHERE, Role, Sites, User, check, check_name

ONE_TIME_MS = 86_400_000
USERS_MAX = 5000
NEAR_MAX = 3  # sites that a slip may have meant
FIRST = "admin"
LOCKED_AT = 10  # failures in a row that the audit log tells of
WRONG = "name or password is wrong"


class People:
    """Reads and writes of users."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[User]:
        """Everybody, by name."""
        with self._engine.begin() as connection:
            return [rows.user_of(row) for row in connection.execute(select(schema.users).order_by(schema.users.c.name))]

    def find(self, name: str) -> User:
        """The user of this name. Raises PeopleError."""
        with self._engine.begin() as connection:
            return rows.find(connection, name)

    def add(self, name: str, role: Role, sites: Sites, actor: str, now_ms: int) -> str:
        """Add a user. Returns a one-time password, to be handed over within a day. Raises PeopleError."""
        user = User(name, role, sites, must_change=True, until_ms=now_ms + ONE_TIME_MS, made_ms=now_ms)
        check(user)
        password = passwords.one_time()
        kept = passwords.hashed(password)
        with writing(self._engine).begin() as connection:
            names = set(connection.scalars(select(schema.users.c.name)))
            if name in names:
                raise PeopleError(f"there is a user '{name}' already; choose another name")
            if len(names) >= USERS_MAX:
                raise PeopleError(f"a collector has at most {USERS_MAX} users; remove one first")
            _check_sites(connection, sites)
            _insert(connection, user, kept)
            says = f"{role}; {' '.join(sites.words()) or 'no sites'}"
            audit.append(connection, Event(actor, "add user", f"user {name}", says), now_ms)
        return password

    def first(self, now_ms: int) -> str | None:
        """A one-time password of the first user, where there is nobody yet, or nobody who has come in in time."""
        known = self.all()
        if not known:
            return self.add(FIRST, Role.ADMINISTRATOR, EVERYWHERE, "collector", now_ms)
        [one, *more] = known
        if more or one.name != FIRST or one.disabled or one.until_ms is None or now_ms < one.until_ms:
            return None
        return self.reset(FIRST, "collector", now_ms)

    def reset(self, name: str, actor: str, now_ms: int) -> str:
        """Give a user a new one-time password; sessions end. Raises PeopleError."""
        password = passwords.one_time()
        values: dict[str, object] = {
            "password_hash": passwords.hashed(password),
            "must_change": True,
            "until_ms": now_ms + ONE_TIME_MS,
        }
        self._change(name, actor, now_ms, "reset password", "", lambda _connection, _user: None, values, ended=True)
        return password

    def give_role(self, name: str, role: Role, actor: str, now_ms: int) -> None:
        """Make a user something else. Raises PeopleError, also where nobody would be left to change it back."""

        def prove(connection: Connection, user: User) -> None:
            check(User(name, role, user.sites))
            if role is not Role.ADMINISTRATOR:
                _check_not_last(connection, user)

        self._change(name, actor, now_ms, "set role", role, prove, {"role": role.value})

    def give_sites(self, name: str, sites: Sites, actor: str, now_ms: int) -> None:
        """Let a user see these sites and no others. Raises PeopleError."""

        def prove(connection: Connection, user: User) -> None:
            check(User(name, user.role, sites))
            _check_sites(connection, sites)
            if not sites.everywhere:
                _check_not_last(connection, user)

        says = " ".join(sites.words()) or "none"
        self._change(name, actor, now_ms, "set sites", says, prove, {"sites": sites.encoded()})

    def disable(self, name: str, disabled: bool, actor: str, now_ms: int) -> None:
        """Shut a user out at once, or let in again. Raises PeopleError."""

        def prove(connection: Connection, user: User) -> None:
            if disabled:
                _check_not_last(connection, user)

        verb = "disable user" if disabled else "enable user"
        self._change(name, actor, now_ms, verb, "", prove, {"disabled": disabled}, ended=disabled)

    def end_sessions(self, name: str, actor: str, now_ms: int) -> int:
        """Sign a user out everywhere. Returns how many sessions that ended. Raises PeopleError."""
        check_name(name)
        with writing(self._engine).begin() as connection:
            rows.find(connection, name)
            ended = sessions.end_all(connection, name)
            audit.append(connection, Event(actor, "end sessions", f"user {name}", f"{ended} sessions"), now_ms)
        return ended

    def sign_in(self, name: str, password: str, now_ms: int, before: str | None = None) -> str | None:
        """Begin a session. None where name or password is wrong: for unknown users it takes as long as for others.

        before: the session that the browser had; it ends.
        """
        table = schema.users
        with self._engine.begin() as connection:
            row = connection.execute(select(table).where(table.c.name == name)).first()
        fitting = passwords.fits(password, row.password_hash if row else None)
        if row is None or not fitting or row.disabled or (row.until_ms is not None and now_ms >= row.until_ms):
            return None
        renewed = passwords.hashed(password) if passwords.outdated(row.password_hash) else row.password_hash
        with writing(self._engine).begin() as connection:
            # The same password still, and nobody was shut out meanwhile.
            holds = (table.c.name == name) & (table.c.password_hash == row.password_hash) & ~table.c.disabled
            if connection.execute(update(table).where(holds).values(password_hash=renewed)).rowcount == 0:
                return None
            if before is not None:
                sessions.end(connection, before)
            secret = sessions.begin(connection, name, now_ms)
            audit.append(connection, Event(f"web:{name}", audit.SIGN_IN, f"user {name}"), now_ms)
        return secret

    def sign_out(self, secret: str, name: str, now_ms: int) -> None:
        """End a session."""
        with writing(self._engine).begin() as connection:
            sessions.end(connection, secret)
            audit.append(connection, Event(f"web:{name}", audit.SIGN_OUT, f"user {name}"), now_ms)

    def choose(self, name: str, old: str, new: str, now_ms: int) -> str:
        """A user's own new password; all sessions end, and the one that is given back begins. Raises PeopleError."""
        table = schema.users
        with self._engine.begin() as connection:
            kept = connection.scalar(select(table.c.password_hash).where(table.c.name == name, ~table.c.disabled))
        if not passwords.fits(old, kept):
            raise PeopleError("the password you have now is another; type it again")
        passwords.check(new, name)
        if new == old:
            raise PeopleError("the new password must be another than the old one; choose another")
        values = {"password_hash": passwords.hashed(new), "must_change": False, "until_ms": None}
        with writing(self._engine).begin() as connection:
            holds = (table.c.name == name) & (table.c.password_hash == kept) & ~table.c.disabled
            if connection.execute(update(table).where(holds).values(**values)).rowcount == 0:
                raise PeopleError("the password was changed meanwhile; sign in again")
            sessions.end_all(connection, name)
            secret = sessions.begin(connection, name, now_ms)
            audit.append(connection, Event(f"web:{name}", "change password", f"user {name}"), now_ms)
        return secret

    def note_tries(self, name: str, failures: int, now_ms: int) -> None:
        """Tell the audit log of many failures in a row, once, where it is somebody's name."""
        if failures != LOCKED_AT:
            return
        with writing(self._engine).begin() as connection:
            if connection.scalar(select(func.count()).where(schema.users.c.name == name)):
                event = Event("collector", "refuse sign in", f"user {name}", f"{failures} failures in a row")
                audit.append(connection, event, now_ms)

    def _change(
        self,
        name: str,
        actor: str,
        now_ms: int,
        verb: str,
        says: str,
        prove: Callable[[Connection, User], None],
        values: dict[str, object],
        ended: bool = False,
    ) -> None:
        check_name(name)
        with writing(self._engine).begin() as connection:
            user = rows.find(connection, name)
            prove(connection, user)
            connection.execute(update(schema.users).where(schema.users.c.name == name).values(**values))
            if ended:
                sessions.end_all(connection, name)
            audit.append(connection, Event(actor, verb, f"user {name}", says), now_ms)


def _insert(connection: Connection, user: User, kept: str) -> None:
    values = {
        "name": user.name,
        "role": user.role.value,
        "sites": user.sites.encoded(),
        "password_hash": kept,
        "disabled": user.disabled,
        "must_change": user.must_change,
        "until_ms": user.until_ms,
        "made_ms": user.made_ms,
    }
    connection.execute(insert(schema.users).values(**values))


def _check_sites(connection: Connection, sites: Sites) -> None:
    """Raise PeopleError where a site is not there: a slip would show itself as an empty page."""
    tenants = set(connection.scalars(select(schema.tenants.c.name)))
    there = {(row.tenant, row.name) for row in connection.execute(select(schema.sites.c.tenant, schema.sites.c.name))}
    for tenant, site in sorted(sites.named):
        if (tenant, site) not in there and (site or tenant not in tenants):
            near = get_close_matches(site, sorted(name for whose, name in there if whose == tenant), NEAR_MAX)
            if near:
                raise PeopleError(
                    f"there is no site {tenant}/{site}; near it: {', '.join(f'{tenant}/{name}' for name in near)}"
                )
            raise PeopleError(f"there is no site {tenant}/{site or '*'}; see: footfall collector site list")


def _check_not_last(connection: Connection, user: User) -> None:
    table = schema.users
    others = select(func.count()).where(
        table.c.name != user.name,
        table.c.role == Role.ADMINISTRATOR.value,
        table.c.sites == EVERYWHERE.encoded(),
        ~table.c.disabled,
    )
    alone = user.role is Role.ADMINISTRATOR and user.sites.everywhere and not connection.scalar(others)
    if alone and not user.disabled:
        raise PeopleError(f"{user.name} is the last administrator of all sites; make another first")
