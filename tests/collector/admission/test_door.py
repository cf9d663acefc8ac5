"""The door lets in what is certainly a sensor's own, in form and in time, and says why it keeps the rest out."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from shop import BOOT, at, sighting, window

from collector.admission.door import Admitted, Arrived, Door, Limits, Reason, Refused
from collector.records.registry import Sensor
from collector.records.standing import Standing
from footfall_sensor import signing
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind

BACKEND = signing.backend()
SECRET = BACKEND.generate()
OTHER = BACKEND.generate()
SENSOR = Sensor(7, "default", "door", "shop", SECRET.id, SECRET.public_raw)
TOPIC = "footfall/1/default/door/batch"
NOW_MS = at(12)
BODY = batch_wire.encode(window(at(11), [sighting(1), sighting(2)]))


def seal(body: bytes = BODY, kind: Kind = Kind.BATCH, sensor: str = "door", number: int = 5, key=SECRET) -> bytes:
    return envelope.seal(Envelope(kind, sensor, BOOT, number, body), lambda text: BACKEND.sign(key, text))


def through(payload: bytes, topic: str = TOPIC, limits: Limits | None = None, sensor: Sensor = SENSOR) -> object:
    door = Door(limits or Limits())
    door.know([sensor])
    outcome = door.check(topic, payload)
    return door.admit(outcome, NOW_MS) if isinstance(outcome, Arrived) else outcome


def test_a_good_batch_comes_in_whole() -> None:
    admitted = through(seal())
    assert isinstance(admitted, Admitted)
    assert (admitted.sensor, admitted.number, admitted.received_ms) == (SENSOR, 5, NOW_MS)
    assert [row.token for row in admitted.batch.columns] == [1, 2]


@pytest.mark.parametrize(
    ("payload", "topic", "reason"),
    [
        (b"x" * 32_769, TOPIC, Reason.TOO_LARGE),
        (seal(), "footfall/1/default/door/other", Reason.BAD_TOPIC),
        (seal(), "somewhere/else/batch", Reason.BAD_TOPIC),
        (seal(), "footfall/1/default/window/batch", Reason.UNKNOWN_SENSOR),
        (seal(), "footfall/1/other/door/batch", Reason.UNKNOWN_SENSOR),
        (b"", TOPIC, Reason.MALFORMED),
        (os.urandom(300), TOPIC, Reason.MALFORMED),
        (seal(key=OTHER), TOPIC, Reason.BAD_SIGNATURE),
        (seal(sensor="window"), TOPIC, Reason.WRONG_SENDER),
        (seal(kind=Kind.HEALTH), TOPIC, Reason.WRONG_SENDER),
        (seal(kind=Kind.ACK), TOPIC, Reason.WRONG_SENDER),
    ],
)
def test_a_stranger_stays_outside_and_cannot_make_the_sensor_drop_anything(
    payload: bytes, topic: str, reason: Reason
) -> None:
    """No number is given back: an acknowledgement of refusal would let a forger delete a sensor's good batch."""
    refused = through(payload, topic)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.number) == (reason, None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x80", Reason.MALFORMED),
        (BODY[:-1], Reason.MALFORMED),
        (batch_wire.encode(window(NOW_MS - 73 * 3_600_000)), Reason.TOO_OLD),
        (batch_wire.encode(window(NOW_MS + 121_000)), Reason.IN_FUTURE),
    ],
)
def test_a_sensors_own_impossible_batch_is_refused_by_its_number(body: bytes, reason: Reason) -> None:
    """So that the sensor drops it, instead of sending it for ever."""
    refused = through(seal(body))
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.sensor, refused.number) == (reason, SENSOR, 5)


def test_the_edges_of_the_time_window_come_in() -> None:
    for start_ms in (NOW_MS - 72 * 3_600_000, NOW_MS + 120_000):
        assert isinstance(through(seal(batch_wire.encode(window(start_ms)))), Admitted)


def test_every_flipped_bit_is_noticed() -> None:
    good = seal()
    for place in range(len(good) * 8):
        bad = bytearray(good)
        bad[place // 8] ^= 1 << place % 8
        assert isinstance(through(bytes(bad)), Refused)


def test_a_sensor_that_waits_for_approval_stays_outside() -> None:
    refused = through(seal(), sensor=replace(SENSOR, state=Standing.PENDING))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NOT_APPROVED


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    door = Door(Limits(rate_per_s=2, burst=20))
    door.know([SENSOR])
    arrived = door.check(TOPIC, seal())
    assert isinstance(arrived, Arrived)
    passed = [isinstance(door.admit(arrived, NOW_MS), Admitted) for _ in range(25)]
    assert passed == [True] * 20 + [False] * 5
    assert sum(isinstance(door.admit(arrived, NOW_MS + 3000), Admitted) for _ in range(25)) == 6


def test_over_the_rate_nothing_is_said_that_would_drop_a_batch() -> None:
    door = Door(Limits(rate_per_s=2, burst=1))
    door.know([SENSOR])
    arrived = door.check(TOPIC, seal())
    assert isinstance(arrived, Arrived)
    door.admit(arrived, NOW_MS)
    refused = door.admit(arrived, NOW_MS)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.number) == (Reason.TOO_FAST, None)


def test_a_sensor_that_is_no_longer_registered_is_unknown_at_once(tmp_path: Path) -> None:
    door = Door()
    door.know([SENSOR])
    door.know([])
    refused = door.check(TOPIC, seal())
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNKNOWN_SENSOR
