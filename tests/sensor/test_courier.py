"""The courier: a batch is given up only on the collector's own word, and on nobody else's."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from brokers import Mosquitto
from posts import EPOCH_KEY, TENANT, StandInCollector, until

from footfall_sensor import signing, uplink
from footfall_sensor.config import Config
from footfall_sensor.courier import Courier
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.sealing import Opener
from footfall_sensor.spool import Key, Spool
from footfall_sensor.trusted import Trusted
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Ack, Acked, Birth, EpochKey, Health, Totals

pytestmark = pytest.mark.broker

SENSOR, BOOT = "door", b"boot id."
BIRTH = Birth("0.1.0", "3.11", "mips", "lean", "tokens", 0, wants_key=False)
NOW_MS = 1_700_000_000_000
BACKEND = signing.Cryptography()
SECRET = BACKEND.generate()

Make = Callable[..., Courier]


@pytest.fixture
def collector(mosquitto: Mosquitto) -> Iterator[StandInCollector]:
    with StandInCollector(mosquitto.host, mosquitto.port) as stand_in:
        yield stand_in


@pytest.fixture
def make(
    mosquitto: Mosquitto, collector: StandInCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    """Makes couriers, started, with a spool in the test's folder."""
    monkeypatch.setattr(uplink, "RETRY_S_MIN", 0.05)
    monkeypatch.setattr(uplink, "RETRY_S_MAX", 0.2)
    made: list[Courier] = []

    def _make(boot: bytes = BOOT, **options: object) -> Courier:
        plain = Config(
            name=SENSOR,
            tenant=TENANT,
            broker_host=mosquitto.host,
            broker_port=mosquitto.port,
            rate_per_s=0,
            state_dir=str(tmp_path),
        )
        spool = Spool(tmp_path / "spool")
        config = replace(plain, **options)  # type: ignore[arg-type]
        config.collector_key_path.write_text(collector.secret.public.text())
        trusted = Trusted(SENSOR, config.collector_key_path, config.trust_path, BACKEND.verify)
        made.append(Courier(config, BACKEND, SECRET, trusted, spool, BIRTH, boot))
        made[-1].utc_ms = lambda: NOW_MS
        made[-1].start()
        return made[-1]

    yield _make
    for courier in made:
        courier.stop()


@pytest.fixture
def courier(make: Make, collector: StandInCollector) -> Courier:
    """A courier that is connected and listens."""
    return _connected(make(), collector)


def _connected(courier: Courier, collector: StandInCollector) -> Courier:
    """Pump until its birth has come: it was sent behind the subscription, so that the subscription stands."""
    until(lambda: courier.state.startswith("connected"), lambda: courier.pump(0.05), "the courier connects")
    while collector.next(Kind.BIRTH).envelope.boot != courier.boot:
        pass
    return courier


def _pump(courier: Courier) -> Callable[[], object]:
    return lambda: courier.pump(0.05)


def _settle_all(courier: Courier) -> None:
    until(lambda: not len(courier.delivery.spool), _pump(courier), "the spool is empty")


def _expect_refusals(count: int, courier: Courier, collector: StandInCollector, leaf: str, raw: bytes) -> None:
    """Send this message, and see that so many (1 or 0) refusals are counted for it."""
    before = courier.totals.refused_downlink
    collector.send(SENSOR, leaf, raw)
    collector.send(SENSOR, "ack", b"no envelope: this one is always refused, and comes last")
    until(lambda: courier.totals.refused_downlink > before + count, _pump(courier), "the last one is refused")
    courier.pump(0.1)
    assert courier.totals.refused_downlink == before + count + 1


def test_batch_travels_sealed_by_the_sensor(courier: Courier, collector: StandInCollector) -> None:
    """What arrives is the body that was emitted, under the sensor's name, boot and signature, numbered from 0."""
    courier.emit(b"\x80", 3)
    courier.emit(b"\x81\xa1a\1", 4)
    courier.pump()
    posts = [collector.next(Kind.BATCH) for _ in range(2)]
    assert [f"footfall/1/{TENANT}/{SENSOR}/batch"] * 2 == [post.topic for post in posts]
    assert [
        Envelope(Kind.BATCH, SENSOR, BOOT, 0, b"\x80"),
        Envelope(Kind.BATCH, SENSOR, BOOT, 1, b"\x81\xa1a\1"),
    ] == [
        envelope.open_sealed(post.raw, lambda message, sig: BACKEND.verify(SECRET.public, message, sig))
        for post in posts
    ]
    assert (courier.totals.batches_emitted, courier.totals.sightings_emitted) == (2, 7)


def test_batch_goes_only_when_the_collector_names_it(courier: Courier, collector: StandInCollector) -> None:
    """The broker's PUBACK deletes nothing; the collector's word deletes exactly what it names."""
    for _ in range(5):
        courier.emit(b"\x80", 1)
    for _ in range(5):
        courier.pump(0.05)
        collector.next(Kind.BATCH)
    assert len(courier.delivery.spool) == 5
    collector.ack(SENSOR, Acked(BOOT, ((0, 1), (3, 3))))
    until(lambda: len(courier.delivery.spool) == 2, _pump(courier), "three are forgotten")
    assert [key.number for key in courier.delivery.spool.waiting()] == [2, 4]
    assert courier.totals.batches_acked == 3
    assert courier.delivery.last_ack_s is not None


def test_refused_batch_is_dropped_and_counted_apart(courier: Courier, collector: StandInCollector) -> None:
    """What the collector will never take is not sent for ever: emitted = acknowledged + refused + waiting."""
    for _ in range(4):
        courier.emit(b"\x80", 1)
    collector.ack(SENSOR, Acked(BOOT, ((0, 0),), ((1, 2),)))
    until(lambda: len(courier.delivery.spool) == 1, _pump(courier), "three are settled")
    totals = courier.totals
    assert (totals.batches_emitted, totals.batches_acked, totals.batches_dropped_refused) == (4, 1, 2)


def test_same_word_twice_counts_once(courier: Courier, collector: StandInCollector) -> None:
    """The broker may deliver an acknowledgement twice; nothing is counted twice, and it is no offence."""
    courier.emit(b"\x80", 1)
    raw = collector.seal(Kind.ACK, SENSOR, Ack((Acked(BOOT, ((0, 0),)),)).encode())
    for _ in range(2):
        _expect_refusals(0, courier, collector, "ack", raw)
    assert (len(courier.delivery.spool), courier.totals.batches_acked) == (0, 1)


def test_widest_range_is_no_trap(courier: Courier, collector: StandInCollector) -> None:
    """An acknowledgement of everything there can ever be settles what waits, and nothing else."""
    for _ in range(3):
        courier.emit(b"\x80", 1)
    collector.ack(SENSOR, Acked(BOOT, ((0, (1 << 64) - 1),)))
    _settle_all(courier)
    courier.emit(b"\x80", 1)
    courier.pump(0.1)
    assert len(courier.delivery.spool) == 1


ALL = Ack((Acked(BOOT, ((0, 1 << 63),)),)).encode()


def _forged(collector: StandInCollector) -> bytes:
    return collector.seal(Kind.ACK, SENSOR, ALL, by=BACKEND.generate())


def _flipped(collector: StandInCollector) -> bytes:
    raw = bytearray(collector.seal(Kind.ACK, SENSOR, ALL))
    raw[-100] ^= 1
    return bytes(raw)


# name -> (topic's last level, message), each of which would settle everything if it were believed.
UNWELCOME: dict[str, tuple[str, Callable[[StandInCollector], bytes]]] = {
    "forged: signed by another key": ("ack", _forged),
    "signed by the sensor itself": ("ack", lambda collector: collector.seal(Kind.ACK, SENSOR, ALL, by=SECRET)),
    "changed on the way": ("ack", _flipped),
    "unsigned": ("ack", lambda collector: collector.seal(Kind.ACK, SENSOR, ALL)[:-64] + bytes(64)),
    "for another sensor": ("ack", lambda collector: collector.seal(Kind.ACK, "window", ALL)),
    "on the wrong topic": ("epoch", lambda collector: collector.seal(Kind.ACK, SENSOR, ALL)),
    "of an upward kind": ("ack", lambda collector: collector.seal(Kind.BATCH, SENSOR, ALL)),
    "with a body that is none": ("ack", lambda collector: collector.seal(Kind.ACK, SENSOR, b"\xc1")),
    "empty": ("ack", lambda _collector: b""),
    "noise": ("ack", lambda _collector: bytes(range(256))),
}


@pytest.mark.parametrize("name", UNWELCOME)
def test_unwelcome_acknowledgement_is_refused_and_counted(
    name: str, courier: Courier, collector: StandInCollector
) -> None:
    """Only this collector, for this sensor, on its topic: everything else deletes nothing and is counted."""
    for _ in range(3):
        courier.emit(b"\x80", 1)
    leaf, message = UNWELCOME[name]
    _expect_refusals(1, courier, collector, leaf, message(collector))
    assert (len(courier.delivery.spool), courier.totals.batches_acked) == (3, 0)


def test_acknowledgement_of_another_start_settles_nothing_here(courier: Courier, collector: StandInCollector) -> None:
    """Numbers begin anew with each start; the boot id keeps them apart."""
    courier.emit(b"\x80", 1)
    raw = collector.seal(Kind.ACK, SENSOR, Ack((Acked(b"long ago", ((0, 9),)),)).encode())
    _expect_refusals(0, courier, collector, "ack", raw)
    assert len(courier.delivery.spool) == 1


# Epoch keys.


def _key_message(seal: bytes, expires_ms: int = NOW_MS + 1, sensor: str = SENSOR) -> bytes:
    return EpochKey("today", 0, NOW_MS * 2, EPOCH_KEY, expires_ms).sealed(sensor, seal).encode()


def _asks(courier: Courier, collector: StandInCollector, time_ms: int = NOW_MS) -> Birth:
    """Let the courier ask for a key; its birth as it came."""
    courier.want_key(time_ms)
    while not (birth := Birth.decode(collector.next(Kind.BIRTH).envelope.body)).wants_key:
        pass
    return birth


def test_key_is_asked_for_and_taken(courier: Courier, collector: StandInCollector) -> None:
    """The birth says for which time a key is wanted; the collector's answer makes tokens possible."""
    birth = _asks(courier, collector)
    assert birth.time_ms == NOW_MS
    assert courier.keyring.at(NOW_MS) is None
    collector.give_key(SENSOR, birth.seal)
    until(lambda: len(courier.keyring) == 1, _pump(courier), "the key is taken")
    epoch = courier.keyring.at(NOW_MS)
    assert epoch is not None
    assert Pseudonymiser(EPOCH_KEY).token(b"phone!") == epoch.pseudonyms.token(b"phone!")


def test_asking_again_and_again_sends_one_message(courier: Courier, collector: StandInCollector) -> None:
    """A sensor without a key does not flood the collector with its wish; a wish for another time is another wish."""
    for time_ms in (NOW_MS, NOW_MS + 1):
        for _ in range(100):
            courier.want_key(time_ms)
    courier.emit(b"\x80", 1)
    courier.pump()
    collector.next(Kind.BATCH)
    births = [Birth.decode(post.envelope.body) for post in collector.seen if post.envelope.kind is Kind.BIRTH]
    assert [birth.time_ms for birth in births if birth.wants_key] == [NOW_MS, NOW_MS + 1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("replayed", lambda by, seal: by.seal(Kind.EPOCH, SENSOR, _key_message(seal), number=50)),
        ("an older one", lambda by, seal: by.seal(Kind.EPOCH, SENSOR, _key_message(seal), number=49)),
        ("expired", lambda by, seal: by.seal(Kind.EPOCH, SENSOR, _key_message(seal, NOW_MS - 1), number=51)),
        ("forged", lambda by, seal: by.seal(Kind.EPOCH, SENSOR, _key_message(seal), 51, by=BACKEND.generate())),
        ("for another sensor", lambda by, seal: by.seal(Kind.EPOCH, "window", _key_message(seal), number=51)),
        (
            "sealed for another sensor",
            lambda by, seal: by.seal(Kind.EPOCH, SENSOR, _key_message(seal, sensor="window"), number=51),
        ),
        (
            "sealed for an earlier ask",
            lambda by, _seal: by.seal(Kind.EPOCH, SENSOR, _key_message(Opener().public), number=51),
        ),
        (
            "plain",
            lambda by, _seal: by.seal(Kind.EPOCH, SENSOR, EpochKey("today", 0, 1 << 42, EPOCH_KEY, 1 << 42).encode()),
        ),
        ("as an acknowledgement", lambda by, seal: by.seal(Kind.ACK, SENSOR, _key_message(seal), number=51)),
    ],
)
def test_unwelcome_key_is_refused_and_counted(
    name: str, message: Callable[[StandInCollector, bytes], bytes], courier: Courier, collector: StandInCollector
) -> None:
    """An old, late, foreign, forged or plain key changes nothing: the key that was taken stays the key."""
    good = EpochKey("yesterday", 0, NOW_MS + 1, bytes(32), NOW_MS + 1).sealed(SENSOR, _asks(courier, collector).seal)
    _expect_refusals(0, courier, collector, "epoch", collector.seal(Kind.EPOCH, SENSOR, good.encode(), number=50))
    again = _asks(courier, collector)
    _expect_refusals(1, courier, collector, "epoch", message(collector, again.seal))
    epoch = courier.keyring.at(NOW_MS)
    assert epoch is not None
    assert epoch.name == "yesterday"


def test_each_ask_has_its_own_key_pair(courier: Courier, collector: StandInCollector) -> None:
    """Until the answer comes the ask is the same; once it is opened its private half is gone, and the next is new."""
    first = _asks(courier, collector)
    assert _asks(courier, collector, NOW_MS + 1).seal == first.seal
    collector.give_key(SENSOR, first.seal)
    until(lambda: len(courier.keyring) == 1, _pump(courier), "the key is taken")
    assert courier._asking.opener is None
    assert _asks(courier, collector).seal != first.seal


# What is lost on the way.


def test_batch_is_sent_again_when_no_word_comes(make: Make, collector: StandInCollector) -> None:
    """The acknowledgement was lost: after the timeout the same bytes come once more, and one word settles them."""
    courier = make(ack_timeout_s=1)
    _connected(courier, collector)
    courier.emit(b"\x80", 1)
    courier.pump()
    first = collector.next(Kind.BATCH)
    again: list[bytes] = []

    def look() -> None:
        courier.pump(0.05)
        again.extend(post.raw for post in _taken(collector) if post.envelope.kind is Kind.BATCH)

    until(lambda: bool(again), look, "the batch comes again")
    assert first.raw == again[0]
    collector.ack(SENSOR, Acked(BOOT, ((0, 0),)))
    _settle_all(courier)
    assert courier.totals.batches_acked == 1


def _taken(collector: StandInCollector) -> Iterator:  # type: ignore[type-arg]
    while not collector.posts.empty():
        yield collector.posts.get()


def test_no_more_in_flight_than_configured(make: Make, collector: StandInCollector) -> None:
    """A collector that is slow to answer is not buried: the rest waits in the spool."""
    courier = _connected(make(inflight_max=4), collector)
    for _ in range(10):
        courier.emit(b"\x80", 1)
    for _ in range(10):
        courier.pump(0.02)
    for number in range(4):
        assert number == collector.next(Kind.BATCH).envelope.number
    assert not [post for post in _taken(collector) if post.envelope.kind is Kind.BATCH]
    collector.ack(SENSOR, Acked(BOOT, ((0, 2),)))
    until(lambda: len(courier.delivery.spool) == 7, _pump(courier), "three are forgotten")
    courier.pump(0.05)
    assert [collector.next(Kind.BATCH).envelope.number for _ in range(3)] == [4, 5, 6]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_nothing_is_lost_over_a_broker_restart(
    end: str, make: Make, collector: StandInCollector, mosquitto: Mosquitto
) -> None:
    """Batches sent before, during and after the broker's absence all reach the collector."""
    courier = _connected(make(ack_timeout_s=1), collector)
    for _ in range(3):
        courier.emit(b"\x80", 1)
    courier.pump(0.05)
    getattr(mosquitto, end)()
    until(lambda: courier.state.startswith("not connected"), _pump(courier), "the courier notices")
    for _ in range(3):
        courier.emit(b"\x80", 1)
        courier.pump(0.02)
    assert len(courier.delivery.spool) == 6
    mosquitto.start()
    collector.wait_until_subscribed()
    collector.answering = True
    until(lambda: courier.state == "connected (MQTT 5)", _pump(courier), "the courier is back")
    courier.emit(b"\x80", 1)
    _settle_all(courier)
    assert set(range(7)) == {post.envelope.number for post in collector.seen if post.envelope.kind is Kind.BATCH}
    assert courier.totals.batches_acked == 7
    assert courier.totals.reconnects >= 1


def test_batches_of_an_earlier_start_are_carried_by_the_next(make: Make, collector: StandInCollector) -> None:
    """After the agent's restart the old batches go under their old boot id, and are settled by it."""
    before = make()
    before.emit(b"\x80", 1)
    before.emit(b"\x80", 1)
    before.stop()
    after = make(boot=b"new boot")
    assert [Key(BOOT, 0), Key(BOOT, 1)] == list(after.delivery.spool.waiting())
    _connected(after, collector)
    after.emit(b"\x80", 1)
    after.pump(0.05)
    collector.ack(SENSOR, Acked(BOOT, ((0, 1),)), Acked(b"new boot", ((0, 0),)))
    _settle_all(after)
    assert after.totals.batches_acked == 3


def test_damaged_batch_is_not_sent(courier: Courier, collector: StandInCollector) -> None:
    """A batch whose bytes changed while it waited is counted as dropped; the next one goes."""
    courier.emit(b"\x80", 1)
    (segment,) = courier.delivery.spool.folder.iterdir()
    raw = bytearray(segment.read_bytes())
    raw[60] ^= 1
    segment.write_bytes(raw)
    courier.emit(b"\x80", 1)
    courier.pump()
    assert collector.next(Kind.BATCH).envelope.number == 1
    assert courier.delivery.spool.dropped_batches == 1


# Signs of life.


def test_birth_on_connecting_and_death_on_leaving(make: Make, collector: StandInCollector) -> None:
    """The first message says what the sensor is, the last that it left; both are signed and named."""
    courier = make()
    birth = collector.next(Kind.BIRTH) if not courier.pump(2.0) else None
    assert birth is not None
    assert Birth.decode(birth.envelope.body) == BIRTH
    courier.stop()
    assert collector.next(Kind.DEATH).topic == f"footfall/1/{TENANT}/{SENSOR}/death"


def test_health_arrives_as_it_was_said(courier: Courier, collector: StandInCollector) -> None:
    """The health message's numbers come out at the other end."""
    said = Health(Totals(frames=7), 12.5, NOW_MS, radio="listening", version="0.1.0")
    assert courier.report(said)
    assert said == Health.decode(collector.next(Kind.HEALTH).envelope.body)


def test_without_a_connection_nothing_is_reported_as_sent(make: Make, mosquitto: Mosquitto) -> None:
    """report() says False, emit() keeps, and nothing raises."""
    mosquitto.stop()
    courier = make()
    assert not courier.report(Health(Totals(), 0.0, 0))
    courier.emit(b"\x80", 1)
    courier.want_key(NOW_MS)
    courier.pump(0.05)
    assert len(courier.delivery.spool) == 1
