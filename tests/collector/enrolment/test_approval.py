"""Approval and refusal by hand: a first unit may get another name, and a unit that nobody wants is told so."""

from pathlib import Path

import pytest
from candidates import Candidate, Office, StandInAuthority
from cryptography import x509
from cryptography.x509.oid import NameOID

from collector.errors import QueryError
from collector.records.standing import Standing
from footfall_sensor.errors import Malformed
from footfall_sensor.wire.member import State

ADA = "cli:ada"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.new(tmp_path / "c", StandInAuthority())


def test_a_unit_learns_its_new_name_when_it_is_approved(office: Office) -> None:
    unit = Candidate(office.claim())
    unit.ask(office)
    office.approvals.rename("shop-1", "north-door", ADA, office.now_ms)
    office.approvals.approve("north-door", ADA, office.now_ms)
    member = unit.ask(office)
    assert (member.state, member.sensor) == (State.APPROVED, "north-door")
    (name,) = x509.load_pem_x509_certificate(member.certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "default/north-door"
    assert [entry.verb for entry in office.log()][-2:] == ["rename", "approved"]


def test_a_name_that_a_unit_has_cannot_be_changed_and_none_is_given_twice(office: Office) -> None:
    for _ in range(2):
        Candidate(office.claim()).ask(office)
    with pytest.raises(QueryError, match="unique"):
        office.approvals.rename("shop-1", "shop-2", ADA, office.now_ms)
    with pytest.raises(Malformed):
        office.approvals.rename("shop-1", "no/name", ADA, office.now_ms)
    office.approvals.approve("shop-1", ADA, office.now_ms)
    with pytest.raises(QueryError, match="waits for its first place"):
        office.approvals.rename("shop-1", "door", ADA, office.now_ms)


def test_a_unit_that_is_refused_is_told_so_and_its_place_is_gone(office: Office) -> None:
    unit = Candidate(office.claim("door"))
    unit.ask(office)
    office.approvals.refuse("door", "not ours", ADA, office.now_ms)
    assert office.sensor("door").state is Standing.REVOKED
    assert unit.ask(office).state is State.REFUSED
    assert office.approvals.waiting() == []


def test_who_wants_anothers_place_can_be_refused_without_harm_to_it(office: Office) -> None:
    there = Candidate(office.claim("door", approve=True))
    assert there.ask(office).state is State.APPROVED
    other = Candidate(office.claim("door"))
    other.ask(office)
    assert len(office.approvals.waiting()) == 1
    office.approvals.refuse("door", "not ours", ADA, office.now_ms)
    assert other.ask(office).state is State.REFUSED
    assert there.ask(office).state is State.APPROVED
    assert office.log()[-1].verb == "refuse"
    with pytest.raises(QueryError, match="no unit waits"):
        office.approvals.refuse("door", "again", ADA, office.now_ms)
