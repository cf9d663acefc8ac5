"""Ed25519 signatures by what the machine has: the `cryptography` package, or `usign`/`signify` as a process.

One interface, the same bytes whichever signs (Ed25519 is deterministic). OpenWrt's base image holds usign; the
cryptography package does not build for its 32-bit MIPS targets.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from . import keys
from .errors import BadSignature, SigningError

PROGRAMS = ("usign", "signify-openbsd", "signify")
PROGRAM_TIMEOUT_S = 20  # 0.3 s are expected on a 24Kc


class Backend(Protocol):
    """What signs and checks. All messages are bytes, signatures 64 bytes."""

    name: str

    def generate(self) -> keys.SecretKey:
        """A new key pair. Raises SigningError."""

    def sign(self, key: keys.SecretKey, message: bytes) -> bytes:
        """The signature of `message`. Raises SigningError."""

    def verify(self, key: keys.PublicKey, message: bytes, signature: bytes) -> None:
        """Raise BadSignature unless `signature` is the key's over `message`."""


class Cryptography:
    """The `cryptography` package, in process."""

    name = "cryptography"

    def __init__(self) -> None:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - absent on 32-bit MIPS
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

        self._invalid: type[Exception] = InvalidSignature
        self._ed25519 = ed25519
        self._last: tuple[bytes, Any] = (b"", None)  # seed, and the key made of it, which costs as much as a signature

    def generate(self) -> keys.SecretKey:
        """A new key pair from the kernel's randomness."""
        seed = os.urandom(keys.SEED_BYTES)
        public = self._ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        return keys.SecretKey(os.urandom(keys.ID_BYTES), seed, public)

    def sign(self, key: keys.SecretKey, message: bytes) -> bytes:
        """See Backend."""
        seed, private = self._last
        if seed != key.seed:
            private = self._ed25519.Ed25519PrivateKey.from_private_bytes(key.seed)
            self._last = (key.seed, private)
        signature: bytes = private.sign(message)
        return signature

    def verify(self, key: keys.PublicKey, message: bytes, signature: bytes) -> None:
        """See Backend."""
        try:
            self._ed25519.Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
        except (self._invalid, ValueError) as exc:  # ValueError: the key is no point of the curve
            raise BadSignature("the signature is not of this key and message") from exc


class Program:
    """usign or signify: the message and the keys go by files, in a folder of its own that only we can read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = Path(path).name
        self._generate_flags = ["-G"] if self.name == "usign" else ["-G", "-n"]

    def generate(self) -> keys.SecretKey:
        """A new key pair made by the program."""
        with _workspace() as folder:
            self._run([*self._generate_flags, "-s", f"{folder}/key.sec", "-p", f"{folder}/key.pub"])
            return keys.read_secret(folder / "key.sec")

    def sign(self, key: keys.SecretKey, message: bytes) -> bytes:
        """See Backend."""
        with _workspace() as folder:
            (folder / "key.sec").write_text(key.text())
            (folder / "message").write_bytes(message)
            self._run(["-S", "-s", f"{folder}/key.sec", "-m", f"{folder}/message", "-x", f"{folder}/signature"])
            return keys.parse_signature((folder / "signature").read_text())

    def verify(self, key: keys.PublicKey, message: bytes, signature: bytes) -> None:
        """See Backend."""
        with _workspace() as folder:
            (folder / "key.pub").write_text(key.text())
            (folder / "message").write_bytes(message)
            (folder / "signature").write_text(keys.signature_text(key.id, signature))
            arguments = [
                "-V",
                "-p",
                f"{folder}/key.pub",
                "-m",
                f"{folder}/message",
                "-x",
                f"{folder}/signature",
            ]
            if self._call(arguments).returncode:
                raise BadSignature("the signature is not of this key and message")

    def _run(self, arguments: Sequence[str]) -> None:
        done = self._call(arguments)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise SigningError(f"{self.name} failed: {said or f'exit code {done.returncode}'}")

    def _call(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run([self.path, *arguments], capture_output=True, timeout=PROGRAM_TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise SigningError(f"{self.path} cannot be run: {exc}") from exc


@contextmanager
def _workspace() -> Iterator[Path]:
    """A private folder on a RAM file system where there is one: a secret key must not touch flash again."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - a private folder is made in it, and in the next
    temporary = shared_memory if shared_memory.is_dir() else Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108
    folder = temporary / f"footfall-{os.urandom(8).hex()}"
    folder.mkdir(0o700)
    try:
        yield folder
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def find_program(name: str) -> str | None:
    """The path of a program, as the shell finds it. (shutil's does the same, and costs 0.5 MB of a lean unit.)"""
    for folder in os.get_exec_path():
        path = Path(folder, name)
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    return None


def backend(prefer: str = "") -> Backend:
    """The best backend this machine has, or the one named: cryptography, usign, signify-openbsd, signify.

    Raises SigningError where there is none.
    """
    if prefer in ("", "cryptography") and find_spec("cryptography"):
        return Cryptography()
    for program in PROGRAMS if not prefer else (prefer,):
        path = find_program(program)
        if path:
            return Program(path)
    raise SigningError("nothing here can sign: install usign (opkg install usign) or the Python package cryptography")
