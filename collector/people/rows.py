"""Users as the registry's rows have them."""

from typing import Any

from sqlalchemy import Connection, Row, select

from .. import schema
from .errors import NobodyError
from .user import Role, Sites, User


def user_of(row: "Row[Any]") -> User:
    """The user in a row that holds the columns of the table."""
    return User(
        row.name,
        Role(row.role),
        Sites.decoded(row.sites),
        row.disabled,
        row.must_change,
        row.until_ms,
        row.made_ms,
    )


def find(connection: Connection, name: str) -> User:
    """The user of this name. Raises PeopleError."""
    row = connection.execute(select(schema.users).where(schema.users.c.name == name)).first()
    if row is None:
        raise NobodyError(f"there is no user '{name}'; see: footfall collector user list")
    return user_of(row)
