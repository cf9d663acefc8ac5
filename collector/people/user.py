"""Users, roles and rights: one table says what each role may do, and nothing else does.

A right is also the scope of an API token. What a person may see beside that are sites; rights over the whole collector
are only for those who see all sites, because the audit log and the list of users speak of all of them.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .errors import PeopleError

SITES_MAX = 500
NAME = r"^[a-z0-9][a-z0-9._@-]{0,31}$"


class Right(StrEnum):
    """Something that a person or a token may do."""

    READ_REPORT = "read:report"
    READ_FLEET = "read:fleet"
    WRITE_FLEET = "write:fleet"
    READ_OPERATION = "read:operation"
    WRITE_OPERATION = "write:operation"
    READ_PEOPLE = "read:people"
    WRITE_PEOPLE = "write:people"


class Role(StrEnum):
    """What somebody is to this collector."""

    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    ANALYST = "analyst"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.TECHNICIAN: frozenset({Right.READ_FLEET, Right.WRITE_FLEET}),
    Role.ADMINISTRATOR: frozenset(
        {Right.READ_REPORT, Right.READ_FLEET, Right.WRITE_FLEET, Right.READ_PEOPLE, Right.WRITE_PEOPLE}
    ),
    Role.OPERATOR: frozenset({Right.READ_OPERATION, Right.WRITE_OPERATION}),
    Role.ANALYST: frozenset({Right.READ_REPORT}),
}
OF_THE_WHOLE = frozenset({Right.READ_OPERATION, Right.WRITE_OPERATION, Right.READ_PEOPLE, Right.WRITE_PEOPLE})


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites that somebody may see, as (tenant, site); an empty site is all of a tenant, everywhere is all there is."""

    named: frozenset[tuple[str, str]] = frozenset()
    everywhere: bool = False

    def has(self, tenant: str, site: str) -> bool:
        """Whether this site is one of them; site "" asks for all of the tenant."""
        return self.everywhere or (tenant, "") in self.named or (bool(site) and (tenant, site) in self.named)

    def within(self, other: "Sites") -> bool:
        """Whether none of these is outside the other's."""
        return other.everywhere or (not self.everywhere and all(other.has(*one) for one in self.named))

    def common(self, other: "Sites") -> "Sites":
        """What is among both."""
        if self.everywhere or other.everywhere:
            return other if self.everywhere else self
        mine = {one for one in self.named if other.has(*one)}
        return Sites(frozenset(mine | {one for one in other.named if self.has(*one)}))

    def words(self) -> list[str]:
        """As a person writes them: TENANT/SITE, TENANT/*; * is everything."""
        return ["*"] if self.everywhere else [f"{tenant}/{site or '*'}" for tenant, site in sorted(self.named)]

    def encoded(self) -> str:
        """As the registry keeps them."""
        return json.dumps("*" if self.everywhere else sorted(self.named))

    @classmethod
    def decoded(cls, text: str) -> "Sites":
        """The twin of encoded."""
        said = json.loads(text)
        return EVERYWHERE if said == "*" else cls(frozenset((tenant, site) for tenant, site in said))

    @classmethod
    def of_words(cls, words: Iterable[str]) -> "Sites":
        """The twin of words. Raises PeopleError for what is no site."""
        given = list(words)
        if "*" in given:
            return EVERYWHERE
        if len(given) > SITES_MAX:
            raise PeopleError(f"{len(given)} sites are too many: at most {SITES_MAX}; TENANT/* means all of a tenant")
        named = set()
        for word in given:
            tenant, slash, site = word.partition("/")
            if not tenant or not slash or not site or len(tenant) > 32 or len(site) > 64 or not word.isprintable():
                raise PeopleError(f"'{word}' names no site; TENANT/SITE, TENANT/* or * is wanted")
            named.add((tenant, "" if site == "*" else site))
        return cls(frozenset(named))


EVERYWHERE = Sites(everywhere=True)
NOWHERE = Sites()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is known here. until_ms: when a one-time password that must be changed ends."""

    name: str
    role: Role
    sites: Sites
    disabled: bool = False
    must_change: bool = False
    until_ms: int | None = None
    made_ms: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: a user by a session, by a token, or whoever comes to an open page (name "")."""

    name: str
    role: Role
    rights: frozenset[Right]
    sites: Sites
    must_change: bool = False
    by: str = "session"  # session, token or open

    @property
    def actor(self) -> str:
        """As the audit log has it."""
        return f"web:{self.name}" if self.by == "session" else f"api:{self.name}"

    def may(self, right: Right) -> bool:
        """Whether this is among the rights."""
        return right in self.rights


OPEN = Person(
    "",
    Role.ADMINISTRATOR,
    frozenset({Right.READ_REPORT, Right.READ_FLEET, Right.READ_OPERATION}),
    EVERYWHERE,
    by="open",
)


def rights(role: Role, sites: Sites) -> frozenset[Right]:
    """What a role may do for somebody who sees these sites."""
    return RIGHTS[role] if sites.everywhere else RIGHTS[role] - OF_THE_WHOLE


def person(user: User) -> Person:
    """A user who has signed in."""
    return Person(user.name, user.role, rights(user.role, user.sites), user.sites, user.must_change)


def check(user: User) -> None:
    """Raise PeopleError where a user cannot be one."""
    check_name(user.name)
    if user.role is Role.OPERATOR and not user.sites.everywhere:
        raise PeopleError("an operator answers for the whole collector and sees no site's numbers: leave sites away")


def check_name(name: str) -> None:
    """Raise PeopleError for what is no user's name."""
    if not re.fullmatch(NAME, name) or name.endswith("\n"):
        raise PeopleError("a user's name has 1 to 32 of a-z, 0-9, and . _ @ - behind the first; choose another")
