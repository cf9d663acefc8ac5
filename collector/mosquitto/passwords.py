"""Passwords of lean units, as mosquitto keeps them: PBKDF2 with SHA-512 (`$7$` in its password file)."""

import base64
import hashlib
import os
import secrets
from collections.abc import Iterable

ITERATIONS = 101  # mosquitto's own number; a password here is 192 random bits, and no word that could be guessed
SALT_BYTES = 12
PASSWORD_BYTES = 24


def new() -> str:
    """A password that nobody has to remember."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def hashed(password: str, salt: bytes | None = None) -> str:
    """What of it may be written down."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def render(rows: Iterable[tuple[str, str]]) -> str:
    """The file: a user and a hashed password a line."""
    return "".join(f"{user}:{kept}\n" for user, kept in rows)
