"""Where a sensor stands with the collector, and how it may get from one state to another."""

from enum import StrEnum

from ..errors import QueryError

REFRESH_S = 5.0  # how soon a running collector knows of a change


class Standing(StrEnum):
    """A sensor's state. Only what an approved one sends is stored, and only it gets epoch keys."""

    NEW = "new"  # announced by its claim; it has never spoken
    PENDING = "pending"  # it has shown its key and its claim; somebody must approve it
    APPROVED = "approved"
    QUARANTINED = "quarantined"  # it behaved oddly: nothing of it is taken until somebody has looked
    REVOKED = "revoked"  # stolen, lost, thrown away: never again under this key
    REPLACED = "replaced"  # another unit has taken its place


NEXT: dict[Standing, frozenset[Standing]] = {
    Standing.NEW: frozenset({Standing.PENDING, Standing.APPROVED, Standing.REVOKED}),
    Standing.PENDING: frozenset({Standing.APPROVED, Standing.REVOKED}),
    Standing.APPROVED: frozenset({Standing.QUARANTINED, Standing.REVOKED, Standing.REPLACED}),
    Standing.QUARANTINED: frozenset({Standing.APPROVED, Standing.REVOKED, Standing.REPLACED}),
    Standing.REVOKED: frozenset(),
    Standing.REPLACED: frozenset({Standing.REVOKED}),
}


def check_move(sensor: str, now: Standing, to: Standing) -> None:
    """Raise QueryError where a sensor cannot get from one state to the other."""
    if to not in NEXT[now]:
        ways = ", ".join(sorted(NEXT[now])) or "no other state; enrol the unit again under another name"
        raise QueryError(f"{sensor} is {now} and cannot become {to}; from here it can become {ways}")
