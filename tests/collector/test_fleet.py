"""Fleet: a sensor's state and conservation, from its last words and the collector's ledger."""

from dataclasses import replace

import pytest

from collector.fleet import SILENT_S, State, state_of
from collector.records.registry import Sensor
from collector.records.reports import Report
from collector.records.standing import Standing
from collector.storage.ledger import LedgerRow
from footfall_sensor.wire.messages import Health, Totals

NOW_MS = 1_800_000_000_000
SENSOR = Sensor(7, "default", "door", "shop", b"k" * 8, b"p" * 32)
TOTALS = Totals(frames=5000, batches_emitted=100, batches_dropped_full=2, batches_dropped_refused=1)
HEALTH = Health(TOTALS, uptime_s=60.0, time_ms=NOW_MS, spool_batches=7, radio="replay", version="0.1.0")
SAID = Report(7, boot=42, received_ms=NOW_MS - 1000, connected=True, version="0.1.0", health=HEALTH)


def ledger(batches: int, boot: int = 42, sensor_id: int = 7) -> list[LedgerRow]:
    return [LedgerRow(sensor_id, boot, batches, batches * 10, 3)]


@pytest.mark.parametrize(
    ("report", "state", "says"),
    [
        (SAID, State.CONNECTED, ""),
        (None, State.NEVER, "is it powered"),
        (replace(SAID, connected=False), State.SILENT, "it ended, or its connection broke"),
        (replace(SAID, received_ms=NOW_MS - SILENT_S * 1000), State.CONNECTED, ""),
        (replace(SAID, received_ms=NOW_MS - SILENT_S * 1000 - 1), State.SILENT, "no word for more than 3 minutes"),
        (replace(SAID, health=replace(HEALTH, radio="deaf")), State.CONNECTED, "but its radio is deaf"),
        (replace(SAID, health=replace(HEALTH, config_stale=True)), State.CONNECTED, "its configuration has expired"),
    ],
)
def test_a_state_follows_from_the_last_word(report: Report | None, state: State, says: str) -> None:
    found = state_of(SENSOR, report, [], NOW_MS)
    assert found.state is state
    assert says in found.says
    assert found.heard_ms == (report.received_ms if report else None)


def test_a_sensor_that_nobody_approved_says_so_first() -> None:
    assert state_of(replace(SENSOR, state=Standing.PENDING), SAID, [], NOW_MS).state is State.UNAPPROVED


def test_batches_without_a_word_are_not_called_never_heard() -> None:
    found = state_of(SENSOR, None, ledger(5), NOW_MS)
    assert found.state is State.SILENT
    assert found.committed == 5
    assert found.emitted is found.missing is found.spooled is None


@pytest.mark.parametrize(("committed", "missing"), [(90, 0), (89, 1), (0, 90)])
def test_what_is_neither_stored_nor_waiting_nor_dropped_is_missing(committed: int, missing: int) -> None:
    found = state_of(SENSOR, SAID, ledger(committed), NOW_MS)
    assert (found.emitted, found.committed, found.spooled, found.dropped) == (100, committed, 7, 3)
    assert found.missing == missing


def test_more_stored_than_the_last_word_knew_of_is_nothing_missing() -> None:
    found = state_of(SENSOR, SAID, ledger(130), NOW_MS)
    assert found.missing == 0
    assert found.emitted == 130


def test_only_the_running_start_is_held_against_its_words() -> None:
    rows = ledger(90) + ledger(5000, boot=41) + ledger(77, sensor_id=8)
    found = state_of(SENSOR, SAID, rows, NOW_MS)
    assert (found.committed, found.missing) == (90, 0)
