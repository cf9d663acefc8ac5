"""Redeeming a claim: whether the unit that shows it holds it, and it is still good."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select, update

from footfall_sensor import claim as proofs
from footfall_sensor.wire.enrol import Enrol

from .. import schema
from ..records import audit
from ..records.audit import Event
from .claims import WRONG_MAX, End, end
from .places import Offer
from .vault import ClaimVault

_NOBODYS = b"0" * proofs.SECRET_DIGITS  # an unknown claim costs the same time as a known one


class Refusal(StrEnum):
    """Why a unit was not let in: counted by it, and never told to the unit more closely than it must know."""

    NO_CLAIM = "no claim"
    UNKNOWN_CLAIM = "unknown claim"
    OVER = "claim used, withdrawn or locked"
    EXPIRED = "claim expired"
    WRONG_PROOF = "wrong proof"
    NO_PLACE = "the claim's sensor is revoked"


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A claim that was good, and is used up now. link: its secret with this unit."""

    claim_id: str
    offer: Offer
    link: bytes


def redeem(connection: Connection, vault: ClaimVault, asked: Enrol, now_ms: int) -> Redeemed | Refusal:
    """Use the claim up, within a transaction that writes: of two units with one claim the second finds it used."""
    if not asked.claim_id:
        return Refusal.NO_CLAIM
    table = schema.claims
    row = connection.execute(select(table).where(table.c.id == asked.claim_id).with_for_update()).first()
    sealed = row.secret if row is not None else None
    secret = vault.open(f"claim {asked.claim_id}", sealed) if sealed else _NOBODYS
    link = proofs.link(secret, asked.key.raw)
    good = proofs.same(asked.proof, proofs.unit_proof(link, asked.challenge, asked.nonce))
    if row is None:
        return Refusal.UNKNOWN_CLAIM
    if row.ended:
        return Refusal.OVER
    if row.expires_ms <= now_ms or not sealed:
        return Refusal.EXPIRED
    if not good:
        _count_wrong(connection, asked.claim_id, row.wrong + 1, now_ms)
        return Refusal.WRONG_PROOF
    end(connection, asked.claim_id, End.USED, now_ms)
    return Redeemed(asked.claim_id, Offer(row.tenant, row.site, row.sensor, row.approve), link)


def _count_wrong(connection: Connection, claim_id: str, wrong: int, now_ms: int) -> None:
    table = schema.claims
    connection.execute(update(table).where(table.c.id == claim_id).values(wrong=wrong))
    if wrong >= WRONG_MAX:
        end(connection, claim_id, End.LOCKED, now_ms)
        says = f"{wrong} proofs did not fit: somebody tries, or types another claim's code. Make a new one"
        audit.append(connection, Event("collector", "lock", f"claim {claim_id}", says), now_ms)
