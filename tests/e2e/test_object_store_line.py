"""A whole line on an object store (moto's S3 server): what a folder would have, also when the bucket goes away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import MOSQUITTO
from lines import finish, plan, small_captures, stored, wait_for

from collector.reporting import report
from tools.run.line import TENANT, Line
from tools.torture.object_store import CREDENTIALS, ObjectStore
from tools.torture.proxy import Proxy, Weather

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]

SPEED = 1200.0  # two and a half hours in about eight seconds: time enough to take the bucket away in the middle


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ObjectStore, Proxy]]:
    """An object store behind a proxy, for every process that is started with this environment."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = ObjectStore(tmp_path / "moto")
    link = Proxy(server.port)
    yield server, link
    link.close()
    server.close()


def numbers(line: Line) -> dict[str, object]:
    opened = line.open()
    built = report.build(opened.store, opened.registry, TENANT, "shop", None, 0)
    return dict(report.as_json(built)["metrics"])


def test_a_day_whose_bucket_goes_away_and_comes_back_is_the_day_in_a_folder(
    bucket: tuple[ObjectStore, Proxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    captures = small_captures(tmp_path / "captures")
    with Line(plan(tmp_path / "local", captures)) as line:
        line.start_sensors()
        local, said = finish(line), numbers(line)
    assert line.collector is not None
    assert line.collector.exit_code == 0, "told by SIGTERM"
    server, link = bucket
    monkeypatch.setenv("FOOTFALL_STORE_URL", server.url("line", link.port))
    with Line(plan(tmp_path / "bucket", captures, SPEED)) as line:
        line.start_sensors()
        wait_for(lambda: stored(line) > 60, "a part of the day")
        link.weather = Weather(down=True)
        link.reset()
        wait_for(lambda: "waiting for the store" in (line.health() or {}).get("ingest", ""), "the collector's word")
        before = stored(line)
        wait_for(lambda: line.sensor_status("sensor-1").get("spool_batches", 1) > 0, "the sensor to keep its own")
        assert stored(line) == before  # nothing is acknowledged that was not stored
        assert line.collector is not None
        assert line.collector.exit_code is None, line.collector.last_words()
        link.weather = Weather()
        found = finish(line)
        assert line.collector.exit_code is None, line.collector.last_words()
        assert (found.lost, found.waiting) == (0, 0)
        assert (found.sightings_committed, found.batches_committed) == (
            local.sightings_committed,
            local.batches_committed,
        )
        assert numbers(line) == said
        log = line.collector.log.read_text()
        assert "the object store" in log
        assert not [secret for secret in CREDENTIALS.values() if secret in log]
    assert not list((tmp_path / "bucket" / "data").rglob("*.parquet"))
    assert any(name.startswith("data/default/sightings/") for name in server.names("line"))
