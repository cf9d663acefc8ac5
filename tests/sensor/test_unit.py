"""A whole unit: the installed program on a real interface of type radiotap, a real mosquitto, the real collector.

The interface is a TAP device in a network namespace in which everything else runs too. Needs root.
"""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import air
import canaries
import pytest
import tap
from brokers import MOSQUITTO, Mosquitto
from lines import plan, wait_for
from posts import TENANT, Observer, StandInCollector
from tap import Tap

from footfall_sensor import config, config_file, keys, signing
from footfall_sensor.config import Config
from footfall_sensor.wire import batch
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth, Health
from tools.run.line import Line

MACS = canaries.addresses(60)
NAME = b"a network's name"


@pytest.fixture(autouse=True)
def namespace() -> Iterator[None]:
    tap.skip_unless_possible()
    if not MOSQUITTO:
        pytest.skip("mosquitto is not installed; `make test` installs it (Debian package mosquitto)")
    with tap.Namespace():
        yield


@pytest.fixture
def mon0(namespace: None) -> Iterator[Tap]:
    with Tap() as made:
        made.sent()
        yield made


@pytest.fixture
def broker(namespace: None, tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    made = Mosquitto(folder)
    made.start()
    yield made
    made.kill()


class Unit:
    """The program under a configuration of its own."""

    def __init__(self, folder: Path, host: str, port: int, collector_key: str, **options: str) -> None:
        self.options = {
            "name": "door",
            "tenant": TENANT,
            "broker_host": host,
            "broker_port": str(port),
            "health_s": "1",
            "window_s": "5",
            "rate_per_s": "0",
            "state_dir": str(folder / "etc"),
            "run_dir": str(folder / "run"),
            "clock": "ntp",
            "clock_file": str(folder / "clock"),
            "prometheus_dir": str(folder / "prometheus"),
            **options,
        }
        self.config: Config = config.from_options(self.options)
        (folder / "etc").mkdir()
        (folder / "prometheus").mkdir()
        self.clock = folder / "clock"
        self.path = folder / "footfall"
        self.path.write_text(config_file.render(self.config))
        self.config.collector_key_path.write_text(collector_key)
        self.process: subprocess.Popen[bytes] | None = None
        self.errors = folder / "stderr"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "footfall_sensor", *words, "--config", str(self.path)]

    def start(self) -> None:
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(self.command("run"), stderr=errors, stdout=errors)

    def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def ask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=False)

    @property
    def said(self) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(self.config.status_path.read_text())
        except (OSError, ValueError):
            return {}
        return said

    def wait(self, holds: Callable[[dict[str, Any]], object], what: str, wait_s: float = 60.0) -> None:
        wait_for(lambda: bool(self.said) and bool(holds(self.said)), what, wait_s)


@pytest.fixture
def collector(broker: Mosquitto) -> Iterator[StandInCollector]:
    with StandInCollector(broker.host, broker.port) as stand_in:
        stand_in.answering = True
        yield stand_in


@pytest.fixture
def unit(broker: Mosquitto, collector: StandInCollector, tmp_path: Path) -> Iterator[Unit]:
    made = Unit(tmp_path, broker.host, broker.port, collector.secret.public.text())
    yield made
    if made.process and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def _batches(collector: StandInCollector) -> list[batch.Batch]:
    got = {post.envelope.number: post.envelope.body for post in collector.seen if post.envelope.kind is Kind.BATCH}
    return [batch.decode(got[number]) for number in sorted(got)]


@pytest.mark.broker
def test_phones_reach_the_real_collector(mon0: Tap, tmp_path: Path) -> None:
    """From a frame on the interface to the collector's ledger: every probe request, once; nothing is sent by radio;
    no address or network name is in anything that left the process."""
    line_plan = plan(tmp_path / "line", ())
    with Line(line_plan) as line:
        observer = Observer("127.0.0.1", line_plan.broker_port, "#")
        public = (line_plan.folder / "collector.key.pub").read_text()
        unit = Unit(tmp_path, "127.0.0.1", line_plan.broker_port, public, name="radio", tenant="default", clock="wall")
        keys.write_secret(unit.config.key_path, signing.backend().generate())
        own = keys.read_secret(unit.config.key_path).public
        line.open().registry.put_sensor("default", "radio", "shop", own.id, own.raw)
        time.sleep(1.5)  # until the collector has looked again at who may send
        unit.start()
        unit.wait(lambda said: said["epoch"], "a key")
        heard = 0
        for number in range(600):
            mac = MACS[number % len(MACS)]
            mon0.hear(air.plain() + air.probe(mac, NAME), air.plain() + air.probe(mac, NAME, control=0x0080))
            heard += 1
            time.sleep(0.005)
        assert unit.stop() == 0
        last = unit.said
        assert last["totals"]["probes"] == heard
        assert last["spool_batches"] == 0
        (row,) = [row for row in line.open().store.manifest.ledger() if row.batches]
        assert row.batches == last["totals"]["batches_emitted"]
        assert row.sightings == last["totals"]["sightings_emitted"] >= len(MACS)
        observer.close()
    assert mon0.sent() == []
    messages = []
    while not observer.seen.empty():
        topic, payload = observer.seen.get()
        messages.append(topic.encode() + b" " + payload)
    places = {"messages": b"\n".join(messages), "output": unit.errors.read_bytes()} | {
        str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "line" not in path.parts
    }
    assert len(messages) > 5
    assert canaries.found(MACS, places) == []
    assert not [place for place, raw in places.items() if NAME in raw]


@pytest.mark.broker
def test_new_objection_holds_on_a_unit_that_runs(mon0: Tap, tmp_path: Path) -> None:
    """Typed at the collector, in force on the unit within seconds, not 15 minutes: the phone that objected is heard no
    more, its neighbour is. Real broker, collector, unit and interface.
    """
    line_plan = plan(tmp_path / "line", ())
    with Line(line_plan) as line:
        public = (line_plan.folder / "collector.key.pub").read_text()
        unit = Unit(tmp_path, "127.0.0.1", line_plan.broker_port, public, name="radio", tenant="default", clock="wall")
        keys.write_secret(unit.config.key_path, signing.backend().generate())
        own = keys.read_secret(unit.config.key_path).public
        collector = line.open()
        collector.registry.put_sensor("default", "radio", "shop", own.id, own.raw)
        time.sleep(1.5)  # until the collector has looked again at who may send
        unit.start()
        unit.wait(lambda said: said["objections"] and said["epoch"], "list and key")
        first = unit.said["objections"]
        typed_s = time.monotonic()
        collector.objections.add("default", "shop", MACS[0], None, "cli:test", time.time_ns() // 1_000_000)
        unit.wait(lambda said: said["objections"] > first, "the new list")
        assert time.monotonic() - typed_s < 60
        before = unit.said["totals"]["windows"]
        unit.wait(lambda said: said["totals"]["windows"] > before, "a window that begins after it")
        probes = unit.said["totals"]["probes"]
        for _ in range(50):
            mon0.hear(air.plain() + air.probe(MACS[0]), air.plain() + air.probe(MACS[1]))
            time.sleep(0.005)
        assert unit.stop() == 0
        totals = unit.said["totals"]
        assert totals["probes"] - probes == 50
        assert totals["frames"] == totals["probes"]
    assert mon0.sent() == []


@pytest.mark.broker
def test_unit_lives_through_everything(mon0: Tap, unit: Unit, collector: StandInCollector, broker: Mosquitto) -> None:
    """Time that comes late, an interface that is switched off and taken away, a broker that goes: each is said, and
    the tally is whole in the end."""
    unit.start()
    unit.wait(lambda said: said["radio"] == "listening", "a radio")
    assert unit.said["clock"] == "unknown"
    phones = [air.plain(mhz=2412 + 5 * (n % 3)) + air.probe(mac) for n, mac in enumerate(MACS)]
    mon0.hear(*phones)
    unit.wait(lambda said: said["held"], "a window that waits for the time")
    assert _batches(collector) == []
    unit.clock.write_text("step 3 0.25\n")
    unit.wait(lambda said: said["clock"] == "synced" and said["clock_offset_ms"] == 250, "the time")
    unit.wait(lambda said: said["epoch"], "a key")
    mon0.hear(*phones)
    unit.wait(lambda said: said["last_ack_s"] is not None, "an acknowledgement")
    mon0.switch(on=False)
    unit.wait(lambda said: said["radio"] == "down", "down")
    mon0.switch(on=True)
    unit.wait(lambda said: said["radio"] == "listening", "up")
    mon0.close()
    unit.wait(lambda said: said["radio"] == "gone", "gone")
    with Tap() as again:
        unit.wait(lambda said: said["radio"] == "listening", "back")
        broker.kill()
        unit.wait(lambda said: said["connection"].startswith("not connected"), "no broker")
        again.hear(*phones)
        unit.wait(lambda said: said["spool_batches"] > 1, "batches that wait")
        broker.start()
        unit.wait(lambda said: said["connection"].startswith("connected"), "a broker")
        collector.wait_until_subscribed()
        unit.wait(lambda said: said["spool_batches"] == 0, "an empty spool")
        again.hear(*phones)
        time.sleep(0.4)
        assert unit.stop() == 0
        assert again.sent() == []
    batches = _batches(collector)
    totals = unit.said["totals"]
    assert unit.errors.read_text() == ""
    assert totals["probes"] == 4 * len(MACS) == sum(each.counters.probes for each in batches)
    assert totals["batches_emitted"] == totals["batches_acked"] == len(batches)
    assert totals["kernel_drops"] == 0
    early = [each for each in batches if each.counters.keyless]
    assert sum(each.counters.keyless for each in early) == len(MACS)
    assert dict(map(tuple, unit.said["heard"])) == {2412: 80, 2417: 80, 2422: 80}
    assert unit.said["running"] is False


@pytest.mark.broker
def test_birth_health_and_death_say_who_and_how(mon0: Tap, unit: Unit, collector: StandInCollector) -> None:
    """Birth with versions, health each second, death at the end, once; the metrics are where they were wanted."""
    unit.clock.write_text("stratum 2 0\n")
    unit.start()
    unit.wait(lambda said: said["epoch"], "a key")
    time.sleep(2)
    assert unit.stop() == 0
    wait_for(lambda: any(post.envelope.kind is Kind.DEATH for post in collector.seen), "a death")
    births = [Birth.decode(p.envelope.body) for p in collector.seen if p.envelope.kind is Kind.BIRTH]
    assert births[0].kernel.startswith("Linux ")
    assert (births[0].profile, births[0].mode) == ("full", "tokens")
    reports = [Health.decode(p.envelope.body) for p in collector.seen if p.envelope.kind is Kind.HEALTH]
    assert reports[-1].channels.startswith("fixed")
    assert reports[-1].rss_kib
    assert [p.envelope.kind for p in collector.seen].count(Kind.DEATH) == 1
    assert len({p.envelope.boot for p in collector.seen}) == 1
    metrics = (Path(unit.config.prometheus_dir) / "footfall.prom").read_text()
    assert 'footfall_radio{state="listening"} 1' in metrics


@pytest.mark.broker
def test_every_start_has_a_boot_id_of_its_own(mon0: Tap, unit: Unit, collector: StandInCollector) -> None:
    """Numbers begin anew at each start; the boot id keeps them apart."""
    for _ in range(2):
        unit.start()
        unit.wait(lambda said: said["running"] and said["connection"].startswith("connected"), "a start")
        unit.stop()
    assert len({post.envelope.boot for post in collector.seen}) == 2


# For the person on the ladder.


@pytest.mark.broker
def test_status_and_selftest_beside_a_running_agent(mon0: Tap, unit: Unit, collector: StandInCollector) -> None:
    """All is well: exit code 0, each line says OK, and the agent's connection is not thrown out by the test."""
    unit.clock.write_text("stratum 2 0.001\n")
    unit.start()
    unit.wait(lambda said: said["epoch"], "a key")
    chance = random.Random(1)
    for _ in range(30):
        mon0.hear(air.plain() + air.probe(chance.randbytes(6)))
        time.sleep(0.05)
    unit.wait(lambda said: said["last_ack_s"] is not None, "an acknowledgement")
    status = unit.ask("status")
    assert (status.returncode, status.stderr) == (0, "")
    assert "radio                    listening on mon0: hears the air" in status.stdout
    testing = subprocess.Popen(unit.command("selftest", "--json", "--seconds", "1"), stdout=subprocess.PIPE, text=True)
    while testing.poll() is None:
        mon0.hear(air.plain() + air.probe(chance.randbytes(6)))
        time.sleep(0.02)
    assert testing.stdout
    said = json.loads(testing.stdout.read())
    testing.stdout.close()
    assert (testing.returncode, said["ok"]) == (0, True)
    assert {check["name"]: check["ok"] for check in said["checks"]} == dict.fromkeys(
        ("agent", "radio", "frames", "keys", "spool", "clock", "broker", "epoch key", "collector"), True
    )
    assert unit.said["totals"]["reconnects"] == 0
    unit.stop()
    after = unit.ask("status")
    assert after.returncode == 1
    assert "NOT RUNNING" in after.stdout


@pytest.mark.broker
def test_selftest_before_the_first_start_tries_for_itself(mon0: Tap, unit: Unit) -> None:
    """Nothing runs yet: radio, broker and clock are tried; what only a running agent knows is left open, not failed."""
    unit.clock.write_text("stratum 2 0.001\n")
    testing = subprocess.Popen(unit.command("selftest", "--seconds", "0.5"), stdout=subprocess.PIPE, text=True)
    while testing.poll() is None:
        mon0.hear(air.plain() + air.probe(control=0x0080))
        time.sleep(0.02)
    assert testing.stdout
    verdicts = {line.split()[1]: line.split()[0] for line in testing.stdout.read().splitlines()}
    testing.stdout.close()
    assert testing.returncode == 0
    assert verdicts == {
        "agent": "-",
        "radio": "OK",
        "frames": "OK",
        "keys": "-",
        "spool": "OK",
        "clock": "OK",
        "broker": "OK",
        "epoch": "-",
        "collector": "-",
    }
    assert not Path(unit.config.run_dir).exists()


@pytest.mark.broker
def test_selftest_says_what_is_wrong_and_what_to_do(unit: Unit, broker: Mosquitto) -> None:
    """No interface, no time, no collector's key, a broker that is off: four failures, each with its remedy."""
    broker.stop()
    unit.config.collector_key_path.unlink()
    done = unit.ask("selftest", "--json")
    assert done.returncode == 1
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert {name for name, check in checks.items() if check["ok"] is False} == {"radio", "keys", "clock", "broker"}
    assert all(check["do"] for check in checks.values() if check["ok"] is False)
    assert "mon0 is gone" in checks["radio"]["says"]
    assert "4 of 9 failed" in done.stderr


@pytest.mark.broker
def test_selftest_hears_that_nothing_is_heard(mon0: Tap, unit: Unit) -> None:
    """An interface in monitor mode that hears neither phones nor beacons: look at the antenna."""
    unit.clock.write_text("stratum 2 0.001\n")
    done = unit.ask("selftest", "--seconds", "0.5")
    assert done.returncode == 1
    (failed,) = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert "nothing heard" in failed
    assert "antenna" in failed
