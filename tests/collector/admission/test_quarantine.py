"""The quarantine keeps evidence: bounded, fair between sources, and no longer than a token may live."""

from pathlib import Path

import pytest
from shop import SENSOR, TENANT, SmallShop, at, sighting, window

from collector.admission import evidence, quarantine
from collector.admission.quarantine import Held, Quarantine, Selection
from collector.housekeeping.readmission import replay
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.audit import Audit
from collector.records.registry import Tenant
from collector.records.roster import Roster
from collector.records.standing import Standing

USER = f"{TENANT}/{SENSOR}"
TOKEN = 0x1122334455667788


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector", settings=Settings())
    made.sensor()
    return made


def held(number: int = 0, source: str = quarantine.STRANGERS, payload: bytes = b"x", **fields: object) -> Held:
    values = {"digest": None, "until_ms": at(30), "size": len(payload), "whole": True, **fields}
    return Held(0, at(12), f"topic/{number}", "malformed", "says", payload, source, **values)  # type: ignore[arg-type]


def batch(shop: SmallShop, number: int, start_ms: int | None = None) -> Message:
    return shop.message(window(at(11) if start_ms is None else start_ms, [sighting(TOKEN)]), number=number)


def put_away(shop: SmallShop, to: Standing = Standing.QUARANTINED) -> None:
    Roster(shop.collector.registry.engine).move(SENSOR, to, "for a test", "cli:ada", at(10))
    shop.intake.refresh()


def on_disk(shop: SmallShop, needle: bytes) -> bool:
    return any(needle in path.read_bytes() for path in shop.collector.folder.glob("registry.sqlite*"))


def test_a_source_that_floods_pushes_out_its_own_and_nobody_elses(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "SOURCE_MESSAGES_MAX", 10)
    kept = shop.collector.quarantine
    kept.hold([held(1, USER), held(2, "?" + USER)])
    kept.hold([held(n) for n in range(100, 200)])
    assert [one.topic for one in kept.list()] == [f"topic/{n}" for n in range(199, 189, -1)] + ["topic/2", "topic/1"]


def test_it_is_bounded_in_bytes_for_each_source_and_for_all(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "SOURCE_BYTES_MAX", 10_000)
    monkeypatch.setattr(quarantine, "BYTES_MAX", 25_000)
    kept = shop.collector.quarantine
    for source in "abcd":
        kept.hold([held(n, source, bytes(3000)) for n in range(8)])
    found = kept.list()
    assert sum(len(one.payload) for one in found) == 24_000
    assert [one.source for one in found] == ["d"] * 3 + ["c"] * 3 + ["b"] * 2


def test_a_flood_of_forgeries_is_counted_and_little_of_it_written(shop: SmallShop) -> None:
    good = batch(shop, 0)
    forged = [Message(good.topic, good.payload[:-2] + n.to_bytes(2, "big")) for n in range(2000)]
    strangers = [Message(f"footfall/1/{TENANT}/nobody-{n}/batch", b"?") for n in range(2000)]
    shop.sensor("beside")
    beside = shop.message(window(at(11), [sighting(1)]), "beside")
    shop.take([*forged, *strangers, good, beside], at(12))
    # Only the first 200 under one name are looked at; what is not looked at comes again, the sensor's own too.
    assert shop.intake.refused == {"bad_signature": 200, "too_fast": 1801, "unknown_sensor": 2000}
    assert shop.collector.quarantine.count() == {"bad_signature": 50, "unknown_sensor": 50}
    assert shop.intake.counters()["quarantine_left_out"] == 2100
    assert len(shop.collector.store.manifest.ledger()) == 1
    shop.take([good], at(12, 1))
    assert len(shop.collector.store.manifest.ledger()) == 2


def test_what_can_be_replayed_is_kept_whole_and_the_rest_cut(shop: SmallShop) -> None:
    large = window(at(11), [sighting(n) for n in range(500)])
    put_away(shop)
    shop.take([shop.message(large), Message(f"footfall/1/{TENANT}/nobody/batch", bytes(20_000))], at(12))
    unknown, own = shop.collector.quarantine.list()
    assert (own.reason, own.whole, own.size, own.source) == ("not_approved", True, len(own.payload), USER)
    assert own.size > 10_000
    assert (unknown.whole, unknown.size, len(unknown.payload), unknown.source) == (False, 20_000, 4096, "?")


def test_a_message_whose_time_has_come_is_let_in_by_a_replay_and_not_before(shop: SmallShop) -> None:
    shop.take([batch(shop, 0, at(13))], at(12))
    assert shop.collector.quarantine.count() == {"in_future": 1}
    assert replay(shop.collector, Selection(reason="in_future"), "cli:ada", at(12, 30)).refused == 1
    assert replay(shop.collector, Selection(reason="in_future"), "cli:ada", at(13)).stored == 1
    assert [row.sightings for row in shop.collector.store.manifest.ledger()] == [1]
    said = [(entry.verb, entry.actor) for entry in Audit(shop.collector.registry.engine).entries()]
    assert said == [("replay", "cli:ada")] * 2


def test_a_replay_verifies_like_the_first_time(shop: SmallShop) -> None:
    """A forgery stays a forgery, a revoked sensor's batch outside, a poison message poison."""
    good = batch(shop, 0)
    shop.take([Message(good.topic, good.payload[:-1] + bytes([good.payload[-1] ^ 1]))], at(12))
    put_away(shop)
    shop.take([batch(shop, 1)], at(12))
    put_away(shop, Standing.REVOKED)
    done = replay(shop.collector, Selection(), "cli:ada", at(12))
    assert (done.stored, done.refused) == (0, 2)
    assert shop.collector.store.manifest.ledger() == []
    assert {one.says for one in shop.collector.quarantine.list()} == {
        "not signed with the sensor's key",
        "the sensor is revoked: for a test",
    }


def test_a_births_moment_is_over_when_it_is_replayed(shop: SmallShop) -> None:
    put_away(shop)
    shop.take([shop.death()], at(12))
    put_away(shop, Standing.APPROVED)
    done = replay(shop.collector, Selection(), "cli:ada", at(12))
    assert (done.stored, done.refused, done.passed_over) == (0, 0, 1)


def test_held_tokens_are_gone_when_their_epoch_and_the_late_ones_are(shop: SmallShop) -> None:
    """The reason stays; the bytes are overwritten on disk, also in what is left of the log beside the database."""
    put_away(shop)
    shop.take([batch(shop, 0)], at(12))
    kept, needle = shop.collector.quarantine, TOKEN.to_bytes(8, "little")
    assert on_disk(shop, needle)
    epoch_end_ms = at(28)  # the business day of DAY turns at 04:00
    kept.expire(epoch_end_ms + evidence.LATE_MS - 1)
    assert kept.list()[0].payload
    kept.expire(epoch_end_ms + evidence.LATE_MS)
    (one,) = kept.list()
    assert (one.reason, one.payload, one.whole) == ("not_approved", b"", False)
    assert not on_disk(shop, needle)
    put_away(shop, Standing.APPROVED)
    assert replay(shop.collector, Selection(), "cli:ada", epoch_end_ms + evidence.LATE_MS).stored == 0


@pytest.mark.parametrize(
    ("received_h", "start_h", "until_h"),
    [
        (12, 11, 34),  # today's epoch ends at 28 h
        (40, 11, 34),  # yesterday's, long over
        (12, 50, 34),  # it claims another day: no later than today's
    ],
)
def test_a_batchs_bytes_stay_as_long_as_its_own_epoch(
    shop: SmallShop, received_h: int, start_h: int, until_h: int
) -> None:
    payload = batch(shop, 0, at(start_h)).payload
    assert evidence.payload_until_ms(payload, Tenant(), at(received_h)) == at(until_h)


def test_a_batch_of_an_epoch_that_is_over_is_held_without_its_bytes(shop: SmallShop) -> None:
    shop.take([batch(shop, 0, at(11))], at(11 + 80))
    (one,) = shop.collector.quarantine.list()
    assert (one.reason, one.payload) == ("too_old", b"")


def test_what_cannot_be_read_is_kept_for_as_long_as_a_late_token(shop: SmallShop) -> None:
    assert evidence.payload_until_ms(b"\xff" * 100, Tenant(), at(12)) == at(12) + evidence.LATE_MS


def test_after_a_week_nothing_is_left(shop: SmallShop) -> None:
    shop.collector.quarantine.hold([held(1), held(2)])
    shop.collector.quarantine.expire(at(12) + quarantine.KEPT_MS - 1)
    assert len(shop.collector.quarantine.list()) == 2
    shop.collector.quarantine.expire(at(12) + quarantine.KEPT_MS)
    assert shop.collector.quarantine.list() == []


def test_a_purge_takes_what_was_named_and_leaves_a_record(shop: SmallShop) -> None:
    kept: Quarantine = shop.collector.quarantine
    kept.hold([held(n, reason_is) for n, reason_is in enumerate((USER, "?", "?"))])
    assert kept.purge(Selection(sensor=USER), "cli:ada", "sensor", at(12)) == 1
    assert kept.purge(Selection(before_ms=at(13)), "cli:ada", "old", at(14)) == 2
    assert [entry.says for entry in Audit(shop.collector.registry.engine).entries()] == [
        "1 messages: sensor",
        "2 messages: old",
    ]


def test_an_epoch_that_names_a_way_out_of_the_folder_is_refused(shop: SmallShop, tmp_path: Path) -> None:
    """It becomes the name of a folder in the store; a sensor's key must not be enough to write elsewhere."""
    for number, epoch in enumerate(("../../../../escaped", "a/b", "..\\x", "a b", "ä")):
        shop.take([shop.message(window(at(11), [sighting(1)], epoch=epoch), number=number)], at(12))
    assert shop.intake.refused == {"malformed": 3, "not_approved": 2}  # and three of them are enough
    assert not list(tmp_path.rglob("*escaped*"))
    assert shop.collector.store.manifest.ledger() == []
