"""Users as the page of people shows them: with their sessions and tokens, never a secret."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from ...people.book import People
from ...people.errors import PeopleError
from ...people.sessions import Sessions
from ...people.tokens import Token, Tokens
from ...people.user import Person, Role, Sites, User
from ..given import whole

PAGE = 100


@dataclass(frozen=True, slots=True)
class Resident:
    """A user, how many sessions last, and the tokens that do."""

    user: User
    sessions: int
    tokens: tuple[Token, ...]
    waits: bool  # a one-time password that is still good
    lapsed: bool  # one that is over: nobody came in in time


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list of users."""

    residents: list[Resident]
    found: int
    page: int
    pages: int


class Residents:
    """Looks at users, and changes them by the book."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        self.people = People(engine)
        self._sessions, self._tokens = Sessions(engine), Tokens(engine)
        self._now_ms = now_ms

    def listed(self, name: str = "", role: str = "", page: int = 1) -> Listed:
        """Users whose name holds this, of this role, by name."""
        found = [one for one in self.people.all() if name.lower() in one.name and (not role or one.role.value == role)]
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(1, page), pages)
        sessions, tokens = self._sessions.counts(self._now_ms()), self._by_user()
        shown = found[(page - 1) * PAGE : page * PAGE]
        return Listed([self._one(user, sessions, tokens) for user in shown], len(found), page, pages)

    def find(self, name: str) -> Resident:
        """One user. Raises PeopleError."""
        return self._one(self.people.find(name), self._sessions.counts(self._now_ms()), self._by_user())

    def add(self, form: dict[str, str], by: Person) -> tuple[str, str]:
        """Add a user out of a form. Returns the name and the one-time password. Raises PeopleError."""
        name = form.get("name", "").strip().lower()
        sites = Sites.of_words(form.get("sites", "").split())
        return name, self.people.add(name, role_of(form), sites, by.actor, self._now_ms())

    def change(self, name: str, form: dict[str, str], by: Person) -> None:
        """Give a user the role and the sites of a form, what of it is new. Raises PeopleError."""
        user = self.people.find(name)
        role, sites = role_of(form), Sites.of_words(form.get("sites", "").split())
        # Sites first where they become all, as an operator's must be; else the role, which may allow fewer.
        if sites != user.sites and sites.everywhere:
            self.people.give_sites(name, sites, by.actor, self._now_ms())
        if role is not user.role:
            self.people.give_role(name, role, by.actor, self._now_ms())
        if sites != user.sites and not sites.everywhere:
            self.people.give_sites(name, sites, by.actor, self._now_ms())

    def disable(self, name: str, disabled: bool, by: Person) -> None:
        """Shut a user out, or let in again. Raises PeopleError."""
        self.people.disable(name, disabled, by.actor, self._now_ms())

    def reset(self, name: str, by: Person) -> str:
        """A new one-time password. Raises PeopleError."""
        return self.people.reset(name, by.actor, self._now_ms())

    def end_sessions(self, name: str, by: Person) -> int:
        """Sign a user out everywhere. Raises PeopleError."""
        return self.people.end_sessions(name, by.actor, self._now_ms())

    def revoke(self, name: str, number: str, by: Person) -> None:
        """End one of a user's tokens. Raises PeopleError."""
        self._tokens.revoke(whole(number), by.actor, self._now_ms(), name)

    def _by_user(self) -> dict[str, list[Token]]:
        found: dict[str, list[Token]] = {}
        for one in self._tokens.of():
            if one.until_ms > self._now_ms():
                found.setdefault(one.user, []).append(one)
        return found

    def _one(self, user: User, sessions: dict[str, int], tokens: dict[str, list[Token]]) -> Resident:
        once = user.until_ms is not None
        good = once and self._now_ms() < (user.until_ms or 0)
        return Resident(
            user, sessions.get(user.name, 0), tuple(tokens.get(user.name, ())), waits=good, lapsed=once and not good
        )


def role_of(form: dict[str, str]) -> Role:
    """The role that a form names. Raises PeopleError."""
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise PeopleError(f"a role is one of: {', '.join(Role)}") from None
