"""What the person on the ladder reads: words for every state, and the same facts for programs."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from footfall_sensor import prometheus, status, words
from footfall_sensor.clock import Trust
from footfall_sensor.deaf import Hearing
from footfall_sensor.errors import SensorError
from footfall_sensor.interface import Link
from footfall_sensor.status import Status
from footfall_sensor.wire.messages import Health, Totals

HEALTH = Health(
    Totals(frames=900, probes=870, batches_dropped_full=2, overflow=5),
    uptime_s=7300.0,
    time_ms=1_800_000_000_000,
    memory_available_kib=21_000,
    rss_kib=12_900,
    spool_batches=3,
    spool_oldest_s=65.0,
    radio="listening",
    epoch="2027-01-15",
    version="0.1.0",
    clock="synced",
    clock_offset_ms=-12,
    held=2,
    channels="hopping 1 6 11, 250 ms each",
    heard=((2412, 500), (2437, 370)),
)
STATUS = Status("door", "connected (MQTT 5)", "192.0.2.1:1883", "mon0", "tokens", 4.0, 1000.0, 60, True, HEALTH)


def _said(**health: object) -> dict[str, Any]:
    said = asdict(replace(STATUS, health=replace(HEALTH, **health)))  # type: ignore[arg-type]
    return said | said.pop("health")


def _lines(age_s: float = 1.0, **health: object) -> dict[str, str]:
    return dict(words.status(_said(**health), age_s))


def test_status_says_everything_in_plain_words() -> None:
    """A line each, from the configuration it runs with to the memory that is left."""
    assert _lines() == {
        "sensor": "door",
        "agent": "version 0.1.0, runs for 2 h, mode tokens",
        "configuration": "the unit's own file",
        "radio": "listening on mon0: hears the air",
        "channels": "hopping 1 6 11, 250 ms each",
        "probe requests": "870 (500 on 2412 MHz, 370 on 2437 MHz)",
        "broker": "connected (MQTT 5) (192.0.2.1:1883)",
        "clock": "synced: set and kept by NTP; -12 ms off when NTP last said",
        "epoch key": "2027-01-15",
        "objections": "no list yet: no tokens before it comes",
        "spool": "3 batches wait, the oldest for 65 s; 2 windows wait for the time",
        "last acknowledged": "5 s ago",
        "lost": "5 overflow, 2 batches dropped full",
        "memory": "12900 KiB used, 21000 KiB free",
    }


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"config": 7, "config_last": "7 ok"}, "version 7 of the collector, before the unit's own file"),
        ({"config": 7, "trial": True, "config_last": "7 trying"}, "version 7 of the collector, on probation"),
        ({"config": 7, "config_stale": True}, "it has expired, and goes on until a fresh one comes"),
        ({"config": 7, "config_last": "8 reverted: no broker"}, "own file; the newest: 8 reverted: no broker"),
        ({"config_last": "1 refused: option mode: no"}, "the unit's own file; the newest: 1 refused: option mode: no"),
    ],
)
def test_where_the_configuration_is_from_is_said(said: dict[str, Any], wanted: str) -> None:
    """The version, whether it has proved itself, and what became of a newer one."""
    assert wanted in dict(words.status({**_said(), **said}, 1.0))["configuration"]


@pytest.mark.parametrize("state", [*Link, *Hearing])
def test_every_state_of_the_radio_has_its_words(state: Link | Hearing) -> None:
    """What it means, and for a fault what to do; and a metric of its own."""
    assert len(words.RADIO[state.value]) > 10
    assert state.value in prometheus.RADIO_STATES


@pytest.mark.parametrize("trust", Trust)
def test_every_state_of_the_clock_has_its_words(trust: Trust) -> None:
    """Known or not, and what follows from it."""
    assert len(words.CLOCK[trust.value]) > 10


def test_new_unit_reads_well() -> None:
    """Nothing acknowledged, no key, nothing lost, a machine that says nothing of its memory."""
    fresh = dict(words.status({**_said(epoch="", rss_kib=None, totals=Totals()), "last_ack_s": None}, 0.0))
    assert fresh["epoch key"].startswith("none yet")
    assert _lines(epoch="", radio="gone")["epoch key"] == "none in use while nothing is heard"
    assert fresh["last acknowledged"].startswith("nothing yet")
    assert "memory" not in fresh
    quiet = _lines(totals=Totals(), spool_batches=0, held=0, heard=())
    assert (quiet["spool"], quiet["lost"], quiet["probe requests"]) == ("nothing waits", "nothing", "0")


@pytest.mark.parametrize(
    ("age_s", "running", "stopped"),
    [(0.0, True, False), (189.0, True, False), (191.0, True, True), (-5.0, True, True), (1.0, False, True)],
)
def test_agent_that_has_stopped_is_noticed(age_s: float, running: bool, stopped: bool) -> None:
    """It said goodbye, three reports are late, or its words are of the machine's last start."""
    said = {**_said(), "running": running}
    assert words.has_stopped(said, age_s) == stopped
    assert dict(words.status(said, age_s))["agent"].startswith("NOT RUNNING") == stopped
    assert not words.has_stopped({**said, "radio": "replay"}, age_s)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (1e6, "11 days"),
    ],
)
def test_length_of_time_is_said_as_people_say_it(seconds: float, text: str) -> None:
    """Seconds, minutes, hours, days."""
    assert text == words.span(seconds)


def test_status_file_is_one_flat_object(tmp_path: Path) -> None:
    """Whole or not at all, in a folder that is made; a folder that cannot be made is a sentence."""
    path = tmp_path / "run" / "status.json"
    status.write(path, STATUS)
    said = json.loads(path.read_text())
    assert (said["sensor"], said["radio"], said["totals"]["probes"]) == ("door", "listening", 870)
    assert list(path.parent.iterdir()) == [path]
    (tmp_path / "file").write_text("")
    with pytest.raises(SensorError, match="cannot write"):
        status.write(tmp_path / "file" / "status.json", STATUS)


def test_prometheus_reads_the_same_figures(tmp_path: Path) -> None:
    """Each metric once, with its type before it; counters end in _total; the radio's state is one of its labels."""
    assert prometheus.write(str(tmp_path), HEALTH)
    lines = (tmp_path / "footfall.prom").read_text().splitlines()
    assert list(tmp_path.iterdir()) == [tmp_path / "footfall.prom"]
    assert "footfall_probes_total 870" in lines
    assert "footfall_spool_oldest_seconds 65.0" in lines
    assert "footfall_clock_offset_seconds -0.012" in lines
    assert 'footfall_radio{state="listening"} 1' in lines
    assert 'footfall_radio{state="deaf"} 0' in lines
    assert 'footfall_channel_probes_total{mhz="2437"} 370' in lines
    kinds = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    for line in lines:
        if not line.startswith("#"):
            name = line.split("{")[0].split()[0]
            assert kinds[name] == ("counter" if name.endswith("_total") else "gauge")
    samples = [line.rsplit(" ", 1)[0] for line in lines if not line.startswith("#")]
    assert len(samples) == len(set(samples))


def test_unknown_values_are_no_metric() -> None:
    """A machine that says nothing of itself has no such line, and not a zero."""
    text = "\n".join(prometheus.lines(replace(HEALTH, rss_kib=None, clock_offset_ms=None)))
    assert "resident" not in text
    assert "offset" not in text


def test_prometheus_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    """Nobody asked for metrics: nothing is made. A folder that is not ours is left alone."""
    assert not prometheus.write(str(tmp_path / "none"), HEALTH)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "footfall.new").mkdir()
    assert not prometheus.write(str(tmp_path), HEALTH)
