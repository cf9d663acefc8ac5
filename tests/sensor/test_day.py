"""A day and a night in virtual time: memory flat, spool within its cap, every batch accounted for.

SIMULATED air, clocks, broker and collector (tests/support/day.py) around the real agent in a process of its own.
"""

import json
import subprocess
import sys
from typing import Any

import day
import pytest

TOOK_S_MAX = 120.0  # ten minutes are promised; some ten seconds are usual
RSS_KIB_GROWN_MAX = 2048  # of which the spool's index at its fullest is 0.7
OBJECTS_GROWN_MAX = 200


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The day: an hour without time, one without a radio, twelve without a broker, one deaf."""
    folder = tmp_path_factory.mktemp("day")
    done = subprocess.run(
        [sys.executable, day.__file__, str(folder)], capture_output=True, text=True, timeout=170, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_day_takes_no_day(said: dict[str, Any]) -> None:
    """24 hours of clock, key, radio and broker troubles in well under ten minutes, and said to be simulated."""
    assert said["simulated"]
    assert len(said["hours"]) == 24
    assert said["took_s"] < TOOK_S_MAX
    assert said["totals"]["frames"] > 200_000


def test_memory_stays_flat(said: dict[str, Any]) -> None:
    """From the third hour to the last neither the process nor its number of objects grows."""
    early, last = said["hours"][2], said["hours"][-1]
    assert last["rss_kib"] - early["rss_kib"] < RSS_KIB_GROWN_MAX
    assert last["objects"] - early["objects"] < OBJECTS_GROWN_MAX


def test_spool_keeps_to_its_cap(said: dict[str, Any]) -> None:
    """Twelve hours without a broker fill it; at no moment is it larger than configured."""
    assert 0.9 * (day.SPOOL_KIB << 10) < said["spool_bytes_max"] <= day.SPOOL_KIB << 10
    assert said["hours"][19]["spool_batches"] > 100
    assert said["hours"][19]["batches_dropped_full"] > 0
    assert (said["waiting"], said["hours"][20]["spool_batches"]) == (0, 0)


def test_every_hour_adds_up(said: dict[str, Any]) -> None:
    """Emitted = acknowledged + waiting + dropped, and windows = emitted + waiting for time + dropped, at any time."""
    for hour in said["hours"]:
        assert hour["batches_emitted"] == (
            hour["batches_acked"] + hour["spool_batches"] + hour["batches_dropped_full"]
        ), hour["hour"]
        assert hour["windows"] == hour["batches_emitted"] + hour["held"] + hour["windows_dropped"], hour["hour"]
    totals = said["totals"]
    assert said["handed_on"] == totals["frames"] == totals["probes"]
    assert totals["sightings_emitted"] == said["rows"] + totals["sightings_dropped_full"]
    assert (totals["batches_acked"] + totals["batches_dropped_full"], totals["windows_dropped"]) == (
        totals["batches_emitted"],
        0,
    )


def test_states_of_the_day_were_said(said: dict[str, Any]) -> None:
    """Gone, deaf, and listening again after each."""
    assert [said["hours"][hour]["radio"] for hour in (4, 5, 6, 21, 22, 23)] == [
        *("listening", "gone", "listening", "listening", "deaf", "listening"),
    ]
