"""Of 10,000 forged, bit-flipped, replayed and cross-signed envelopes none comes in, and the sensor's own all do.

The raw material is what a real agent sealed and sent: births, health, batches, deaths of an hour of simulated air. Its
key is in its own hands only; the forger has everything that was ever sent, and the key of another enrolled sensor.
"""

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from day import in_order, shop_day
from virtual import BACKEND, SECRET, START_MS, Unit

from collector import folder as folders
from collector.admission.rates import Limits
from collector.folder import Collector
from collector.ingest.intake import Intake, Message
from collector.options.settings import Settings
from collector.records.registry import Site
from collector.records.roster import Roster
from footfall_sensor import keys
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.envelope import SIGNATURE_BYTES, Envelope

FORGERIES = 10_000
HOUR_MS = 3_600_000
TOPIC = "footfall/1/default/{}/{}"
OTHER = BACKEND.generate()  # of the sensor "window", enrolled too, and in the forger's hands


class Sent(NamedTuple):
    leaf: str
    payload: bytes

    @property
    def message(self) -> Message:
        return Message(TOPIC.format("door", self.leaf), self.payload)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[Sent]:
    """All that a real agent sent in an hour, an interruption included."""
    found: list[Sent] = []
    frames = ((ms, frame) for ms, frame in shop_day() if ms >= START_MS + 9 * HOUR_MS)
    unit = Unit(tmp_path_factory.mktemp("unit"), in_order(frames), health_s=60)
    unit.clock.true_offset_ms += 9 * HOUR_MS
    unit.vouch()
    publish = unit.collector.publish

    def record(leaf: str, payload: bytes) -> bool:
        done = publish(leaf, payload)
        if done:
            found.append(Sent(leaf, payload))
        return done

    unit.collector.publish = record  # type: ignore[method-assign]
    unit.run_s(1200)
    unit.collector.disconnect()
    unit.run_s(60)
    unit.collector.connect()
    unit.run_s(1200)
    found.append(Sent("death", unit.collector.will))  # the broker gives it out when the connection breaks
    unit.collector.disconnect()
    unit.run_s(60)
    unit.collector.connect()
    unit.run_s(1080)
    unit.agent.courier.stop()
    return found


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    folders.create(tmp_path / "c", Settings())
    made = folders.open_folder(tmp_path / "c")
    made.registry.put_site(Site("default", "shop"))
    made.registry.put_sensor("default", "door", "shop", SECRET.id, SECRET.public_raw)
    made.registry.put_sensor("default", "window", "shop", OTHER.id, OTHER.public_raw)
    return made


def seal(opened: Envelope, key: keys.SecretKey) -> bytes:
    return envelope.seal(opened, lambda text: BACKEND.sign(key, text))


def flipped(random: Random, sent: list[Sent]) -> Message:
    one = random.choice(sent)
    raw = bytearray(one.payload)
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)
    return Message(one.message.topic, bytes(raw) if bytes(raw) != one.payload else b"")


def cut(random: Random, sent: list[Sent]) -> Message:
    one = random.choice(sent)
    at = random.randrange(len(one.payload))
    return Message(one.message.topic, random.choice((one.payload[:at], one.payload[at:], one.payload + b"\0")))


def grafted(random: Random, sent: list[Sent]) -> Message:
    """The head or body of one, the signature of another."""
    one, other = random.sample(sent, 2)
    return Message(one.message.topic, one.payload[:-SIGNATURE_BYTES] + other.payload[-SIGNATURE_BYTES:])


def cross_signed(random: Random, sent: list[Sent]) -> Message:
    """A later number, or another start, in the sensor's name; signed by the other sensor, or by nobody known."""
    one = random.choice(sent)
    opened = envelope.unpack(one.payload)
    boot = random.choice((opened.boot, random.randbytes(8)))
    forged = opened.__class__(opened.kind, "door", boot, opened.number + random.randrange(1000, 9999), opened.body)
    return Message(one.message.topic, seal(forged, random.choice((OTHER, BACKEND.generate()))))


def misdirected(random: Random, sent: list[Sent]) -> Message:
    """A real one under another topic: of another kind, of the other sensor, of nobody, of no one level."""
    one = random.choice(sent)
    leaf = random.choice([leaf for leaf in ("batch", "health", "birth", "death", "ack", "#") if leaf != one.leaf])
    topics = (TOPIC.format("door", leaf), TOPIC.format("window", one.leaf), TOPIC.format("+", one.leaf), "footfall/1")
    return Message(random.choice(topics), one.payload)


def noise(random: Random, sent: list[Sent]) -> Message:
    one = random.choice(sent)
    return Message(one.message.topic, random.randbytes(random.choice((0, 1, 64, 200, 33_000))))


def replayed(random: Random, sent: list[Sent]) -> Message:
    return random.choice(sent).message


FORGERS: tuple[Callable[[Random, list[Sent]], Message], ...] = (
    flipped,
    cut,
    grafted,
    cross_signed,
    misdirected,
    noise,
    replayed,
)


def forgeries(sent: list[Sent]) -> Iterator[Message]:
    random = Random(14)
    for forge in cycle(FORGERS):
        yield forge(random, sent)


def outcome(collector: Collector) -> tuple[int, int, list[object]]:
    """What of it counts: batches, sightings, and what each sensor said of itself last."""
    ledger = collector.store.manifest.ledger()
    reports = sorted(collector.registry.reports.newest().items())
    said = [(number, report.boot, report.connected, report.health) for number, report in reports]
    return sum(row.batches for row in ledger), sum(row.sightings for row in ledger), said


def intake_of(collector: Collector) -> Intake:
    """One that no rate keeps from looking at every message."""
    intake = collector.intake()
    intake._door._rates.limits = Limits(rate_per_s=1000, burst=1000, bytes_per_min=1 << 30)
    return intake


def take_all(intake: Intake, messages: list[Message], now_ms: int) -> int:
    for first in range(0, len(messages), 100):
        now_ms += 10_000
        intake.take(messages[first : first + 100], now_ms)
    return now_ms


def test_none_of_ten_thousand_comes_in(sent: list[Sent], collector: Collector) -> None:
    intake = intake_of(collector)
    batches = sum(one.leaf == "batch" for one in sent)
    assert batches > 100
    assert {one.leaf for one in sent} == {"batch", "birth", "health", "death"}
    now_ms = take_all(intake, [one.message for one in sent], START_MS + 10 * HOUR_MS)
    assert intake.refused == {}
    before = outcome(collector)
    assert before[0] == batches
    makers = forgeries(sent)
    for _ in range(FORGERIES // 250):
        now_ms += 60_000
        intake.take([next(makers) for _ in range(250)], now_ms)
    assert "too_fast" not in intake.refused
    assert outcome(collector) == before
    assert Roster(collector.registry.engine).find("door").approved
    assert Roster(collector.registry.engine).find("window").approved
    again = [one.message for one in sent if one.leaf == "batch"][:10]
    assert len(intake.take(again, now_ms + 3_600_000)) == 1  # the sensor itself is still listened to


def test_each_message_up_to_five_times_in_any_order_counts_once(sent: list[Sent], collector: Collector) -> None:
    random = Random(15)
    batches = [one.message for one in sent if one.leaf == "batch"]
    shuffled = [message for message in batches for _ in range(random.randint(1, 5))]
    random.shuffle(shuffled)
    take_all(intake_of(collector), shuffled, START_MS + 10 * HOUR_MS)
    found = outcome(collector)[:2]

    assert found[0] == len(batches)
    assert found[1] == sum(len(batch.decode(envelope.unpack(one.payload).body).columns) for one in batches)
    assert Roster(collector.registry.engine).find("door").approved
