"""Claims: the words handed out to technicians. Each is bound to a site, good once, and for days.

The registry has a claim's secret only while the claim is open (see vault). An id is no secret: it names the claim in
lists, in the audit log and on the wire.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Engine, insert, select, update

from footfall_sensor import codes
from footfall_sensor.claim import ID_DIGITS, SECRET_DIGITS, Claim

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from . import places
from .places import Offer
from .vault import ClaimVault

DAY_MS = 24 * 3600 * 1000
LIFE_DAYS, LIFE_DAYS_MAX = 7, 30
COUNT_MAX = 1000  # made by one command: a batch of units
WRONG_MAX = 10  # proofs that do not fit; then the claim is locked


class End(StrEnum):
    """How a claim stands, or why it is over."""

    OPEN = ""
    USED = "used"
    WITHDRAWN = "withdrawn"
    LOCKED = "locked"
    EXPIRED = "expired"  # never stored: it follows from the time


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim as the registry has it, without its secret."""

    id: str
    offer: Offer
    made_ms: int
    made_by: str
    expires_ms: int
    end: End
    ended_ms: int | None
    wrong: int


class Claims:
    """The claims of one collector."""

    def __init__(self, engine: Engine, vault: ClaimVault) -> None:
        self._engine = engine
        self._vault = vault

    def make(self, offer: Offer, expires_ms: int, actor: str, now_ms: int, count: int = 1) -> list[Claim]:
        """New claims; who gets the code of one can enrol one unit. Raises QueryError, and Malformed for a name."""
        return self.make_each([offer] * count, expires_ms, actor, now_ms)

    def make_each(self, offers: Sequence[Offer], expires_ms: int, actor: str, now_ms: int) -> list[Claim]:
        """A claim for each offer, in their order; all are made or none. Raises QueryError, and Malformed for a name."""
        if not now_ms < expires_ms <= now_ms + LIFE_DAYS_MAX * DAY_MS:
            raise QueryError(
                f"a claim lasts at most {LIFE_DAYS_MAX} days, and must not be over before it is made"
                "; choose an end within"
            )
        with writing(self._engine).begin() as connection:
            forget_expired(connection, now_ms)
            taken = set(connection.execute(select(schema.claims.c.id)).scalars())
            made = [_new(taken) for _ in offers]
            for claim, offer in zip(made, offers, strict=True):
                places.announce(connection, offer, actor, now_ms)
                rule = ", approves by itself" if offer.approve else ""
                says = f"for {offer.sensor or 'any name'} at {offer.tenant}/{offer.site}{rule}"
                connection.execute(insert(schema.claims).values(self._row(claim, offer, expires_ms, actor, now_ms)))
                audit.append(connection, Event(actor, "claim", f"claim {claim.id}", says), now_ms)
        return made

    def withdraw(self, claim_id: str, actor: str, now_ms: int) -> None:
        """End a claim that nobody has used. Raises QueryError."""
        with writing(self._engine).begin() as connection:
            row = connection.execute(select(schema.claims).where(schema.claims.c.id == claim_id)).first()
            if row is None:
                raise QueryError(f"there is no claim '{claim_id}'; footfall collector claim list shows those there are")
            if row.ended:
                raise QueryError(f"claim {claim_id} is over already: {row.ended}; make a new one")
            end(connection, claim_id, End.WITHDRAWN, now_ms)
            audit.append(connection, Event(actor, "withdraw", f"claim {claim_id}", "nobody had used it"), now_ms)

    def entries(self, now_ms: int) -> list[Entry]:
        """All claims, oldest first."""
        wanted = select(schema.claims).order_by(schema.claims.c.made_ms, schema.claims.c.id)
        with self._engine.begin() as connection:
            return [
                Entry(
                    id=row.id,
                    offer=Offer(row.tenant, row.site, row.sensor, row.approve),
                    made_ms=row.made_ms,
                    made_by=row.made_by,
                    expires_ms=row.expires_ms,
                    end=End.EXPIRED if not row.ended and row.expires_ms <= now_ms else End(row.ended),
                    ended_ms=row.ended_ms,
                    wrong=row.wrong,
                )
                for row in connection.execute(wanted)
            ]

    def _row(self, claim: Claim, offer: Offer, expires_ms: int, actor: str, now_ms: int) -> dict[str, object]:
        return {
            "id": claim.id,
            "tenant": offer.tenant,
            "site": offer.site,
            "sensor": offer.sensor,
            "approve": offer.approve,
            "secret": self._vault.seal(f"claim {claim.id}", claim.secret),
            "made_ms": now_ms,
            "made_by": actor,
            "expires_ms": expires_ms,
            "ended": End.OPEN,
            "wrong": 0,
        }


def end(connection: Connection, claim_id: str, how: End, now_ms: int) -> None:
    """A claim is over, and its secret gone."""
    change = {"ended": how, "ended_ms": now_ms, "secret": None}
    connection.execute(update(schema.claims).where(schema.claims.c.id == claim_id).values(change))


def forget_expired(connection: Connection, now_ms: int) -> None:
    """The secrets of claims that came to their end unused are of no more use."""
    table = schema.claims
    connection.execute(update(table).where(table.c.expires_ms <= now_ms).values(secret=None))


def _new(taken: set[str]) -> Claim:
    """A claim that nobody can guess, under an id of its own."""
    secret = codes.digits(secrets.randbits(codes.BITS * SECRET_DIGITS), SECRET_DIGITS)
    return Claim(_free_id(taken), secret.encode())


def _free_id(taken: set[str]) -> str:
    """An id that no claim has had: lists and the audit log name claims by it."""
    while True:
        found = codes.digits(secrets.randbits(codes.BITS * ID_DIGITS), ID_DIGITS)
        if found not in taken:
            taken.add(found)
            return found
