"""Enrolment while the collector's key is handed on to the next one."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from candidates import BACKEND, Candidate, Office, Served, StandInAuthority

from collector.downlink.sealing import Downlink
from collector.keys.identity import DAY_MS
from footfall_sensor import config, enrolling, joining, keys
from footfall_sensor.config import Config
from footfall_sensor.errors import EnrolmentError
from footfall_sensor.trusted import Trusted
from footfall_sensor.wire.member import State


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.new(tmp_path / "c", StandInAuthority())


def hand_on(office: Office) -> keys.PublicKey:
    """The next key takes over, in the same process; it is returned."""
    identity = office.collector.identity
    identity.rotate(14, "cli:ada", office.now_ms)
    office.now_ms += 15 * DAY_MS
    assert identity.tend(office.now_ms)
    return identity.secret().public


def member(office: Office, served: Served, folder: Path) -> Config:
    """A unit that is a member, and was told of the next key before it went away."""
    options = {"enrol_url": served.url, "state_dir": str(folder / "etc"), "run_dir": str(folder / "run")}
    claim = office.claim("door", approve=True).code()
    joining.Joining(config.from_options({**options, "claim": claim})).once()
    return config.from_options({**options, "name": "door"})


def tell(office: Office, chosen: Config) -> None:
    """The list of keys as it is now reaches the unit."""
    listed = office.collector.identity.trust(office.now_ms)
    assert listed is not None
    secret = office.collector.identity.secret()
    raw = Downlink(secret).trust(office.sensor("door"), listed).payload
    trusted = Trusted("door", chosen.collector_key_path, chosen.trust_path, BACKEND.verify)
    trusted.take(raw, trusted.check(raw, office.now_ms), office.now_ms)


def test_a_unit_that_was_away_during_a_rotation_is_still_let_in(office: Office, tmp_path: Path) -> None:
    """It has the old key and the list that hands it on: the new one's answer counts. One that has heard of nothing
    believes nobody, and says so."""
    with Served(office) as served:
        chosen = member(office, served, tmp_path / "unit")
        office.collector.identity.rotate(14, "cli:ada", office.now_ms)
        tell(office, chosen)
        old = office.collector.identity.secret().public
        office.now_ms += 15 * DAY_MS
        assert office.collector.identity.tend(office.now_ms)
        asked = joining.Joining(chosen)
        said = asked.once()
        assert (said.state, said.sensor, said.proof) == (State.APPROVED, "door", b"")
        assert said.collector == office.collector.identity.secret().public != old
        assert keys.read_public(chosen.collector_key_path) == old, "the key given first stays, and the list with it"
        chosen.trust_path.unlink()
        with pytest.raises(EnrolmentError, match="not signed by the collector that this unit knows"):
            joining.Joining(chosen).once()


def test_a_claim_outlives_a_rotation(office: Office) -> None:
    """Handed out before, shown after: it is good, and proves the new key to the unit; so does the link of a unit that
    was pending meanwhile."""
    claim = office.claim("door", days=30)
    pending = Candidate(office.claim("window"))
    pending.ask(office)
    pending.applicant = replace(pending.applicant, collectors=())  # as if the answer had been lost
    new = hand_on(office)
    assert Candidate(claim).ask(office).collector == new
    assert pending.ask(office).collector == new


def test_the_next_key_counts_as_ours_before_it_signs(office: Office) -> None:
    """A unit that names it is not sent the claim's proof again, and its link is forgotten."""
    unit = Candidate(office.claim("door", approve=True))
    unit.ask(office)
    following = office.collector.identity.rotate(14, "cli:ada", office.now_ms).key
    unit.applicant = replace(unit.applicant, collectors=(following, office.secret.public))
    assert enrolling.ask(unit.applicant, office, os.urandom(16)).proof == b""
    (row,) = office.approvals.units(office.sensor("door"))
    assert row.link == b""
