"""The intake settles every message it is given: stored, held with its reason, or left for another time."""

from dataclasses import replace
from pathlib import Path

import pytest
from shop import BOOT, SENSOR, SmallShop, at, sighting, window
from sqlalchemy import update

from collector import schema
from collector.admission.doubt import Doubt
from collector.database import writing
from collector.errors import StoreError
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.standing import Standing
from footfall_sensor import keys
from footfall_sensor.sealing import Opener
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Ack, Birth, EpochKey, Health, Totals

OPENER = Opener()
BIRTH = Birth("0.1", "3.11", "mips", "lean", "tokens", time_ms=0, wants_key=True, seal=OPENER.public)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector", settings=Settings())
    made.sensor()
    return made


def batch(shop: SmallShop, number: int, hour: int = 10) -> Message:
    return shop.message(window(at(hour, number), [sighting(number)]), number=number)


def acks(outgoing: list) -> list[tuple[tuple, tuple]]:
    opened = [envelope.unpack(item.payload) for item in outgoing if item.topic.endswith("/ack")]
    return [(acked.committed, acked.refused) for one in opened for acked in Ack.decode(one.body).boots]


def test_stored_batches_are_acknowledged_together_and_signed(shop: SmallShop) -> None:
    (said,) = shop.take([batch(shop, n) for n in (0, 1, 2, 5)], at(11))
    key = keys.read_public(shop.collector.folder / "collector.key.pub")
    opened = envelope.open_sealed(said.payload, lambda text, sign: shop._backend.verify(key, text, sign))
    (acked,) = Ack.decode(opened.body).boots
    assert (acked.boot, acked.committed) == (BOOT, ((0, 2), (5, 5)))
    assert said.topic == "footfall/1/default/sensor-1/ack"


def test_a_batch_that_was_stored_before_is_acknowledged_again(shop: SmallShop) -> None:
    """The first acknowledgement may have been lost on its way."""
    shop.take([batch(shop, 0)], at(11))
    assert acks(shop.take([batch(shop, 0)], at(11))) == [(((0, 0),), ())]


def test_a_batch_is_not_refused_by_a_clock_that_has_just_jumped(shop: SmallShop) -> None:
    """Its sensor hears nothing, keeps it, and is answered when the clock is right again."""
    monotonic_s = 100.0
    shop.intake = shop.collector.intake(Doubt(at(12), lambda: monotonic_s))
    ahead = shop.message(window(at(13), [sighting(0)]), number=0)
    later = shop.message(window(at(13, 1), [sighting(1)]), number=1)
    assert acks(shop.take([ahead], at(12))) == [((), ((0, 0),))]  # as it is as long as the clock is believed
    monotonic_s += 1
    assert shop.take([later], at(11)) == []
    assert shop.intake.counters()["refused_clock_in_doubt"] == 1
    assert shop.collector.quarantine.count() == {"in_future": 1}
    monotonic_s += 1
    assert acks(shop.take([later], at(13, 1))) == [(((1, 1),), ())]


def test_a_forged_batch_is_held_and_answered_with_silence(shop: SmallShop) -> None:
    good = batch(shop, 0)
    forged = Message(good.topic, good.payload[:-1] + bytes([good.payload[-1] ^ 1]))
    assert shop.take([forged], at(11)) == []
    (held,) = shop.collector.quarantine.list()
    assert (held.reason, held.payload) == ("bad_signature", forged.payload)
    assert shop.intake.refused == {"bad_signature": 1}


def test_a_sensors_impossible_batch_is_refused_for_good(shop: SmallShop) -> None:
    assert acks(shop.take([batch(shop, 0)], at(24 * 9))) == [((), ((0, 0),))]
    assert [held.reason for held in shop.collector.quarantine.list()] == ["too_old"]


def test_one_poison_message_in_a_thousand_holds_up_nothing(shop: SmallShop) -> None:
    messages = [batch(shop, n) for n in range(20)]
    messages[7] = Message(messages[7].topic, b"\xdd\xff\xff\xff\xff" * 50)
    outcome = acks(shop.take(messages, at(11)))
    assert outcome == [(((0, 6), (8, 19)), ())]


def test_an_approved_sensor_gets_the_running_epochs_key(shop: SmallShop) -> None:
    """After the place's list of objections, which the sensor must have before it makes a token."""
    opened_list, opened = [envelope.unpack(said.payload) for said in shop.take([shop.birth(BIRTH)], at(12))]
    assert (opened_list.kind, opened.kind) == (Kind.OBJECTIONS, Kind.EPOCH)
    assert opened.sensor == SENSOR
    key = EpochKey.decode(opened.body)
    assert key.epoch == "2026-03-02"
    assert key.start_ms <= at(12) < key.end_ms
    assert len(key.opened(SENSOR, OPENER)) == 32


@pytest.mark.parametrize(("seal", "held"), [(b"", []), (bytes(32), ["malformed"])], ids=["none", "of small order"])
def test_without_a_key_to_seal_it_for_no_epoch_key_goes_out(shop: SmallShop, seal: bytes, held: list[str]) -> None:
    """An older unit gets none, rather than one that the broker can read."""
    assert shop.take([shop.birth(replace(BIRTH, seal=seal))], at(12)) == []
    assert [one.reason for one in shop.collector.quarantine.list()] == held


def test_a_key_message_has_a_higher_number_than_the_one_before(shop: SmallShop) -> None:
    numbers = [envelope.unpack(shop.take([shop.birth(BIRTH)], at(12))[-1].payload).number for _ in range(3)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("state", sorted(set(Standing) - {Standing.APPROVED}))
def test_a_sensor_in_any_other_state_gets_no_key(shop: SmallShop, state: Standing) -> None:
    """New, pending, quarantined, revoked, replaced: nothing is said to it at all."""
    _put(shop, state)
    shop.intake.refresh()
    assert shop.take([shop.birth(BIRTH)], at(12)) == []
    assert not list((shop.collector.folder / "epoch-keys").rglob("*.key"))


@pytest.mark.parametrize("state", sorted(set(Standing) - {Standing.APPROVED}))
def test_a_state_that_changes_between_two_births_counts_at_once(shop: SmallShop, state: Standing) -> None:
    """The door hears of it within seconds; the key is refused from the same moment on, and the list with it."""
    assert len(shop.take([shop.birth(BIRTH)], at(12))) == 2
    _put(shop, state)
    assert shop.take([shop.birth(BIRTH)], at(12)) == []
    assert shop.intake.handout.refused == {"not_approved": 1}
    _put(shop, Standing.APPROVED)
    assert len(shop.take([shop.birth(BIRTH)], at(12))) == 2


def _put(shop: SmallShop, state: Standing) -> None:
    with writing(shop.collector.registry.engine).begin() as connection:
        connection.execute(update(schema.sensors).values(state=state))


def test_a_sensor_that_asks_for_another_day_gets_no_key(shop: SmallShop) -> None:
    asks = replace(BIRTH, time_ms=at(-48))
    assert [envelope.unpack(said.payload).kind for said in shop.take([shop.birth(asks)], at(12))] == [Kind.OBJECTIONS]


def test_health_and_death_are_remembered(shop: SmallShop) -> None:
    health = Health(Totals(frames=7, sightings_emitted=3), uptime_s=60, time_ms=at(10), version="0.1")
    shop.take([shop.birth(BIRTH), shop.health(health)], at(11))
    (report,) = shop.collector.registry.reports.newest().values()
    assert (report.connected, report.health, report.version) == (True, health, "0.1")
    shop.take([shop.death()], at(12))
    (report,) = shop.collector.registry.reports.newest().values()
    assert (report.connected, report.health) == (False, health)


def test_while_the_store_cannot_be_written_nothing_is_said_and_all_can_come_again(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("cannot write: No space left on device")

    messages = [batch(shop, 0), Message("footfall/1/default/nobody/batch", b"?")]
    with monkeypatch.context() as patch:
        patch.setattr(shop.collector.store, "commit", full)
        with pytest.raises(StoreError):
            shop.take(messages, at(11))
    assert shop.collector.quarantine.list() == []
    assert acks(shop.take(messages, at(11))) == [(((0, 0),), ())]


def test_the_quarantine_keeps_its_size_and_the_newest(shop: SmallShop) -> None:
    shop.collector.quarantine._messages_max = 10
    for n in range(4):
        shop.take([Message(f"footfall/1/default/x{n}/batch", bytes(5000)) for _ in range(4)], at(11))
    held = shop.collector.quarantine.list()
    assert len(held) == 10
    assert held[0].topic.endswith("/x3/batch")
    assert {len(one.payload) for one in held} == {4096}


def test_a_sensor_that_is_added_while_we_run_is_known_after_a_refresh(shop: SmallShop) -> None:
    key = shop._backend.generate()
    shop.collector.registry.put_sensor("default", "late", "shop", key.id, key.public_raw)
    shop._secrets["late"] = key
    message = shop.message(window(at(10), [sighting(1)]), "late")
    assert shop.take([message], at(11)) == []
    shop.intake.refresh()
    assert len(shop.take([message], at(11))) == 1
