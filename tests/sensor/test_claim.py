"""Claims and codes: what people type, and what both ends make of it."""

import json

import frozen
import pytest

from footfall_sensor import claim, codes
from footfall_sensor.claim import CODE_DIGITS, Claim
from footfall_sensor.errors import ConfigError
from footfall_sensor.wire.enrol import Enrol
from footfall_sensor.wire.envelope import SENSOR_NAME
from footfall_sensor.wire.member import Member

CODE = "7K3Q-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"


def test_a_code_is_read_as_it_was_shown() -> None:
    read = Claim.parse(CODE)
    assert (read.id, read.secret) == ("7K3Q", b"0123456789ABCDEFGHJKMNPQRST")
    assert read.code() == CODE


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        f"  {CODE}\n",
        CODE.replace("0", "O").replace("1", "l"),
        CODE.replace("0", "o").replace("1", "I"),
    ],
)
def test_what_looks_alike_is_read_alike(typed: str) -> None:
    """Capitals, blanks, and the letters that are taken for digits."""
    assert Claim.parse(typed) == Claim.parse(CODE)


def test_every_slip_of_one_digit_or_two_neighbours_is_found() -> None:
    """All 32 places times 31 wrong digits, and every exchange of two neighbours that differ."""
    digits = CODE.replace("-", "")
    slips = {digits[:at] + wrong + digits[at + 1 :] for at in range(CODE_DIGITS) for wrong in codes.ALPHABET}
    slips |= {digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(CODE_DIGITS - 1)}
    slips -= {digits}
    assert len(slips) == CODE_DIGITS * 31 + CODE_DIGITS - 1
    for slip in slips:
        with pytest.raises(ConfigError, match="a digit is wrong"):
            Claim.parse(slip)


@pytest.mark.parametrize("typed", ["", "7K3Q", CODE + "0", CODE.replace("7", "U"), "é" * 32, "7K3Q/" * 8])
def test_what_is_no_code_is_said_without_repeating_it(typed: str) -> None:
    """A message may end up in a log: the code is a secret."""
    with pytest.raises(ConfigError, match="a code has 32 digits") as caught:
        Claim.parse(typed)
    assert not typed or typed not in str(caught.value)


def test_the_secret_is_never_shown() -> None:
    assert Claim.parse(CODE).secret.decode() not in repr(Claim.parse(CODE))


def test_both_ends_prove_what_the_frozen_transcript_says() -> None:
    """The vectors `enrol` and `member-pending` are the two halves of one conversation by the claim above."""
    _, vectors = frozen.read()
    messages = {vector.name: vector.message for vector in vectors}
    asked, said = messages["enrol"], messages["member-pending"]
    assert isinstance(asked, Enrol)
    assert isinstance(said, Member)
    link = claim.link(Claim.parse(CODE).secret, asked.key.raw)
    assert asked.claim_id == "7K3Q"
    assert asked.proof == claim.unit_proof(link, asked.challenge, asked.nonce)
    assert said.proof == claim.collector_proof(link, said.collector.raw, asked.nonce)
    assert json.loads((frozen.FOLDER / "vectors.json").read_text())["vectors"]


def test_a_proof_is_of_one_key_one_challenge_one_nonce_and_one_end() -> None:
    """Change any of them and it does not fit."""
    secret, key, other = b"s" * 27, bytes(32), b"\1" + bytes(31)
    challenge, nonce = bytes(40), bytes(16)
    good = claim.unit_proof(claim.link(secret, key), challenge, nonce)
    others = [
        claim.unit_proof(claim.link(secret, other), challenge, nonce),
        claim.unit_proof(claim.link(b"t" * 27, key), challenge, nonce),
        claim.unit_proof(claim.link(secret, key), b"\1" + bytes(39), nonce),
        claim.unit_proof(claim.link(secret, key), challenge, b"\1" + bytes(15)),
        claim.collector_proof(claim.link(secret, key), key, nonce),
    ]
    assert good not in others
    assert len(set(others)) == len(others)


def test_a_fingerprint_is_80_bits_of_the_key() -> None:
    """Sixteen digits in four groups; and a unit without a name goes by it."""
    key = bytes(range(32))
    assert codes.fingerprint(key) != codes.fingerprint(bytes(32))
    groups = codes.fingerprint(key).split("-")
    assert [len(group) for group in groups] == [4] * 4
    assert codes.is_digits("".join(groups))
    assert SENSOR_NAME.fullmatch(codes.unit_name(key))
    assert codes.unit_name(key) == f"unit-{codes.fingerprint(key).lower()}"
