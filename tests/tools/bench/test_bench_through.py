"""Through the broker: mosquitto with mutual TLS, real processes. A short run proves the mechanism, and no figure."""

from pathlib import Path

import pytest

from collector import calendar
from collector.calendar import HOUR_MS
from collector.keys.blinding import LATE_MS
from tools.bench.through.result import Costs, Owed, ThroughResult
from tools.bench.through.scale import BATCH, Scale
from tools.bench.through.sender import per_second
from tools.bench.through.stage import Stage, first_ms
from tools.load import packets
from tools.run.broker import find_mosquitto


@pytest.mark.broker
@pytest.mark.timeout(300)
@pytest.mark.skipif(not find_mosquitto(), reason="mosquitto is not installed; `make test` installs it")
def test_every_batch_that_is_sent_through_the_broker_is_answered(tmp_path: Path) -> None:
    with Stage(tmp_path, sensors=10) as stage:
        stage.serve()
        backlog = stage.send(25, sensors=10)
        windows = stage.send(2, sensors=10, window_s=1.0)
    assert (sum(one.answered for one in backlog), sum(one.unanswered for one in backlog)) == (250, 0)
    assert (sum(one.answered for one in windows), sum(one.unanswered for one in windows)) == (20, 0)
    assert 0 < per_second(windows) <= 10 * BATCH + BATCH, "one a window each, not all at once"


def test_the_promises_are_ratios_of_one_run() -> None:
    costs = Costs(collector_us=200.0, keeper_us=40.0, broker_us=30.0, senders_us=50.0, busy_share=0.9)
    found = ThroughResult(
        600.0, 900.0, 1000.0, 50.0, costs, 100.0, Owed(8000.0, 90.0, 60.0, 80.0), 0.1, 0.5, 1.9, 0.2, 0, Scale(), 3
    )
    assert {
        "ceiling_share": 0.6,
        "ingest_cpu_us_a_batch": 160.0,
        "keeper_cpu_us_a_batch": 40.0,
        "fold_owed_cpu_us_a_batch": 90.0,
        "ceiling_cpu_share": 0.625,
        "sqlite_json_speedup": 12.0,
        "growth": 1.5,
    }.items() <= found.figures().items()
    assert all(target.met for target in found.targets())


@pytest.mark.parametrize(("hour", "hours_ago"), [(3, 12), (9, 12), (10, 6), (15.5, 11.5), (20, 12)])
def test_what_is_sent_belongs_to_no_day_whose_tokens_are_about_to_go(hour: float, hours_ago: float) -> None:
    now_ms = int(hour * HOUR_MS) + 20_000 * 24 * HOUR_MS
    assert first_ms(now_ms) == now_ms - hours_ago * HOUR_MS
    assert calendar.epoch_of(first_ms(now_ms), "UTC", 4, 1).end_ms + LATE_MS > now_ms


def test_packets_are_taken_off_the_front_when_they_are_whole() -> None:
    first, second = bytes((0x40, 2, 0, 7)), bytes((0x30, 0x80 | 72, 1)) + bytes(200)
    read = bytearray(first + second[:-1])
    assert packets.whole(read) == [(0x40, b"\0\7")]
    read += second[-1:]
    assert packets.whole(read) == [(0x30, bytes(200))]
    assert not read
