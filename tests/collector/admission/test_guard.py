"""A sensor that cannot be trusted goes into quarantine, by its own deeds only, and comes back when somebody says so."""

from pathlib import Path

import pytest
from shop import BOOT, SENSOR, TENANT, SmallShop, at, sighting, window

from collector.admission.door import Reason
from collector.admission.quarantine import Selection
from collector.errors import StoreError
from collector.housekeeping.readmission import replay
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.audit import Audit
from collector.records.roster import Roster
from collector.records.standing import Standing
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Ack, Birth, Health, Totals

BIRTH = Birth("0.1", "3.11", "mips", "lean", "tokens", time_ms=0, wants_key=False)
HEALTH = Health(Totals(), uptime_s=60, time_ms=0, version="0.1")
TWIN = b"\2twin\0\0\x7f"
USER = f"{TENANT}/{SENSOR}"


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector", settings=Settings())
    made.sensor()
    return made


def batch(shop: SmallShop, number: int, boot: bytes = BOOT, token: int = 1, start_ms: int | None = None) -> Message:
    return shop.message(window(at(11) if start_ms is None else start_ms, [sighting(token)]), number=number, boot=boot)


def poison(shop: SmallShop, number: int) -> Message:
    body = b"\xdd\xff\xff\xff\xff" + number.to_bytes(2, "big")
    return Message(f"footfall/1/{TENANT}/{SENSOR}/batch", shop.seal_body(Kind.BATCH, body, number=number))


def state(shop: SmallShop) -> Standing:
    return Roster(shop.collector.registry.engine).find(SENSOR).state


def committed(shop: SmallShop) -> int:
    return sum(row.batches for row in shop.collector.store.manifest.ledger())


def test_a_replayed_death_does_not_take_a_live_sensor_off_the_fleet(shop: SmallShop) -> None:
    will, birth = shop.death(), shop.birth(BIRTH)
    shop.take([birth], at(11))
    shop.take([will], at(11, 1))
    (report,) = shop.collector.registry.reports.newest().values()
    assert not report.connected
    shop.take([shop.birth(BIRTH)], at(11, 2))
    shop.take([will, will, birth], at(11, 3))
    (report,) = shop.collector.registry.reports.newest().values()
    assert report.connected
    assert shop.intake.refused == {"repeated": 3}


def test_numbers_are_remembered_over_a_restart_of_the_collector(shop: SmallShop) -> None:
    messages = [shop.birth(BIRTH), shop.health(HEALTH), shop.death()]
    shop.take(messages, at(11))
    shop.intake = shop.collector.intake()
    shop.take(messages, at(12))
    assert shop.intake.refused == {"repeated": 3}


def test_numbers_that_another_collector_has_seen_are_known_after_a_refresh(shop: SmallShop) -> None:
    other = shop.collector.intake()
    other.take([shop.birth(BIRTH)], at(11))
    message = shop.health(HEALTH)
    shop.take([message], at(11, 1))
    other.refresh()
    other.take([message], at(11, 2))
    assert other.refused == {"repeated": 1}


def test_an_old_starts_recording_changes_nothing_and_accuses_nobody(shop: SmallShop) -> None:
    old = [shop.birth(BIRTH, boot=TWIN), *(shop.health(HEALTH, boot=TWIN) for _ in range(20))]
    shop.take(old, at(10))
    for minute in range(20):
        shop.take([shop.health(HEALTH), old[minute], shop.death(boot=TWIN)], at(11, minute))
    (report,) = shop.collector.registry.reports.newest().values()
    assert (report.connected, report.received_ms) == (True, at(11, 19))
    assert state(shop) is Standing.APPROVED


def test_two_units_with_one_key_are_put_into_quarantine_within_five_minutes(shop: SmallShop) -> None:
    for minute in range(4):
        shop.take([shop.health(HEALTH)], at(11, minute))
        shop.take([shop.health(HEALTH, boot=TWIN)], at(11, minute, 20))
    assert state(shop) is Standing.QUARANTINED
    last = Audit(shop.collector.registry.engine).entries()[-1]
    assert (last.actor, last.verb, last.object) == ("collector", "quarantined", f"sensor {USER}")
    assert last.says.startswith("cloned")


def test_another_batch_under_the_same_number_is_a_twins(shop: SmallShop) -> None:
    """It is not stored, and not said to be; the first stays as it is."""
    shop.take([batch(shop, 0, token=1)], at(12))
    said = shop.take([batch(shop, 0, token=2)], at(12))
    (acked,) = Ack.decode(envelope.unpack(said[0].payload).body).boots
    assert (acked.committed, acked.refused) == ((), ((0, 0),))
    assert (committed(shop), state(shop)) == (1, Standing.QUARANTINED)


def test_a_batch_that_comes_again_is_no_twin_also_for_another_collector(shop: SmallShop) -> None:
    for intake in (shop.intake, shop.collector.intake(), shop.collector.intake()):
        intake.take([batch(shop, 0)] * 3, at(12))
    assert (committed(shop), state(shop)) == (1, Standing.APPROVED)


def test_the_spool_of_a_start_that_is_over_is_taken_after_the_restart(shop: SmallShop) -> None:
    shop.take([shop.birth(BIRTH)], at(11))
    shop.take([shop.birth(BIRTH, boot=TWIN)], at(12))
    for n in range(10):
        shop.take([batch(shop, n), batch(shop, n, TWIN, start_ms=at(12, n)), shop.health(HEALTH, boot=TWIN)], at(12, n))
    assert (committed(shop), state(shop)) == (20, Standing.APPROVED)


def test_a_replay_of_captures_is_no_twin(tmp_path: Path) -> None:
    """Played again its epoch's key is another one, so its tokens are, under the same numbers."""
    shop = SmallShop(tmp_path / "replays")
    for token in (1, 2, 3):
        shop.take([shop.birth(BIRTH), batch(shop, 0, token=token)], at(12))
        shop._signals.clear()
    assert (committed(shop), state(shop), shop.intake.refused) == (1, Standing.APPROVED, {})


def test_three_broken_messages_of_its_own_put_a_sensor_into_quarantine(shop: SmallShop) -> None:
    shop.take([poison(shop, 0), poison(shop, 0), poison(shop, 1), batch(shop, 2)], at(12))
    assert (committed(shop), state(shop)) == (1, Standing.APPROVED)
    shop.take([poison(shop, 3)], at(12, 1))
    assert state(shop) is Standing.QUARANTINED
    assert shop.take([batch(shop, 4)], at(12, 2)) == []
    assert committed(shop) == 1


def test_nobody_elses_messages_put_a_sensor_into_quarantine(shop: SmallShop) -> None:
    """Whoever reaches the broker can publish under its name; only its key makes it responsible."""
    good = batch(shop, 0)
    forged = [Message(good.topic, good.payload[:-1] + bytes([good.payload[-1] ^ n])) for n in range(1, 9)]
    elsewhere = [Message(good.topic.replace("batch", "health"), good.payload)] * 8
    late = [batch(shop, n, start_ms=at(12) + 200_000 + n) for n in range(10, 18)]
    shop.take([*forged, *elsewhere, *late], at(12))
    assert state(shop) is Standing.APPROVED


def test_a_sensor_that_signs_in_anothers_name_answers_for_it(shop: SmallShop) -> None:
    other = SENSOR + "-2"
    shop.sensor(other)
    secret = shop._secrets[SENSOR]
    shop._secrets[other], kept = secret, shop._secrets[other]
    lies = [shop.message(window(at(11, n), [sighting(n)]), other, n) for n in range(3)]
    shop._secrets[other] = kept
    lies = [Message(lie.topic.replace(other, SENSOR), lie.payload) for lie in lies]
    shop.take(lies, at(12))
    assert shop.intake.refused == {"wrong_sender": 3}
    assert state(shop) is Standing.QUARANTINED
    assert Roster(shop.collector.registry.engine).find(other).approved


def test_what_comes_meanwhile_is_held_once_and_let_in_after_the_release(shop: SmallShop) -> None:
    roster = Roster(shop.collector.registry.engine)
    roster.move(SENSOR, Standing.QUARANTINED, "let us see", "cli:ada", at(11))
    shop.intake.refresh()
    messages = [batch(shop, n, token=n) for n in range(5)]
    for _ in range(3):  # it is not answered, so it sends again
        assert shop.take(messages, at(11, 30)) == []
    assert shop.collector.quarantine.count() == {"not_approved": 5}
    assert replay(shop.collector, Selection(sensor=USER), "cli:ada", at(11, 40)).stored == 0
    roster.move(SENSOR, Standing.APPROVED, "a bad cable", "cli:ada", at(11, 45))
    done = replay(shop.collector, Selection(sensor=USER), "cli:ada", at(11, 50))
    assert (done.stored, done.refused, committed(shop)) == (5, 0, 5)
    assert shop.collector.quarantine.count() == {}
    shop.intake.refresh()
    assert len(shop.take(messages, at(11, 55))) == 1  # and now it is told that they are stored
    assert committed(shop) == 5


def test_a_released_sensor_begins_with_a_clean_slate(shop: SmallShop) -> None:
    shop.take([poison(shop, n) for n in range(3)], at(12))
    Roster(shop.collector.registry.engine).move(SENSOR, Standing.APPROVED, "new firmware", "cli:ada", at(12, 1))
    shop.intake.refresh()
    shop.take([poison(shop, 7), poison(shop, 8)], at(12, 2))
    assert state(shop) is Standing.APPROVED


def test_messages_that_could_not_be_stored_are_not_taken_for_repeated(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("no space")

    messages = [shop.birth(BIRTH), batch(shop, 0), shop.health(HEALTH)]
    with monkeypatch.context() as patch:
        patch.setattr(shop.collector.store, "commit", full)
        for minute in range(3):
            with pytest.raises(StoreError):
                shop.take(messages, at(11, minute))
    shop.take(messages, at(11, 5))
    assert (committed(shop), shop.intake.refused) == (1, {})
    assert len(shop.collector.registry.reports.newest()) == 1


def test_a_flood_of_health_is_bounded_like_any_other(shop: SmallShop) -> None:
    shop.take([shop.health(HEALTH) for _ in range(200)], at(12))
    assert shop.intake.refused == {"too_fast": 180}


def test_one_poison_message_in_a_thousand_costs_one_message(shop: SmallShop) -> None:
    shop.collector.quarantine._messages_max = 10
    messages = [batch(shop, n) for n in range(1000)]
    messages[617] = poison(shop, 617)
    for first in range(0, 1000, 20):  # as fast as a sensor may send
        shop.take(messages[first : first + 20], at(12) + first * 500)
    assert (committed(shop), state(shop)) == (999, Standing.APPROVED)
    assert shop.intake.refused == {"malformed": 1}


def test_every_reason_has_a_counter_of_a_stable_name(shop: SmallShop) -> None:
    counters = shop.intake.counters()
    assert {f"refused_{reason.value}" for reason in Reason} < counters.keys()
    assert set(counters.values()) == {0}
    shop.take([poison(shop, 0)], at(12))
    assert shop.intake.counters()["refused_malformed"] == 1
