"""The whole line as in production: a sensor's process, mutual TLS, mosquitto on our files, a collector's process."""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers import MOSQUITTO
from house import House, Talker, sensor_process
from lines import opened, small_captures, wait_for

from collector import clock
from collector.mosquitto import conf
from collector.mosquitto.conf import Limits
from collector.mosquitto.files import Files
from collector.records.roster import Roster
from collector.records.standing import Standing
from tools.run.child import Child

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "collector")
    settings = made.folder / "collector.toml"
    settings.write_text(settings.read_text().replace("replay = false", "replay = true"))  # captures are of another day
    yield made
    made.close()


def totals(child: Child) -> dict[str, Any]:
    """What a sensor's process printed at its end."""
    wait_for(lambda: child.exit_code is not None, "the sensor's end")
    return dict(json.loads(next(line for line in child.log.read_text().splitlines() if line.startswith("{"))))


def assert_whole(house: House, said: dict[str, Any]) -> None:
    """Every batch of the sensor's is on disk once, and it knows that."""
    assert said["error"] is None
    assert said["waiting"] == 0
    assert said["batches_acked"] == said["batches_emitted"] > 100
    ledger = house.open().store.manifest.ledger()
    assert sum(row.batches for row in ledger) == said["batches_emitted"]
    assert sum(row.sightings for row in ledger) == said["sightings_emitted"]


def stored(house: House) -> int:
    return sum(row.batches for row in opened(house.folder).store.manifest.ledger())


def test_what_a_sensor_hears_is_stored_and_acknowledged(house: House, tmp_path: Path) -> None:
    """init, mosquitto, serve, a sensor with its certificate: nothing else is done by hand, and nothing is lost.

    Then the unit is stolen: from the word to the cut it takes seconds, a minute at most on the busiest machine. And
    told to end by Ctrl-C, the collector ends in good order as by SIGTERM: it takes leave of the broker, and destroys
    the keys of a replay.
    """
    door = house.enrol("door")
    house.start_broker()
    collector = house.serve()
    assert_whole(house, totals(sensor_process(door, *small_captures(tmp_path / "captures"))))
    assert house.open().quarantine.count() == {}
    thief = Talker(house, house.unit_client(door), door.user).ready()
    began_s = time.monotonic()
    Roster(house.open().registry.engine).move("door", Standing.REVOKED, "stolen", "cli:test", clock.now_ms())
    wait_for(lambda: not thief.connected, "the cut")
    took_s = time.monotonic() - began_s
    print(f"from the word to the cut: {took_s:.2f} s")
    assert took_s < 60
    thief.close()
    assert list(house.folder.glob("epoch-keys/*/*.key"))
    os.kill(collector.pid, signal.SIGINT)
    assert collector.wait(20) == 0, collector.log.read_text()
    assert "the collector has stopped" in collector.last_words(1)
    assert "Traceback" not in collector.log.read_text()
    wait_for(lambda: "footfall-collector disconnected" in house.log, "its leave of the broker")
    assert list(house.folder.glob("epoch-keys/*/*.key")) == []


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed; `make test` installs it")
def test_a_collector_that_comes_back_leaves_the_broker_its_memory(house: House) -> None:
    """mosquitto 2.0.11 frees what it still uses when its files are read anew while a session that is to end is away."""
    seen = house.folder.parent / "valgrind.log"
    house.start_broker(under=("valgrind", "--error-exitcode=99", f"--log-file={seen}"))
    house.serve().kill()
    os.kill(house.broker_pid, signal.SIGHUP)  # as `serve` does at its start, which does not know valgrind for mosquitto
    wait_for(lambda: "Reloading config" in house.log, "mosquitto reads its files")
    house.serve()
    assert house.stop_broker() == 0, seen.read_text()


def test_queues_that_overflow_and_a_broker_that_forgets_lose_nothing(house: House, tmp_path: Path) -> None:
    """Two traps of mosquitto's: a full queue drops what it has acknowledged, and a restart forgets sessions.

    The queue here holds ten messages; the collector is killed until it has overflowed, then the broker is killed too.
    Nothing of it ever lies on a disk: there is no mosquitto.db.
    """
    files = Files(house.folder)
    text = conf.render(files, Path(house.folder).owner(), house.port, limits=Limits(max_queued_messages=10))
    files.conf.write_text(text)
    door = house.enrol("door", ack_timeout_s=1, inflight_max=500)
    house.start_broker()
    collector = house.serve()
    child = sensor_process(door, *small_captures(tmp_path / "captures"), speed=1200.0)
    wait_for(lambda: stored(house) > 20, "a part of the day")
    collector.kill()
    wait_for(lambda: "messages are being dropped" in house.log, "the queue's overflow")
    house.serve()
    wait_for(lambda: stored(house) > 100, "more of the day")
    house.stop_broker(kill=True)
    assert child.exit_code is None, "the day ended before the kill"
    house.start_broker()
    assert_whole(house, totals(child))
    assert list(tmp_path.rglob("mosquitto.db*")) == []
