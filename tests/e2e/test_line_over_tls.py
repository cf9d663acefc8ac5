"""The whole line as in production: a sensor's process, mutual TLS, mosquitto on our files, a collector's process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import MOSQUITTO
from house import House, sensor_process
from lines import small_captures, wait_for

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "collector")
    yield made
    made.close()


def test_what_a_sensor_hears_is_stored_and_acknowledged(house: House, tmp_path: Path) -> None:
    """init, mosquitto, serve, a sensor with its certificate: nothing else is done by hand, and nothing is lost."""
    settings = house.folder / "collector.toml"
    settings.write_text(settings.read_text().replace("replay = false", "replay = true"))  # captures are of another day
    door = house.enrol("door")
    house.start_broker()
    house.serve()
    child = sensor_process(door, *small_captures(tmp_path / "captures"))
    wait_for(lambda: child.exit_code is not None, "the sensor's end")
    said = json.loads(next(line for line in child.log.read_text().splitlines() if line.startswith("{")))
    assert said["error"] is None
    assert said["batches_acked"] == said["batches_emitted"] > 100
    ledger = house.open().store.manifest.ledger()
    assert sum(row.batches for row in ledger) == said["batches_emitted"]
    assert sum(row.sightings for row in ledger) == said["sightings_emitted"]
    assert house.open().quarantine.count() == {}
