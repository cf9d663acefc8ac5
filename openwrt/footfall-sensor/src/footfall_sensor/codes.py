"""Codes for people: digits of base 32 in groups of four, which survive a telephone, a label and a bad keyboard.

The alphabet is Crockford's: no I, L, O and U; what looks like another digit is read as that one. A check digit finds
any one wrong digit and any two neighbours that changed places.
"""

import hashlib

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP_DIGITS = 4
BITS = 5
FINGERPRINT_BITS = 80  # 16 digits; to make another key with the same takes 2**80 tries
FINGERPRINT_DOMAIN = b"footfall/1 fingerprint\0"
UNIT_PREFIX = "unit-"
_LOOKS_LIKE = str.maketrans("OIL", "011", "- \t")
_FIELD = 0b100101  # x^5 + x^2 + 1: digits are the elements of GF(32)


def digits(number: int, count: int) -> str:
    """`number` in `count` digits."""
    return "".join(ALPHABET[number >> BITS * place & 31] for place in reversed(range(count)))


def canonical(text: str) -> str:
    """The digits that a person meant: upper case, without groups. What is no digit stays for the reader to refuse."""
    return text.strip().upper().translate(_LOOKS_LIKE)


def is_digits(text: str) -> bool:
    """Whether there is nothing but digits."""
    return all(letter in ALPHABET for letter in text)


def check_digit(text: str) -> str:
    """The digit that makes `text` whole: of a polynomial over GF(32) that is 0 at x."""
    total = 0
    for digit in text:
        total = _times_x(total) ^ ALPHABET.index(digit)
    return ALPHABET[_times_x(total)]


def grouped(text: str) -> str:
    """The digits as they are shown."""
    return "-".join(text[at : at + GROUP_DIGITS] for at in range(0, len(text), GROUP_DIGITS))


def fingerprint(public_raw: bytes) -> str:
    """What two people compare to know that they speak of one key."""
    hashed = hashlib.sha256(FINGERPRINT_DOMAIN + public_raw).digest()
    return grouped(digits(int.from_bytes(hashed, "big") >> 256 - FINGERPRINT_BITS, FINGERPRINT_BITS // BITS))


def unit_name(public_raw: bytes) -> str:
    """The name of a unit that has none yet: it follows from its key."""
    return UNIT_PREFIX + fingerprint(public_raw).lower()


def _times_x(element: int) -> int:
    doubled = element << 1
    return doubled ^ _FIELD if doubled & 32 else doubled
