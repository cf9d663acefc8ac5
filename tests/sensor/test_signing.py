"""Signing: one interface, the same bytes whoever signs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from footfall_sensor import keys, signing
from footfall_sensor.errors import BadSignature, SensorError, SigningError
from footfall_sensor.keys import PublicKey, SecretKey
from footfall_sensor.signing import Backend, Cryptography, Program

SIGNIFY = shutil.which("signify-openbsd")
MESSAGE = b"footfall/1 envelope\0 and what follows"


@pytest.fixture
def signify() -> Program:
    """OpenBSD's signify, the one program of this kind in Debian."""
    if not SIGNIFY:
        pytest.skip("signify-openbsd is not installed; `make test` installs it (Debian package signify-openbsd)")
    return Program(SIGNIFY)


@pytest.fixture(params=["cryptography", "signify-openbsd"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each backend that this machine can have."""
    if request.param == "cryptography":
        return Cryptography()
    return request.getfixturevalue("signify")


# RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032, ids=["empty", "a byte", "two bytes"])
def test_signatures_are_those_of_the_standard(
    backend: Backend, seed: str, public: str, message: str, signature: str
) -> None:
    """RFC 8032's own examples come out byte for byte, and verify."""
    key = SecretKey(b"rfc 8032", bytes.fromhex(seed), bytes.fromhex(public))
    assert bytes.fromhex(signature) == backend.sign(key, bytes.fromhex(message))
    backend.verify(key.public, bytes.fromhex(message), bytes.fromhex(signature))


@pytest.mark.parametrize("size", [0, 1, 63, 64, 4096, 32 << 10])
def test_package_and_program_sign_with_the_same_bytes(signify: Program, size: int) -> None:
    """A key signs alike in both, and each takes the other's signatures.

    usign, which signs on a unit, cannot be had on Debian and is not run here; signify has the same files and the same
    algorithm. That usign itself agrees has to be shown on a unit.
    """
    package, message = Cryptography(), os.urandom(size)
    for key in (package.generate(), signify.generate()):
        signature = package.sign(key, message)
        assert signature == signify.sign(key, message)
        signify.verify(key.public, message, signature)
        package.verify(key.public, message, signature)


@pytest.mark.parametrize("flipped", ["message", "signature's first half", "signature's second half", "key"])
def test_flipped_bit_fails(backend: Backend, flipped: str) -> None:
    """One bit of message, signature or key: the signature is bad."""
    key = backend.generate()
    message, signature, public = bytearray(MESSAGE), bytearray(backend.sign(key, MESSAGE)), bytearray(key.public_raw)
    backend.verify(key.public, MESSAGE, bytes(signature))
    if flipped == "message":
        message[5] ^= 1
    elif flipped == "key":
        public[5] ^= 1
    else:
        signature[5 if flipped == "signature's first half" else 37] ^= 1
    with pytest.raises(BadSignature):
        backend.verify(PublicKey(key.id, bytes(public)), bytes(message), bytes(signature))


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64], ids=len)
def test_what_is_no_signature_is_a_bad_one(backend: Backend, signature: bytes) -> None:
    """Too short, too long, all zeros: refused, not crashed on."""
    with pytest.raises(BadSignature):
        backend.verify(backend.generate().public, MESSAGE, signature)


@pytest.mark.parametrize("raw", [bytes(32), b"\xff" * 32, b"\2" + bytes(31)], ids=["zeros", "ones", "no point"])
def test_what_is_no_key_verifies_nothing(backend: Backend, raw: bytes) -> None:
    """A public key that is no point of the curve, or of small order, lets no forged signature through."""
    with pytest.raises(BadSignature):
        backend.verify(PublicKey(b"forged!!", raw), MESSAGE, b"\x07" * 64)


def test_keys_differ(backend: Backend) -> None:
    """Two keys are never the same, nor are their ids."""
    one, other = backend.generate(), backend.generate()
    assert one.seed != other.seed
    assert one.id != other.id


def test_secret_key_files_interchange(signify: Program, tmp_path: Path) -> None:
    """A file that we wrote signs in signify run by hand, and a file that signify wrote signs in the package."""
    ours, theirs = tmp_path / "ours.sec", tmp_path / "theirs.sec"
    message, signature = tmp_path / "message", tmp_path / "signature"
    message.write_bytes(MESSAGE)
    keys.write_secret(ours, Cryptography().generate())
    _run(signify, "-S", "-s", ours, "-m", message, "-x", signature)
    by_hand = keys.parse_signature(signature.read_text())
    assert Cryptography().sign(keys.read_secret(ours), MESSAGE) == by_hand
    _run(signify, "-V", "-p", tmp_path / "ours.sec.pub", "-m", message, "-x", signature)

    _run(signify, "-G", "-n", "-s", theirs, "-p", tmp_path / "theirs.pub")
    key = keys.read_secret(theirs)
    Cryptography().verify(keys.read_public(tmp_path / "theirs.pub"), MESSAGE, Cryptography().sign(key, MESSAGE))


def test_key_of_signify_with_a_passphrase_is_refused(signify: Program, tmp_path: Path) -> None:
    """A real key file with a passphrase is told apart from one without."""
    typed = subprocess.run(
        [signify.path, "-G", "-s", tmp_path / "key.sec", "-p", tmp_path / "key.pub"],
        input=b"passphrase\npassphrase\n",
        capture_output=True,
        check=False,
        start_new_session=True,  # no terminal: it reads the passphrase from its input
    )
    assert typed.returncode == 0, typed.stderr
    with pytest.raises(SigningError, match="has a passphrase"):
        keys.read_secret(tmp_path / "key.sec")


def _run(program: Program, *arguments: "str | Path") -> None:
    subprocess.run([program.path, *map(str, arguments)], check=True, capture_output=True, timeout=20)


def test_program_leaves_nothing_behind(signify: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys and messages that went through files are gone when the call returns, also when it failed."""
    before = set(Path("/dev/shm").iterdir())
    key = signify.generate()
    signify.sign(key, MESSAGE)
    with pytest.raises(BadSignature):
        signify.verify(key.public, MESSAGE, bytes(64))
    left = set(Path("/dev/shm").iterdir()) - before
    assert not [path for path in left if path.name.startswith("footfall-")]


def test_program_that_fails_or_is_gone_is_named() -> None:
    """A signer that cannot do its work is an error with its name, and never an empty signature."""
    key = Cryptography().generate()
    with pytest.raises(SigningError, match="/nowhere/usign cannot be run"):
        Program("/nowhere/usign").sign(key, MESSAGE)
    with pytest.raises(SigningError, match="false failed"):
        Program("/bin/false").sign(key, MESSAGE)


def test_verification_that_cannot_be_done_is_never_a_pass() -> None:
    """Without its program, verify raises; it does not return."""
    key = Cryptography().generate()
    for path in ("/nowhere/usign", "/bin/false"):
        with pytest.raises(SensorError):
            Program(path).verify(key.public, MESSAGE, Cryptography().sign(key, MESSAGE))


def test_best_backend_is_taken_or_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package first, then usign, then signify; a name is obeyed; nothing at all is said with what to install."""
    assert signing.backend().name == "cryptography"
    monkeypatch.setattr(signing, "find_program", lambda name: f"/usr/bin/{name}")
    assert signing.backend("usign").name == "usign"
    monkeypatch.setattr(signing, "find_spec", lambda _name: None)
    assert signing.backend().name == "usign"
    monkeypatch.setattr(signing, "find_program", lambda name: f"/usr/bin/{name}" if name == "signify" else None)
    assert signing.backend().name == "signify"
    monkeypatch.setattr(signing, "find_program", lambda _name: None)
    for wanted in ("", "cryptography", "usign"):
        with pytest.raises(SigningError, match="opkg install usign"):
            signing.backend(wanted)
