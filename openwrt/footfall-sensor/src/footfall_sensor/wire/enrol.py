"""ENROL, over HTTP: a unit shows its key and asks to be let in, or for its next certificate.

It is signed by the key that it carries: the signature says that its sender has that key, and no more. Whose word it is
follows from the claim's proof, or from the key itself where it is known.
"""

from dataclasses import dataclass, field
from typing import Self

from ..errors import Malformed
from ..keys import ID_BYTES, PUBLIC_BYTES, PublicKey
from . import body

CHALLENGE_BYTES = 40
NONCE_BYTES = 16
PROOF_BYTES = 32
CLAIM_ID_CHARS_MAX = 8
ENROL_BYTES_MAX = 8 * 1024  # of the whole envelope


@dataclass(frozen=True, slots=True)
class About:
    """What a unit is, in its own words: for the person who approves it."""

    version: str = ""
    machine: str = ""
    profile: str = ""
    board: str = ""
    model: str = ""

    def fields(self) -> dict[str, object]:
        """Its fields; absent where the unit does not know."""
        return {name: getattr(self, name) or None for name in ABOUT_NAMES}


ABOUT_NAMES = ("version", "machine", "profile", "board", "model")


@dataclass(frozen=True, slots=True)
class Enrol:
    """A unit asks to be let in, or for its certificate."""

    key: PublicKey
    challenge: bytes  # the collector's, not older than minutes: so this message is good once
    nonce: bytes  # the unit's: so an answer is good for this message only
    claim_id: str = ""
    proof: bytes = b""  # of the claim; empty where the unit is known or believes to be
    collector_id: bytes = b""  # id of the collector's key that the unit holds; empty = none yet
    wireguard: bytes = b""  # public key of its tunnel; empty = it has none
    sealing: bytes = b""  # X25519 public key, of this request only: what is secret in the answer is sealed for it
    about: About = field(default_factory=About)

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "id": self.key.id,
                "key": self.key.raw,
                "challenge": self.challenge,
                "nonce": self.nonce,
                "claim": self.claim_id or None,
                "proof": self.proof or None,
                "collector": self.collector_id or None,
                "wireguard": self.wireguard or None,
                "sealing": self.sealing or None,
                **self.about.fields(),
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The request in a body. Raises Malformed."""
        got = body.unpack(raw)
        claim_id = body.text(got, "claim", "")
        if len(claim_id) > CLAIM_ID_CHARS_MAX:
            raise Malformed(f"claim: at most {CLAIM_ID_CHARS_MAX} characters are wanted")
        return cls(
            key=PublicKey(body.binary(got, "id", ID_BYTES), body.binary(got, "key", PUBLIC_BYTES)),
            challenge=body.binary(got, "challenge", CHALLENGE_BYTES),
            nonce=body.binary(got, "nonce", NONCE_BYTES),
            claim_id=claim_id,
            proof=body.octets(got, "proof", PROOF_BYTES, PROOF_BYTES),
            collector_id=body.octets(got, "collector", ID_BYTES, ID_BYTES),
            wireguard=body.octets(got, "wireguard", PUBLIC_BYTES, PUBLIC_BYTES),
            sealing=body.octets(got, "sealing", PUBLIC_BYTES, PUBLIC_BYTES),
            about=About(**{name: body.text(got, name, "") for name in ABOUT_NAMES}),
        )
