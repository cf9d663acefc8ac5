"""What a unit believes of a collector's answer, and what it refuses."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from candidates import BACKEND, NOW_MS, Candidate, Office, StandInAuthority

from footfall_sensor import enrolling, keys
from footfall_sensor.errors import EnrolmentError
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.member import Member, State


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.new(tmp_path / "c", StandInAuthority())


@pytest.fixture
def member(office: Office) -> Candidate:
    """A unit that knows its collector and is let in."""
    unit = Candidate(office.claim("door", approve=True))
    unit.ask(office)
    return unit


class Between:
    """Somebody between unit and collector, who may change what comes down."""

    def __init__(self, office: Office, change: Callable[[bytes], bytes]) -> None:
        self._office, self._change = office, change

    def challenge(self) -> bytes:
        return self._office.challenge()

    def submit(self, sealed: bytes) -> bytes:
        return self._change(self._office.submit(sealed))


def sealed(key: keys.SecretKey, name: str, said: Member, kind: Kind = Kind.MEMBER) -> bytes:
    return envelope.seal(Envelope(kind, name, bytes(8), 1, said.encode()), lambda message: BACKEND.sign(key, message))


def body_of(raw: bytes) -> Member:
    return Member.decode(envelope.unpack(raw).body)


def refused(unit: Candidate, office: Office, change: Callable[[bytes], bytes], says: str) -> None:
    with pytest.raises(EnrolmentError, match=says):
        unit.ask(Between(office, change))


def test_an_answer_by_another_key_is_refused(office: Office, member: Candidate) -> None:
    """Everything right but the signature."""
    forger = BACKEND.generate()
    refused(
        member, office, lambda raw: sealed(forger, member.applicant.name, body_of(raw)), "not signed by the collector"
    )


def test_an_answer_that_names_the_forgers_key_is_refused_too(office: Office, member: Candidate) -> None:
    """A unit that knows its collector takes no key from an answer."""
    forger = BACKEND.generate()
    refused(
        member,
        office,
        lambda raw: sealed(forger, member.applicant.name, replace(body_of(raw), collector=forger.public)),
        "not signed by the collector",
    )


def test_an_answer_for_another_unit_is_refused(office: Office, member: Candidate) -> None:
    """The collector's own word, said to somebody else at the same time."""
    other = Candidate(office.claim("window", approve=True))
    other.ask(office)
    recorded = office.answered[-1]
    refused(member, office, lambda _raw: recorded, "for another unit")


def test_an_older_answer_is_refused(office: Office, member: Candidate) -> None:
    """The collector's own word to this unit, of yesterday: it carries yesterday's nonce."""
    recorded = office.answered[-1]
    refused(member, office, lambda _raw: recorded, "answers another request")


def test_another_kind_of_message_is_refused(office: Office, member: Candidate) -> None:
    """What the collector signs for other purposes is no membership."""
    refused(
        member, office, lambda raw: sealed(office.secret, member.applicant.name, body_of(raw), Kind.ACK), "another unit"
    )


def test_a_certificate_for_another_key_is_refused(office: Office, member: Candidate) -> None:
    """Even from its own collector: with it the broker would not let this unit in, and nobody could say why."""
    other = Candidate(office.claim("window", approve=True))
    theirs = other.ask(office).certificate
    refused(
        member,
        office,
        lambda raw: sealed(office.secret, member.applicant.name, replace(body_of(raw), certificate=theirs)),
        "for another key",
    )


def test_every_bit_of_an_answer_counts(office: Office, member: Candidate) -> None:
    """No flipped bit is believed."""
    member.ask(office)
    size = len(office.answered[-1])
    for bit in range(0, size * 8, 97):

        def flip(raw: bytes, bit: int = bit) -> bytes:
            changed = bytearray(raw)
            changed[bit // 8 % len(raw)] ^= 1 << bit % 8
            return bytes(changed)

        with pytest.raises(EnrolmentError):
            member.ask(Between(office, flip))


@pytest.mark.parametrize("raw", [b"", b"\1", bytes(200), b"<html>", bytes(40_000)])
def test_noise_is_refused(office: Office, member: Candidate, raw: bytes) -> None:
    refused(member, office, lambda _raw: raw, "not to be believed")


# Before the unit knows its collector.


def test_a_collector_proves_itself_by_the_claim(office: Office) -> None:
    """The key that the answer names is believed for the proof, and nothing else is then."""
    unit = Candidate(office.claim("door"))
    member = unit.ask(office)
    assert (member.collector, member.state) == (office.secret.public, State.PENDING)
    assert unit.applicant.collectors == (office.secret.public,)


def test_a_collector_that_does_not_know_the_claim_is_not_believed(office: Office, tmp_path: Path) -> None:
    """Whoever answers on that port: without the claim's secret it cannot make a unit its own."""
    stranger = Office.new(tmp_path / "stranger")
    unit = Candidate(office.claim("door"))
    with pytest.raises(EnrolmentError, match="did not prove itself"):
        unit.ask(stranger)
    assert unit.applicant.collectors == ()


def test_a_key_in_the_middle_is_not_believed(office: Office) -> None:
    """The collector's proof is for the collector's key: put another in its place and it does not fit."""
    unit, forger = Candidate(office.claim("door")), BACKEND.generate()
    refused(
        unit,
        office,
        lambda raw: sealed(forger, unit.applicant.name, replace(body_of(raw), collector=forger.public)),
        "proof does not fit",
    )


def test_an_answer_that_was_lost_can_be_had_again(office: Office) -> None:
    """The claim is used up, and the collector proves itself to this unit, and no other, until it is known."""
    unit = Candidate(office.claim("door"))
    with pytest.raises(EnrolmentError):
        unit.ask(Between(office, lambda _raw: b""))
    office.start()
    assert unit.ask(office).state is State.PENDING
    assert unit.ask(office).proof == b"", "it says whom it knows: no more proof is wanted"
    (row,) = office.approvals.units(office.sensor("door"))
    assert row.link == b""


def test_without_claim_and_collector_nothing_is_asked(office: Office) -> None:
    with pytest.raises(EnrolmentError, match="has no claim"):
        Candidate().ask(office)
    assert office.posted == []


def test_a_unit_may_know_several_keys_of_its_collector(office: Office, member: Candidate) -> None:
    """While the collector changes its key, either is good."""
    member.applicant = replace(member.applicant, collectors=(BACKEND.generate().public, office.secret.public))
    assert enrolling.ask(member.applicant, office, os.urandom(16)).state is State.APPROVED
    assert office.now_ms == NOW_MS
