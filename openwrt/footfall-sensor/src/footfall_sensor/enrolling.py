"""One enrolment: what the unit says to the collector, and whether the answer is to be believed. No HTTP in here.

An answer counts when it was signed by the collector's key that the unit has; a unit that has none yet takes the key
from the answer where the claim proves it. It must name this unit and the request it answers: whatever was recorded
earlier, or was meant for another, is refused.
"""

import base64
import binascii
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from . import claim as claims
from . import codes, keys, signing
from .claim import Claim
from .errors import BadSignature, EnrolmentError, Malformed
from .wire import envelope
from .wire.enrol import CHALLENGE_BYTES, About, Enrol
from .wire.envelope import Envelope, Kind
from .wire.member import Member, State

# An Ed25519 key in a certificate (RFC 8410) is these bytes and its own 32.
KEY_INFO_HEAD = bytes.fromhex("302a300506032b6570032100")


class Transport(Protocol):
    """The way to the collector. Both raise EnrolmentError where it cannot be asked."""

    def challenge(self) -> bytes:
        """A fresh challenge."""

    def submit(self, sealed: bytes) -> bytes:
        """The answer to a sealed ENROL."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """A unit before the collector. collectors: keys whose word it takes, none yet at first; claim: if it has one."""

    backend: signing.Backend
    secret: keys.SecretKey
    boot: bytes
    collectors: tuple[keys.PublicKey, ...] = ()
    claim: Claim | None = None
    about: About = field(default_factory=About)
    wireguard: bytes = b""
    sealing: bytes = b""

    @property
    def name(self) -> str:
        """The name it goes by until it has one."""
        return codes.unit_name(self.secret.public_raw)


def ask(unit: Applicant, transport: Transport, nonce: bytes, number: int = 0) -> Member:
    """One request and its answer. nonce: 16 fresh random bytes. Raises EnrolmentError."""
    if not unit.collectors and unit.claim is None:
        raise EnrolmentError("this unit knows no collector and has no claim. Get a claim: footfall collector claim new")
    challenge = transport.challenge()
    if len(challenge) != CHALLENGE_BYTES:
        raise EnrolmentError("what answers there is no collector of Footfall's. Is enrol_url right?")
    answer = transport.submit(_request(unit, challenge, nonce, number))
    try:
        return _believe(unit, answer, nonce)
    except Malformed as exc:
        raise EnrolmentError(f"the answer is not to be believed: {exc}") from exc


def _request(unit: Applicant, challenge: bytes, nonce: bytes, number: int) -> bytes:
    proof = b""
    if unit.claim is not None:
        linked = claims.link(unit.claim.secret, unit.secret.public_raw)
        proof = claims.unit_proof(linked, challenge, nonce)
    said = Enrol(
        key=unit.secret.public,
        challenge=challenge,
        nonce=nonce,
        claim_id=unit.claim.id if unit.claim else "",
        proof=proof,
        collector_id=unit.collectors[0].id if unit.collectors else b"",
        wireguard=unit.wireguard,
        sealing=unit.sealing,
        about=unit.about,
    )
    plain = Envelope(Kind.ENROL, unit.name, unit.boot, number, said.encode())
    return envelope.seal(plain, lambda message: unit.backend.sign(unit.secret, message))


def _believe(unit: Applicant, raw: bytes, nonce: bytes) -> Member:
    """The answer, once it is certain whose it is and for whom. Raises Malformed."""
    opened = envelope.unpack(raw)
    if opened.kind is not Kind.MEMBER or opened.sensor != unit.name:
        raise Malformed("it is for another unit")
    signer = _signer(unit, raw, unit.collectors) if unit.collectors else None
    member = Member.decode(opened.body)
    if member.nonce != nonce:
        raise Malformed("it answers another request")
    if signer is None:
        _check_claim(unit, member, nonce)
        _signer(unit, raw, (member.collector,))
    elif member.collector != signer:
        raise Malformed("it names another key than signed it")
    if member.certificate and KEY_INFO_HEAD + unit.secret.public_raw not in _der(member.certificate):
        raise Malformed("its certificate is for another key")
    if member.state is State.APPROVED and not (member.sensor and member.tenant):
        raise Malformed("it names no sensor")
    return member


def _signer(unit: Applicant, raw: bytes, known: Sequence[keys.PublicKey]) -> keys.PublicKey:
    """Which of these keys has signed it. Raises BadSignature where none has."""
    for key in known:
        with suppress(BadSignature):
            envelope.verify(raw, partial(unit.backend.verify, key))
            return key
    raise BadSignature("it was not signed by the collector that this unit knows")


def _check_claim(unit: Applicant, member: Member, nonce: bytes) -> None:
    if unit.claim is None or not member.proof:
        why = member.says or "it does not know the claim"
        raise Malformed(f"the collector did not prove itself by the claim ({why})")
    linked = claims.link(unit.claim.secret, unit.secret.public_raw)
    if not claims.same(member.proof, claims.collector_proof(linked, member.collector.raw, nonce)):
        raise Malformed("the collector's proof does not fit the claim")


def _der(pem: bytes) -> bytes:
    """The bytes of the first certificate in a PEM text. Raises Malformed."""
    _, begin, rest = pem.partition(b"-----BEGIN CERTIFICATE-----")
    coded, end, _ = rest.partition(b"-----END CERTIFICATE-----")
    try:
        return base64.b64decode(coded) if begin and end else b""
    except binascii.Error as exc:
        raise Malformed("its certificate is no PEM text") from exc
