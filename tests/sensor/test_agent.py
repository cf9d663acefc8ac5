"""The agent as a program: captures go in, acknowledged batches come out, and nothing says who was there."""

import base64
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import air
import canaries
import pytest
from brokers import Mosquitto
from posts import EPOCH_KEY, TENANT, Observer, Post, StandInCollector
from uplink_driver import PAHO_1, PAHO_PATHS

from footfall_sensor import capture, config_file, frames, keys
from footfall_sensor.config import Config
from footfall_sensor.errors import Malformed
from footfall_sensor.pseudonym import Pseudonymiser, no_class
from footfall_sensor.wire import batch
from footfall_sensor.wire.envelope import Kind

START_MS = 1_700_000_010_000
SENSOR = "door"
NAMES = [f"canary network {number}".encode() for number in range(300)]
MACS = canaries.addresses(300)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def collector(mosquitto: Mosquitto) -> Iterator[StandInCollector]:
    with StandInCollector(mosquitto.host, mosquitto.port) as stand_in:
        stand_in.answering = True
        yield stand_in


@pytest.fixture
def settings(tmp_path: Path, mosquitto: Mosquitto, collector: StandInCollector) -> Config:
    """A configuration whose files are there."""
    chosen = Config(
        name=SENSOR,
        tenant=TENANT,
        broker_host=mosquitto.host,
        broker_port=mosquitto.port,
        rate_per_s=0,
        inflight_max=100,
        health_s=1,
        state_dir=str(tmp_path / "etc"),
        run_dir=str(tmp_path / "run"),
    )
    (tmp_path / "etc").mkdir()
    chosen.collector_key_path.write_text(collector.secret.public.text())
    (tmp_path / "footfall").write_text(config_file.render(chosen))
    return chosen


@pytest.fixture
def run(settings: Config, tmp_path: Path) -> Run:
    """Runs `footfall-sensor run` over captures."""

    def _run(*arguments: str | Path, paho: str = "paho 2") -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "footfall_sensor", "run", "--config", str(tmp_path / "footfall"), "--json"]
        return subprocess.run(
            [*command, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": PAHO_PATHS[paho]},
        )

    return _run


def _said(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    return json.loads(done.stdout.splitlines()[-1])


def _canary_capture(path: Path) -> Path:
    """Each phone twice, once with a network's name; broken and foreign frames of the same phones between them."""
    heard = []
    for number, (mac, name) in enumerate(zip(MACS, NAMES, strict=True)):
        now_ms = START_MS + 500 * number
        vendor = air.element(221, b"\0\x50\xf2\4" + name)
        good = air.plain() + air.probe(mac, b"", air.ELEMENTS + vendor)
        named = air.plain() + air.probe(mac, name, air.ELEMENTS)
        heard += [(now_ms, good), (now_ms + 20, named), (now_ms + 30, named[:33]), (now_ms + 40, b"\1" + good)]
        heard += [(now_ms + 50, air.plain() + air.probe(mac, name, control=0x0080))]
    path.write_bytes(air.pcap(heard))
    return path


def _batch_posts(collector: StandInCollector) -> list[Post]:
    return [post for post in collector.seen if post.envelope.kind is Kind.BATCH]


def _decoded(collector: StandInCollector) -> list[batch.Batch]:
    """Every batch that the collector saw, once."""
    got = {post.envelope.number: post.envelope.body for post in _batch_posts(collector)}
    return [batch.decode(got[number]) for number in sorted(got)]


@pytest.mark.broker
@pytest.mark.parametrize("paho", PAHO_PATHS)
def test_capture_arrives_whole(paho: str, run: Run, collector: StandInCollector, tmp_path: Path) -> None:
    """On either paho: every frame is in a batch, every batch is acknowledged, every phone has its keyed token."""
    if paho == "paho 1.6.1" and not PAHO_1.is_dir():
        pytest.skip("paho-mqtt 1.6.1 is not beside the environment; `make setup` puts it there")
    done = run("--capture", _canary_capture(tmp_path / "day.pcap"), paho=paho)
    assert (done.returncode, done.stderr) == (0, "")
    said = _said(done)
    count = len(MACS)
    assert (5 * count, 2 * count, 2 * count) == (said["frames"], said["probes"], said["malformed"])
    assert (said["batches_emitted"], 0) == (said["batches_acked"], said["waiting"])
    assert (said["keyless"], said["overflow"], said["error"]) == (0, 0, None)
    batches = _decoded(collector)
    assert said["batches_emitted"] == len(batches)
    assert said["frames"] == sum(each.counters.frames for each in batches)
    rows = [row for each in batches for row in each.columns]
    assert said["sightings_emitted"] == len(rows)
    pseudonyms = Pseudonymiser(EPOCH_KEY)
    assert {int.from_bytes(pseudonyms.token(mac), "little") for mac in MACS} == {row.token for row in rows}
    assert said["probes"] == sum(row.frames for row in rows)


@pytest.mark.broker
@pytest.mark.shared_data
def test_real_capture_arrives_whole(run: Run, collector: StandInCollector, shared_data: Path) -> None:
    """Twenty minutes of a real phone: what the batches say adds up to the frames of the file."""
    path = shared_data / "phones/C/C-ts-2021-Jun-11-h15-m30-s01-modeS-ch-1-th-40.pcap"
    said = _said(run("--capture", path))
    frames_in_file = sum(1 for _ in capture.read(path))
    assert frames_in_file == said["frames"] == sum(each.counters.frames for each in _decoded(collector))
    assert said["probes"] == sum(row.frames for each in _decoded(collector) for row in each.columns)
    assert (said["batches_emitted"], 0) == (said["batches_acked"], said["waiting"])


@pytest.mark.broker
def test_broken_capture_is_played_to_its_end_and_then_named(
    run: Run, collector: StandInCollector, tmp_path: Path
) -> None:
    """What stands before the fault is emitted and acknowledged; the sentence goes to standard error; exit code 1."""
    path = _canary_capture(tmp_path / "day.pcap")
    path.write_bytes(path.read_bytes()[:-3])
    done = run("--capture", path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"footfall-sensor: {path} ends in the middle of a record")
    said = _said(done)
    assert said["error"] in done.stderr
    assert 5 * len(MACS) - 1 == said["frames"] == sum(each.counters.frames for each in _decoded(collector))
    assert said["waiting"] == 0


@pytest.mark.broker
def test_collector_that_never_answers_leaves_everything_in_the_spool(
    run: Run, collector: StandInCollector, settings: Config, tmp_path: Path
) -> None:
    """The program ends with exit code 1 and says how much waits; the next start carries it, under the same names."""
    collector.acking = False
    path = _canary_capture(tmp_path / "day.pcap")
    done = run("--capture", path, "--patience-s", "2")
    said = _said(done)
    assert done.returncode == 1
    assert said["waiting"] == said["batches_emitted"] > 0
    collector.acking = True
    again = _said(run("--capture", path))
    assert (0, again["batches_emitted"]) == (again["waiting"], said["batches_emitted"])
    assert not list(settings.spool_path.iterdir())
    sent = {(post.envelope.boot, post.envelope.number, post.envelope.body) for post in _batch_posts(collector)}
    assert said["batches_emitted"] == len(sent)  # what was sent twice was the same twice: the collector stores it once


@pytest.mark.broker
def test_collector_that_gives_no_key_is_named(run: Run, collector: StandInCollector, tmp_path: Path) -> None:
    """Without a key a replay would count nothing: it says so and ends with exit code 1."""
    collector.answering = False
    done = run("--capture", _canary_capture(tmp_path / "day.pcap"), "--patience-s", "0.5")
    assert done.returncode == 1
    assert "no epoch key came within" in done.stderr
    assert _said(done)["error"] in done.stderr


def test_missing_configuration_is_a_sentence(tmp_path: Path) -> None:
    """No traceback for a technician: what is missing, what to do, exit code 1."""
    command = [sys.executable, "-m", "footfall_sensor", "status", "--config", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "cannot read" in done.stderr


@pytest.mark.broker
def test_status_is_what_the_agent_last_said(run: Run, settings: Config, tmp_path: Path) -> None:
    """`footfall-sensor status` shows the totals of the run, as text and as JSON."""
    command = [sys.executable, "-m", "footfall_sensor", "status", "--config", str(tmp_path / "footfall")]
    before = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert before.returncode == 1
    assert "Is the agent running?" in before.stderr
    said = _said(run("--capture", _canary_capture(tmp_path / "day.pcap")))
    as_json = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=60, check=True)
    status = json.loads(as_json.stdout)
    assert (status["sensor"], status["connection"]) == (SENSOR, "connected (MQTT 5)")
    assert said["frames"] == status["totals"]["frames"]
    as_text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert f"sensor                   {SENSOR}" in as_text.stdout


# Canaries.


def test_search_finds_a_canary_however_it_is_spelt() -> None:
    """The search can fail: planted in raw, hex, base64, decimal or hashed, a canary is found."""
    mac = MACS[7]
    for planted in (
        mac,
        mac[::-1],
        mac.hex().encode(),
        mac.hex(":").upper().encode(),
        str(int.from_bytes(mac, "big")).encode(),
        repr(mac).encode(),
        base64.b64encode(b"x" + mac + b"yz"),
        base64.b64encode(b"xx" + mac + b"yz"),
        base64.urlsafe_b64encode(mac + b"yz"),
    ):
        assert canaries.found(MACS, {"here": b"some" + planted + b"thing"}), planted
    assert not canaries.found(MACS, {"here": os.urandom(10_000)})


@pytest.mark.broker
def test_no_address_and_no_network_leaves_the_unit(
    run: Run, collector: StandInCollector, settings: Config, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """300 addresses and names are in none of the messages, nor in spool, status, key files, output or errors."""
    collector.acking = False  # so that the spool stays
    observer = Observer(mosquitto.host, mosquitto.port, "#")
    try:
        done = run("--capture", _canary_capture(tmp_path / "day.pcap"), "--patience-s", "2")
    finally:
        observer.close()
    said = _said(done)
    assert said["probes"] == 2 * len(MACS)
    messages = []
    while not observer.seen.empty():
        topic, payload = observer.seen.get()
        messages.append(topic.encode() + b" " + payload)
    places = {
        "messages": b"\n".join(messages),
        "standard output": done.stdout.encode(),
        "standard error": done.stderr.encode(),
        **{
            str(path): path.name.encode() + b"\n" + path.read_bytes()
            for folder in (settings.run_dir, settings.state_dir)
            for path in Path(folder).rglob("*")
            if path.is_file()
        },
    }
    assert len(messages) >= said["batches_emitted"] > 0
    assert {"status.json", "sensor.key", "00000001.seg"} <= {Path(place).name for place in places}
    assert sum(map(len, places.values())) > 10_000
    assert canaries.found(MACS, places) == []
    assert [name for name in NAMES for place in places.values() if name in place or name.hex().encode() in place] == []


def test_no_exception_holds_what_it_is_about() -> None:
    """Errors about broken frames show neither their bytes nor a part of them, wherever the frame was cut or bent."""
    shown = []
    for mac, name in zip(MACS[:40], NAMES, strict=False):
        good = air.plain() + air.probe(mac, name)
        bad = [good[:size] for size in range(38)]
        bad += [b"\1" + good[1:], air.radiotap(({1: b"\x40"}, 0)) + air.probe(mac), good + bytes(5000)]
        for raw in bad:
            try:
                frames.parse(raw, 0, frames.LINK_RADIOTAP, no_class)
            except Malformed as exc:
                shown.append("".join(traceback.format_exception(exc)) + repr(exc) + str(exc))
    assert len(shown) > 40 * 30
    text = "\n".join(shown).encode()
    assert canaries.found(MACS[:40], {"exceptions": text}) == []
    assert not [name for name in NAMES if name in text]


@pytest.mark.broker
def test_unit_makes_its_own_key_once(run: Run, settings: Config, tmp_path: Path) -> None:
    """The first start makes a key that only its owner can read; later starts keep it."""
    path = _canary_capture(tmp_path / "day.pcap")
    run("--capture", path)
    first = keys.read_secret(settings.key_path)
    assert settings.key_path.stat().st_mode & 0o777 == 0o600
    run("--capture", path)
    assert first == keys.read_secret(settings.key_path)
