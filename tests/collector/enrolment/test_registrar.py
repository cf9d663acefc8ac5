"""The registrar: who becomes a sensor, who waits, and who is told no more than that it will not do."""

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from candidates import NOW_MS, Candidate, Office, StaleError, StandInAuthority
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from shop import SmallShop

from collector.enrolment.claims import DAY_MS, End
from collector.enrolment.registrar import NO_CLAIM, NOT_LET_IN
from collector.records.roster import Roster
from collector.records.standing import Standing
from footfall_sensor import claim as proofs
from footfall_sensor import codes
from footfall_sensor.claim import Claim
from footfall_sensor.errors import EnrolmentError
from footfall_sensor.wire import envelope
from footfall_sensor.wire.enrol import Enrol
from footfall_sensor.wire.member import Member, State


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.new(tmp_path / "c", StandInAuthority())


def enrolled(office: Office, sensor: str = "door") -> Candidate:
    """A unit that came in by the front door."""
    unit = Candidate(office.claim(sensor))
    unit.ask(office)
    office.approvals.approve(sensor, "cli:ada", office.now_ms)
    assert unit.ask(office).state is State.APPROVED
    return unit


def told(office: Office) -> Member:
    """What the last answer said, whether or not the unit believed it."""
    return Member.decode(envelope.unpack(office.answered[-1]).body)


def assert_refused(office: Office, unit: Candidate, why: str) -> None:
    before = office.registrar.refused[why]
    with pytest.raises(EnrolmentError, match=r"unknown, used, expired or withdrawn|no claim"):
        unit.ask(office)
    assert told(office).state is State.REFUSED
    assert (told(office).certificate, told(office).proof, told(office).sensor) == (b"", b"", "")
    assert office.registrar.refused[why] == before + 1


# From claim to member.


def test_a_claim_for_a_named_sensor_leads_through_every_state(office: Office) -> None:
    """new by the claim, pending by the unit that shows it, approved by a person, and a certificate at the next poll."""
    unit = Candidate(office.claim("door"))
    assert office.sensor("door").state is Standing.NEW
    member = unit.ask(office)
    assert (member.state, member.certificate, office.sensor("door").state) == (State.PENDING, b"", Standing.PENDING)
    office.approvals.approve("door", "cli:ada", office.now_ms)
    assert office.sensor("door").public_key == unit.key.public_raw
    member = unit.ask(office)
    assert (member.state, member.tenant, member.sensor, member.site) == (State.APPROVED, "default", "door", "shop")
    assert (member.broker_host, member.broker_port, member.tls) == ("mqtt.example.org", 8883, True)
    certificate = x509.load_pem_x509_certificate(member.certificate)
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "default/door"
    assert certificate.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) == unit.key.public_raw
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(member.authority))
    assert [entry.verb for entry in office.log()] == ["new", "claim", "pending", "approved"]


def test_an_announced_sensor_has_a_key_that_nobody_has(office: Office) -> None:
    """Not zeros: under that key, a point of small order, anybody can make good signatures."""
    office.claim("door")
    office.claim("window")
    door, window = office.sensor("door"), office.sensor("window")
    assert door.public_key != window.public_key
    assert len(set(door.public_key)) > 8


def test_units_without_a_name_are_named_after_their_site(office: Office) -> None:
    """The first number that is free; the unit has no say in it."""
    office.claim("shop-2")
    names = []
    for _ in range(3):
        unit = Candidate(office.claim(approve=True))
        names.append(unit.ask(office).sensor)
    assert names == ["shop-1", "shop-3", "shop-4"]


def test_a_rule_approves_without_a_person_and_the_log_says_which(office: Office) -> None:
    """For a batch in the provisioner's hands; each of its claims is for one unit."""
    claim = office.claim("door", approve=True)
    assert Candidate(claim).ask(office).state is State.APPROVED
    last = office.log()[-1]
    assert (last.actor, last.verb) == ("collector", "approved")
    assert f"the rule of claim {claim.id}" in last.says


def test_a_known_unit_asks_without_a_claim(office: Office) -> None:
    """After a flash that kept its key, or a year in a box with an expired certificate: it signs, and that is all."""
    unit = enrolled(office)
    unit.applicant = replace(unit.applicant, claim=None)
    first = unit.ask(office)
    office.now_ms += 365 * DAY_MS
    office.start()
    later = unit.ask(office)
    assert (later.state, later.sensor) == (State.APPROVED, "door")
    assert later.ends_ms == office.now_ms + 90 * DAY_MS > first.ends_ms


def test_the_same_certificate_is_given_until_two_thirds_of_its_life(office: Office) -> None:
    """Asking often makes no serials; the third that is left is time to succeed in."""
    unit = enrolled(office)
    first = unit.ask(office)
    assert first.renew_ms == NOW_MS + 60 * DAY_MS
    office.now_ms = first.renew_ms - 1
    assert unit.ask(office).certificate == first.certificate
    office.now_ms = first.renew_ms
    assert unit.ask(office).certificate != first.certificate
    assert len(office.issuer.made) == 2  # type: ignore[union-attr]


def test_a_sensor_that_was_registered_by_hand_is_known(tmp_path: Path) -> None:
    """footfall collector add knows its key: it needs no claim to get a certificate."""
    office = Office.new(tmp_path / "c", StandInAuthority())
    unit = Candidate()
    office.registry.put_sensor("default", "old", "shop", unit.key.id, unit.key.public_raw)
    unit.applicant = replace(unit.applicant, collectors=(office.secret.public,))
    member = unit.ask(office)
    assert (member.state, member.sensor, bool(member.certificate)) == (State.APPROVED, "old", True)
    (row,) = office.approvals.units(office.sensor("old"))
    assert row.claim_id is None


def test_a_lean_unit_gets_no_certificate(office: Office) -> None:
    """It has no OpenSSL; its way in is a tunnel, which this collector has not set up."""
    unit = Candidate(office.claim("door", approve=True), profile="lean")
    member = unit.ask(office)
    assert (member.state, member.tls, member.certificate, member.tunnel) == (State.APPROVED, False, b"", b"")


# Another unit in the same place.


def test_a_unit_that_lost_its_key_takes_its_place_again_with_a_new_claim(office: Office) -> None:
    """The sensor stays, with all that was stored of it; the old key is replaced and stays in the history."""
    before = enrolled(office)
    sensor = office.sensor("door")
    office.now_ms += DAY_MS
    after = Candidate(office.claim("door"))
    assert after.ask(office).state is State.PENDING
    assert office.sensor("door").public_key == before.key.public_raw, "the unit that works goes on until a person acts"
    assert before.ask(office).state is State.APPROVED
    office.approvals.approve("door", "cli:ada", office.now_ms)
    assert after.ask(office).state is State.APPROVED
    now = office.sensor("door")
    assert (now.id, now.site, now.state, now.public_key) == (sensor.id, "shop", Standing.APPROVED, after.key.public_raw)
    units = office.approvals.units(now)
    assert [(unit.fingerprint, unit.since_ms, unit.until_ms) for unit in units] == [
        (codes.fingerprint(before.key.public_raw), NOW_MS, NOW_MS + DAY_MS),
        (codes.fingerprint(after.key.public_raw), NOW_MS + DAY_MS, None),
    ]
    assert before.ask(office).state is State.REFUSED
    assert office.issuer.revoked.count("default/door") >= 2  # type: ignore[union-attr]
    assert [entry.verb for entry in office.log()][-2:] == ["replaced", "approved"]


def test_a_rule_does_not_unseat_a_unit_that_works(office: Office) -> None:
    """A stolen claim that approves by itself must not silence a sensor: a person is needed."""
    before = enrolled(office)
    thief = Candidate(office.claim("door", approve=True))
    assert thief.ask(office).state is State.PENDING
    assert office.sensor("door").public_key == before.key.public_raw


def test_batches_of_the_unit_before_stay_with_the_sensor(tmp_path: Path) -> None:
    """(sensor, boot, number) names a batch, and the sensor's number does not change with its unit."""
    shop = SmallShop(tmp_path / "c")
    shop.sensor("door")
    shop.hear([], 1_772_400_000_000, 1_772_400_060_000, sensor="door")
    sensor = Roster(shop.collector.registry.engine).find("door")
    office = Office(shop.collector)
    claim = office.claim("door")
    Candidate(claim).ask(office)
    office.approvals.approve("door", "cli:ada", NOW_MS)
    after = office.sensor("door")
    assert after.public_key != sensor.public_key
    (row,) = shop.collector.store.manifest.ledger()
    assert (row.sensor_id, row.batches) == (after.id, 2)
    assert [unit.claim_id for unit in office.approvals.units(after)] == [claim.id, None]


def test_a_key_that_changed_without_a_claim_is_refused_and_counted(office: Office) -> None:
    """Knowing a sensor's name is nothing: the key is what is known."""
    enrolled(office)
    stranger = Candidate()
    stranger.applicant = replace(stranger.applicant, collectors=(office.secret.public,))
    member = stranger.ask(office)
    assert (member.state, member.says) == (State.REFUSED, NO_CLAIM)
    assert +office.registrar.refused == Counter({"no claim": 1})


# Claims that will not do.


def test_a_claim_is_good_once(office: Office) -> None:
    """The second unit with the code is told no more than that it will not do; the first is not disturbed."""
    claim = office.claim("door")
    first = Candidate(claim)
    first.ask(office)
    assert_refused(office, Candidate(claim), "claim used, withdrawn or locked")
    assert first.ask(office).state is State.PENDING


def test_a_stolen_claim_is_worth_nothing_after_its_use(office: Office) -> None:
    """Also not to prove oneself the collector: the registry has forgotten the secret, and the link is the unit's."""
    claim = office.claim("door")
    unit = Candidate(claim)
    unit.ask(office)
    assert_refused(office, Candidate(claim), "claim used, withdrawn or locked")
    office.now_ms += 60 * DAY_MS
    assert_refused(office, Candidate(claim), "claim used, withdrawn or locked")


def test_an_expired_claim_is_refused_and_its_secret_forgotten(office: Office) -> None:
    claim = office.claim("door", days=1)
    office.now_ms += DAY_MS
    assert_refused(office, Candidate(claim), "claim expired")
    office.claim("window")
    assert_refused(office, Candidate(claim), "claim expired")
    assert [entry.end for entry in office.claims.entries(office.now_ms)] == [End.EXPIRED, End.OPEN]


def test_a_withdrawn_claim_is_refused(office: Office) -> None:
    claim = office.claim("door")
    office.claims.withdraw(claim.id, "cli:ada", office.now_ms)
    assert_refused(office, Candidate(claim), "claim used, withdrawn or locked")


def test_every_refusal_of_a_claim_is_one_answer(office: Office) -> None:
    """Unknown, used, expired, withdrawn, wrong: whoever asks learns nothing of which claims there are."""
    used, expired, withdrawn, guessed = (office.claim(days=days) for days in (7, 1, 7, 7))
    Candidate(used).ask(office)
    office.claims.withdraw(withdrawn.id, "cli:ada", office.now_ms)
    office.now_ms += 2 * DAY_MS
    says = set()
    for claim in (used, expired, withdrawn, Claim("0000", b"0" * 27), Claim(guessed.id, b"0" * 27)):
        with pytest.raises(EnrolmentError):
            Candidate(claim).ask(office)
        said = told(office)
        says.add((said.state, said.says, said.poll_s, said.proof))
    assert says == {(State.REFUSED, NOT_LET_IN, 600, b"")}


def test_ten_wrong_proofs_lock_a_claim_and_the_log_says_so(office: Office) -> None:
    """135 bits cannot be guessed; that somebody tries is told all the same."""
    claim = office.claim("door")
    for _ in range(10):
        assert_refused(office, Candidate(Claim(claim.id, b"0" * 27)), "wrong proof")
    assert_refused(office, Candidate(claim), "claim used, withdrawn or locked")
    assert [(entry.verb, entry.object) for entry in office.log()][-1] == ("lock", f"claim {claim.id}")


def test_a_unit_has_no_say_in_its_site_and_name(office: Office) -> None:
    """A claim for one sensor cannot be made another's: the request has no field for either."""
    assert not {"site", "sensor", "name", "tenant"} & set(Enrol.__slots__)
    assert Candidate(office.claim("door", approve=True)).ask(office).sensor == "door"


def test_of_two_units_with_one_claim_at_one_moment_one_gets_in(office: Office) -> None:
    """Real threads on the real database: one is let in, the other finds the claim used."""
    claim = office.claim("door")
    units = [Candidate(claim) for _ in range(8)]
    gate, states = threading.Barrier(len(units)), []
    requests = []

    class Held:
        def challenge(self) -> bytes:
            return office.challenge()

        def submit(self, sealed: bytes) -> bytes:
            requests.append((sealed, office.reception.read(sealed)))
            raise EnrolmentError("held back")

    for unit in units:
        with pytest.raises(EnrolmentError):
            unit.ask(Held())

    def post(raw: bytes, asked: Enrol) -> None:
        gate.wait()
        states.append(Member.decode(envelope.unpack(office.reception.answer(raw, asked, office.now_ms)).body).state)

    threads = [threading.Thread(target=post, args=request) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(states) == [State.PENDING] + [State.REFUSED] * 7
    assert len(office.approvals.units(office.sensor("door"))) == 1


# What was overheard.


def test_a_replayed_request_is_refused(office: Office) -> None:
    """A challenge is good once and for two minutes; after a restart none of those before is good."""
    unit = Candidate(office.claim("door"))
    unit.ask(office)
    recorded = office.posted[-1]
    with pytest.raises(StaleError):
        office.submit(recorded)
    office.start()
    with pytest.raises(StaleError):
        office.submit(recorded)


def test_who_overhears_everything_can_enrol_no_other_key_and_learns_no_secret(office: Office) -> None:
    """Plain HTTP: the whole conversation is in the thief's hands before the unit's first request arrives."""
    claim = office.claim("door")
    unit, thief = Candidate(claim), Candidate()

    class Overheard:
        """A thief in the middle, who sees the request and sends his own with its proof instead."""

        def challenge(self) -> bytes:
            self.given = office.challenge()
            return self.given

        def submit(self, sealed: bytes) -> bytes:
            said = Enrol.decode(envelope.unpack(sealed).body)
            forged = replace(said, key=thief.key.public)
            plain = envelope.Envelope(
                envelope.Kind.ENROL, codes.unit_name(thief.key.public_raw), bytes(8), 0, forged.encode()
            )
            sign = thief.applicant.backend.sign
            answer = office.submit(envelope.seal(plain, lambda message: sign(thief.key, message)))
            assert Member.decode(envelope.unpack(answer).body).state is State.REFUSED
            return answer

    with pytest.raises(EnrolmentError, match="for another unit"):
        unit.ask(Overheard())
    assert +office.registrar.refused == Counter({"wrong proof": 1})
    assert unit.ask(office).state is State.PENDING, "the claim is still the unit's"
    transcript = b"".join(office.posted + office.answered)
    assert claim.secret not in transcript
    assert proofs.link(claim.secret, unit.key.public_raw) not in transcript
    assert unit.key.seed not in transcript


def test_the_registry_alone_gives_no_claim_away(office: Office, tmp_path: Path) -> None:
    """A copy of the database, write-ahead log included, holds no secret of an open claim; used ones are gone."""
    claim = office.claim("door")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "c").glob("registry.sqlite*"))
    assert claim.id.encode() in kept
    assert claim.secret not in kept
    assert not [entry for entry in office.log() if claim.secret.decode() in entry.says]
    assert repr(claim).count(claim.secret.decode()) == 0


# Shut out again.


@pytest.mark.parametrize(
    ("to", "state", "says"),
    [
        (Standing.QUARANTINED, State.PENDING, "quarantine"),
        (Standing.REVOKED, State.REFUSED, "revoked"),
    ],
)
def test_a_unit_that_was_shut_out_gets_nothing(office: Office, to: Standing, state: State, says: str) -> None:
    """Neither a certificate nor the broker's address; and it is told why."""
    unit = enrolled(office)
    Roster(office.engine).move("door", to, "it was stolen", "cli:ada", office.now_ms)
    member = unit.ask(office)
    assert (member.state, member.certificate, member.broker_host) == (state, b"", "")
    assert says in member.says


def test_a_claim_for_a_place_that_was_revoked_meanwhile_is_refused(office: Office) -> None:
    claim = office.claim("door")
    Roster(office.engine).move("door", Standing.REVOKED, "a mistake", "cli:ada", office.now_ms)
    assert_refused(office, Candidate(claim), "the claim's sensor is revoked")
