"""Passwords: argon2id at OWASP's least setting or better, a few at a time, and one-time passwords from the system.

Parameters: m = 19 MiB, t = 2, p = 1, from the OWASP Password Storage Cheat Sheet. Lengths: NIST SP 800-63B-4 wants
at least 8 characters beside a second factor and 15 without; rate limits stand in for some of that, and 12 is ours.
"""

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .errors import PeopleError

MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
CHARS_MIN, CHARS_MAX = 12, 256
DIFFERENT_MIN = 5
ONE_TIME_CHARS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads as another
ONE_TIME_GROUPS = 5  # of four: 99 bits
AT_ONCE = 2  # each takes MEMORY_KIB and a core

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
_turn = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """The hash to keep, with its salt and parameters."""
    with _turn:
        return _hasher.hash(_bytes(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one behind a hash. Where there is none, the same time is spent and it is not."""
    known = kept or _nobodys()
    try:
        with _turn:
            fitting = _hasher.verify(known, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return fitting and kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than now."""
    return _hasher.check_needs_rehash(kept)


def one_time() -> str:
    """A password for one use, easy to read out."""
    groups = ["".join(secrets.choice(ONE_TIME_CHARS) for _ in range(4)) for _ in range(ONE_TIME_GROUPS)]
    return "-".join(groups)


def check(password: str, name: str) -> None:
    """Raise PeopleError where somebody must choose a better one."""
    if not CHARS_MIN <= len(password) <= CHARS_MAX:
        raise PeopleError(f"a password has {CHARS_MIN} to {CHARS_MAX} characters; a few words in a row will do")
    if len(set(password)) < DIFFERENT_MIN:
        raise PeopleError(f"a password has at least {DIFFERENT_MIN} different characters; choose another")
    if name in password.lower() and len(password) < len(name) + CHARS_MIN:
        raise PeopleError("a password is not made of the name; choose another")


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(32))


def _bytes(password: str) -> bytes:
    """As is hashed: one spelling of each character, whatever keyboard it came from, and no more than has a use."""
    return unicodedata.normalize("NFC", password[:CHARS_MAX]).encode("utf-8", "surrogatepass")
