"""A claim: the word by which a new unit and its collector know each other, once.

Its secret never travels. From it and the unit's key both ends make a link, which is worth nothing for another key;
by the link the unit proves that it holds the claim, and the collector that it made it.

    link              = HMAC-SHA256(secret, "footfall/1 claim\\0" | unit's public key)
    unit's proof      = HMAC-SHA256(link, "unit\\0" | challenge | nonce)
    collector's proof = HMAC-SHA256(link, "collector\\0" | collector's public key | nonce)
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from . import codes
from .errors import ConfigError

ID_DIGITS = 4
SECRET_DIGITS = 27  # 135 bits
CODE_DIGITS = ID_DIGITS + SECRET_DIGITS + 1
DOMAIN = b"footfall/1 claim\0"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim's code in parts. Its repr shows the id only, which is no secret."""

    id: str
    secret: bytes = field(repr=False)  # its digits in ASCII

    @classmethod
    def parse(cls, text: str) -> "Claim":
        """The claim in a code as somebody typed it. Raises ConfigError; never with the code in it."""
        code = codes.canonical(text)
        if len(code) != CODE_DIGITS or not codes.is_digits(code):
            raise ConfigError(
                f"the claim will not do: a code has {CODE_DIGITS} digits in groups of four; type it as it is printed"
            )
        if codes.check_digit(code[:-1]) != code[-1]:
            raise ConfigError("the claim will not do: a digit is wrong, or two have changed places. Compare it again")
        return cls(code[:ID_DIGITS], code[ID_DIGITS:-1].encode())

    def code(self) -> str:
        """What is handed to the technician."""
        text = self.id + self.secret.decode()
        return codes.grouped(text + codes.check_digit(text))


def link(secret: bytes, unit_raw: bytes) -> bytes:
    """The secret of one claim and one unit."""
    return _hmac(secret, DOMAIN + unit_raw)


def unit_proof(linked: bytes, challenge: bytes, nonce: bytes) -> bytes:
    """The unit holds the claim, now."""
    return _hmac(linked, b"unit\0" + challenge + nonce)


def collector_proof(linked: bytes, collector_raw: bytes, nonce: bytes) -> bytes:
    """This key is that of the collector which made the claim."""
    return _hmac(linked, b"collector\0" + collector_raw + nonce)


def same(one: bytes, other: bytes) -> bool:
    """Whether two proofs are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
