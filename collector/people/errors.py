"""What is wrong with what was asked about people."""

from ..errors import CollectorError


class PeopleError(CollectorError):
    """A user, password or token that cannot be as asked."""


class NobodyError(PeopleError):
    """A user or token that is not there."""
