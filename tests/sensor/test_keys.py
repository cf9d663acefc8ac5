"""Key files: the format that usign and signify share, kept from the eyes of others."""

import base64
import stat
from pathlib import Path

import pytest

from footfall_sensor import keys
from footfall_sensor.errors import SigningError
from footfall_sensor.keys import PublicKey, SecretKey

KEY = SecretKey(b"\1\2\3\4\5\6\7\x08", bytes(range(32)), bytes(range(32, 64)))

# The public key of OpenWrt's snapshots, made by usign itself.
MADE_BY_USIGN = "untrusted comment: a key made by usign\nRWS1BD5w+adc3j2Hqg9+b66CvLR7NlHbsj7wjNVj0XGt/othDgIAOJS+\n"


def test_key_made_by_usign_is_read() -> None:
    """A public key as the usign program writes it: id and 32 bytes."""
    key = PublicKey.parse(MADE_BY_USIGN)
    assert (key.id.hex(), len(key.raw)) == ("b5043e70f9a75cde", 32)
    assert MADE_BY_USIGN.splitlines()[1] == key.text().splitlines()[1]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Secret and public half survive their files, and the public half is that of the secret."""
    keys.write_secret(tmp_path / "new" / "sensor.key", KEY)
    assert keys.read_secret(tmp_path / "new" / "sensor.key") == KEY
    assert KEY.public == keys.read_public(tmp_path / "new" / "sensor.key.pub")


def test_secret_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else on the machine may read it, and no half-written file is left beside it."""
    keys.write_secret(tmp_path / "sensor.key", KEY)
    assert stat.S_IMODE((tmp_path / "sensor.key").stat().st_mode) == 0o600
    assert {"sensor.key", "sensor.key.pub"} == {path.name for path in tmp_path.iterdir()}


def test_secret_is_never_shown() -> None:
    """Neither repr nor str of a key, nor of its public half, holds the seed."""
    for shown in (repr(KEY), str(KEY), f"{KEY}", repr(KEY.public)):
        assert KEY.seed.hex() not in shown
        assert repr(KEY.seed)[2:-1] not in shown


def test_signature_text_is_read_back() -> None:
    """The 64 bytes survive the file that the programs exchange."""
    assert bytes(range(64)) == keys.parse_signature(keys.signature_text(KEY.id, bytes(range(64))))


def _with_rounds(rounds: int) -> str:
    blob = bytearray(base64.b64decode(KEY.text().splitlines()[1]))
    blob[4:8] = rounds.to_bytes(4, "big")
    return f"untrusted comment: x\n{base64.b64encode(blob).decode()}\n"


def test_key_with_a_passphrase_is_refused_as_such() -> None:
    """A unit has nobody to type a passphrase: the sentence says so instead of signing with rubbish."""
    with pytest.raises(SigningError, match="has a passphrase"):
        SecretKey.parse(_with_rounds(42))
    assert SecretKey.parse(_with_rounds(0)) == KEY


BROKEN = {
    "empty": "",
    "a comment alone": "untrusted comment: x\n",
    "not base64": "untrusted comment: x\n!!!!\n",
    "base64 with a hole": "untrusted comment: x\nRWS1BD5w+adc3j2H qg9+\n",
    "outside ASCII": "untrusted comment: x\nRWS1BD5w+adc3j2Hqä9+\n",
    "another algorithm": "untrusted comment: x\n" + base64.b64encode(b"RS" + bytes(102)).decode(),
    "a byte short": "untrusted comment: x\n" + base64.b64encode(b"Ed" + bytes(39)).decode(),
    "a byte long": "untrusted comment: x\n" + base64.b64encode(b"Ed" + bytes(103)).decode(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_text_that_is_no_key_is_refused(name: str) -> None:
    """Not a key, not a secret key, not a signature: each time our own error."""
    for parse in (PublicKey.parse, SecretKey.parse, keys.parse_signature):
        with pytest.raises(SigningError):
            parse(BROKEN[name])


def test_public_key_is_no_secret_key() -> None:
    """Files that were mixed up are told apart by their size."""
    with pytest.raises(SigningError, match="no Ed25519 secret key"):
        SecretKey.parse(KEY.public.text())
    with pytest.raises(SigningError, match="no Ed25519 public key"):
        PublicKey.parse(KEY.text())


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The sentence holds the path: there may be several keys on a machine."""
    with pytest.raises(SigningError, match=r"cannot read the key .*none"):
        keys.read_public(tmp_path / "none")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff")
    with pytest.raises(SigningError, match="picture is no key file"):
        keys.read_secret(tmp_path / "picture")
