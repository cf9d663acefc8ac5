"""What other systems read of the fleet: forms that they take, and no more than is known."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from collector.errors import QueryError
from collector.grouping.selection import Known
from collector.interop import geojson, openwisp
from collector.interop.pushing import post
from collector.interop.targets import targets
from collector.registry import Report, Sensor
from footfall_sensor.wire.messages import Health, Totals

INTEGER, OBJECT = {"type": "integer"}, {"type": "object"}
MEMORY = {"required": ["total", "free", "buffered", "shared"]}
# Written for this test from what is known of OpenWISP's schema: what it asks for, and where it allows no further keys.
DEVICE_MONITORING = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {"const": "DeviceMonitoring"},
        "general": OBJECT | {"properties": {"local_time": INTEGER, "uptime": INTEGER, "hostname": {"type": "string"}}},
        "resources": OBJECT | {"properties": {"memory": OBJECT | MEMORY, "load": {"type": "array", "minItems": 3}}},
        "interfaces": {"type": "array"},
    },
    "not": {"anyOf": [{"required": [name]} for name in ("dhcp_leases", "neighbors")]},
}
HEALTH = Health(
    Totals(frames=7, batches_emitted=3), 86_400.5, 1_763_776_800_123, 0.2, 60_000, 9000, None, radio="listening"
)


def sensor(name: str = "door", group: str = "") -> Sensor:
    return Sensor(1 if name == "door" else 2, "acme", name, "mall", b"k" * 8, b"p" * 32, group_name=group)


def report(health: Health | None = HEALTH, connected: bool = True) -> Report:
    return Report(1, 5, 1_763_776_805_250, connected, "0.1.0", health)


@pytest.mark.parametrize("health", [HEALTH, None])
def test_a_sensors_word_is_netjson_that_openwisp_takes(health: Health | None) -> None:
    said = openwisp.monitoring(sensor(), report(health), "ok")
    jsonschema.validate(said, DEVICE_MONITORING)
    assert said["general"] == {"hostname": "door"} | ({"local_time": 1_763_776_800, "uptime": 86_400} if health else {})
    assert "temperature_c" not in said["x_footfall"]  # type: ignore[operator]


def test_a_late_word_is_not_posted_as_current() -> None:
    device = openwisp.Device("door", uuid="0f/e", key="s&t")
    parts = urlsplit(openwisp.path(device, report(connected=False)))
    assert parts.path == "/api/v1/monitoring/device/0f%2Fe/"
    assert parse_qs(parts.query) == {"key": ["s&t"], "time": ["22-11-2025_02:00:05.250000"], "current": ["false"]}
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
    known = openwisp.devices("sensor,mac\ndoor,02:00:00:00:00:01\n")
    text, missing = openwisp.sheet("acme", [sensor(), sensor("till")], known)
    assert text == "organization,name,mac_address\nacme,door,02:00:00:00:00:01\n"
    assert missing == ["till"]


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
