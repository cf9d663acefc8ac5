"""What other systems read of the fleet: forms that they take, and no more than is known."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openwisp as published
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import QueryError
from collector.grouping.selection import Known
from collector.interop import geojson, openwisp
from collector.interop.pushing import post
from collector.interop.targets import targets
from collector.records.registry import Sensor
from collector.records.reports import Report
from footfall_sensor.wire.envelope import SENSOR_NAME
from footfall_sensor.wire.messages import Health, Totals

ORGANIZATION = "0d5e9a8e-7f0c-4b1d-9d1e-3c2b1a09f8e7"

HEALTH = Health(
    Totals(frames=7, batches_emitted=3), 86_400.5, 1_763_776_800_123, 0.2, 60_000, 9000, None, radio="listening"
)


def sensor(name: str = "door", group: str = "") -> Sensor:
    return Sensor(1 if name == "door" else 2, "acme", name, "mall", b"k" * 8, b"p" * 32, group_name=group)


def report(health: Health | None = HEALTH, connected: bool = True) -> Report:
    return Report(1, 5, 1_763_776_805_250, connected, "0.1.0", health)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """OpenWISP's own, from its package."""
    import jsonschema  # takes two seconds, of which every process that collects the tests would have its share

    found = published.device_monitoring()
    jsonschema.Draft7Validator.check_schema(found)
    return found


@pytest.mark.parametrize("health", [HEALTH, None, replace(HEALTH, temperature_c=51.5, load_1m=0.0, time_ms=0)])
def test_a_sensors_word_is_netjson_that_openwisp_takes(health: Health | None, schema: dict[str, Any]) -> None:
    """By the schema that OpenWISP publishes; the schema does find what is wrong."""
    import jsonschema

    said = json.loads(json.dumps(openwisp.monitoring(sensor(), report(health), "ok")))
    jsonschema.validate(said, schema)
    assert not {"interfaces", "dhcp_leases", "neighbors"} & set(said)
    for wrong in ({"type": "NetworkGraph"}, {"general": {"uptime": 1.5}}, {"resources": {"memory": {"total": 1}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(said | wrong, schema)


def test_it_says_what_the_sensor_said_and_no_more() -> None:
    said = openwisp.monitoring(sensor(), report(), "ok")
    assert said["general"] == {"hostname": "door", "local_time": 1_763_776_800, "uptime": 86_400}
    assert "temperature_c" not in said["x_footfall"]  # type: ignore[operator]
    assert openwisp.monitoring(sensor(), report(None), "ok")["general"] == {"hostname": "door"}


def test_a_late_word_is_not_posted_as_current() -> None:
    device = openwisp.Device("door", uuid="0f/e", key="s&t")
    parts = urlsplit(openwisp.path(device, report(connected=False)))
    assert parts.path == "/api/v1/monitoring/device/0f%2Fe/"
    assert parse_qs(parts.query) == {"key": ["s&t"], "time": ["22-11-2025_02:00:05.250000"]}
    assert parse_qs(urlsplit(openwisp.path(device, report())).query)["current"] == ["true"]
    assert "s&t" not in repr(device)


class Controller(BaseHTTPRequestHandler):
    """Takes documents of the device `good`, as an OpenWISP controller does."""

    taken: list[Any]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        good = "/device/good/" in self.path
        if good:
            self.taken.append(json.loads(body))
        self.send_response(200 if good else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def controller() -> Iterator[tuple[str, list[Any]]]:
    taken: list[Any] = []
    server = HTTPServer(("127.0.0.1", 0), type("Own", (Controller,), {"taken": taken}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    server.server_close()


def test_documents_are_posted_and_a_refusal_keeps_no_other_one(controller: tuple[str, list[Any]]) -> None:
    url, taken = controller
    said = openwisp.monitoring(sensor(), report(), "ok")
    paths = [openwisp.path(openwisp.Device(name, uuid=name, key="secret"), report()) for name in ("bad", "good")]
    done = post(url, [("till", paths[0], said), ("door", paths[1], said)])
    assert [one.says for one in done] == ["the controller answers 404", ""]
    assert taken == [json.loads(json.dumps(said))]
    assert "secret" not in repr(done)
    assert post("http://127.0.0.1:1", [("door", paths[1], said)])[0].says == "no answer: ConnectError"


def test_openwisps_import_has_its_columns_and_says_who_is_missing() -> None:
    """The columns are those that OpenWISP's own code reads, and what stands in them is what it takes."""
    known = openwisp.devices(b"sensor,mac\ndoor,02:00:00:00:00:01\nwindow,2:0:0\n")
    text, missing = openwisp.sheet(ORGANIZATION, [sensor(), sensor("till"), sensor("window")], known)
    assert text == f"organization_id,name,mac_address\n{ORGANIZATION},door,02:00:00:00:00:01\n"
    assert missing == ["till", "window"]
    columns, unread = published.import_columns()
    (row,) = csv.DictReader(io.StringIO(text))
    assert set(row) <= columns
    assert not set(row) & unread
    assert "organization" in unread
    takes = published.patterns()
    assert takes["hostname_regex"].match(row["name"])
    assert takes["mac_address_regex"].match(row["mac_address"])
    with pytest.raises(QueryError, match="is no UUID"):
        openwisp.sheet("acme", [sensor()], known)


@settings(max_examples=40, deadline=None)
@given(st.from_regex(SENSOR_NAME, fullmatch=True))
def test_a_name_that_openwisp_does_not_take_is_left_out(name: str) -> None:
    """One that ends with a hyphen is no name of a host."""
    known = {name: openwisp.Device(name, mac="02:00:00:00:00:01")}
    _, missing = openwisp.sheet(ORGANIZATION, [sensor(name)], known)
    assert bool(published.patterns()["hostname_regex"].match(name)) is (missing == [])


def test_a_site_stands_where_its_sensors_do_or_nowhere() -> None:
    door = Known(sensor(), frozenset({"front"}), 52.5, 13.25)
    said = geojson.collection([door, Known(sensor("till"))], {1: "ok", 2: "silent"})
    site, placed = said["features"]  # type: ignore[misc]
    assert site["geometry"] == {"type": "Point", "coordinates": [13.25, 52.5]}
    assert site["properties"]["states"] == {"ok": 1, "silent": 1}
    assert (placed["id"], placed["properties"]["tags"]) == ("sensor/acme/door", ["front"])
    (nowhere,) = geojson.collection([Known(sensor("till"))], {})["features"]  # type: ignore[misc]
    assert nowhere["geometry"] is None


def test_prometheus_targets_have_an_address_of_ones_own_form() -> None:
    (found,) = targets([Known(sensor(group="doors"), frozenset({"front", "new"}))], "{sensor}.{site}.lan:9100")
    assert found["targets"] == ["door.mall.lan:9100"]
    assert found["labels"] == {
        "sensor": "door",
        "site": "mall",
        "tenant": "acme",
        "group": "doors",
        "tags": ",front,new,",
    }
    with pytest.raises(QueryError, match="may stand in it"):
        targets([Known(sensor())], "{address}:9100")
    with pytest.raises(QueryError, match="may stand in it"):
        targets([Known(sensor())], "{sensor.public_key}:9100")
