"""A thousand addresses and network names go into the air: none of them is anywhere but in the sensor's memory.

Looked for in every MQTT message, every file of the run (spool, logs, status, registry, keys, store, read back value by
value), the report, every page and the feed of single devices, in every spelling of tests/support/canaries.py, unkeyed
hashes included.
"""

from dataclasses import replace
from pathlib import Path

import air
import canaries
import httpx
import paho.mqtt.client as mqtt
import pyarrow.parquet as pq
import pytest
from brokers import MOSQUITTO
from lines import finish, plan, wait_for
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import MetaData, select

from collector import durable
from collector.database import open_database
from collector.exports import feed
from collector.folder import Collector
from collector.reporting import report
from collector.reporting import text as report_text
from tools.run.line import TENANT, Line

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]

ADDRESSES = canaries.addresses(1000)
NAMES = [f"canary-net-{number:03}".encode() for number in range(50)]
START_S = 1_781_258_400
PAGES = (  # every view that speaks of what was heard, or of who was told to do what
    "",
    "sites",
    "sites.csv",
    f"export/{TENANT}/shop/numbers.csv",
    f"api/{TENANT}/shop/report",
    "api/overview",
    "api/fleet/sensors",
    "api/fleet/alerts",
    "api/operation/audit",
    "api/operation/conservation",
    "api/operation/quarantine",
    "metrics",
    "operation",
    "operation/storage",
    "fleet",
    "fleet/alerts",
    "fleet/campaigns",
    "fleet/upgrades",
    "fleet/map",
    f"fleet/sensor/{TENANT}/sensor-1",
)


def capture(path: Path) -> Path:
    """Every address probes three times in a quarter of an hour, half of the time for a network by its name."""
    frames = []
    for number, mac in enumerate(ADDRESSES):
        for again in range(3):
            at_ms = START_S * 1000 + number * 30 + again * 300_000
            name = NAMES[number % len(NAMES)] if again % 2 else b""
            frames.append((at_ms, air.plain(-50 - number % 30) + air.probe(mac=mac, ssid=name, seq=number & 0xFFF)))
    frames.append((START_S * 1000 + 950_000, air.plain() + air.probe(mac=ADDRESSES[0])[:20]))  # cut short
    path.write_bytes(air.pcap(sorted(frames)))
    return path


def values(folder: Path, line: Line) -> dict[str, bytes]:
    """Every value that the registry and the store hold, as text."""
    engine = open_database(f"sqlite:///{folder / 'registry.sqlite'}")
    found = {}
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            found[f"table {table.name}"] = repr(list(connection.execute(select(table)))).encode()
    for path in durable.parquet_files(line.open().folder / "data"):
        table = pq.read_table(path)
        found[f"values of {path.name}"] = repr(table.to_pylist()).encode()
        for name in table.column_names:
            if str(table.schema.field(name).type) == "int64":
                found[f"bytes of {path.name} {name}"] = table[name].to_numpy().tobytes()
    return found


def feed_of(opened: Collector, path: Path) -> bytes:
    """The feed of single devices: all of them are in it, by other names."""
    tenant = replace(opened.registry.tenant(TENANT), device_feed_reason="to look for canaries")
    made = feed.write(opened, tenant, opened.registry.site(TENANT, "shop"), None, path, "test", 0)
    assert made.devices == len(ADDRESSES)
    return path.read_bytes()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_address_and_no_network_name_leaves_the_sensors_memory(tmp_path: Path) -> None:
    captured = capture(tmp_path / "canaries.pcap")
    folder = tmp_path / "run"
    messages: list[bytes] = []
    places: dict[str, bytes] = {}
    with Line(plan(folder, (captured,), speed=400)) as line:
        spy = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="spy")
        spy.on_message = lambda _client, _userdata, message: messages.append(
            message.topic.encode() + b" " + bytes(message.payload)
        )
        spy.connect(line.plan.broker_host, line.plan.broker_port)
        spy.subscribe("#", qos=1)
        spy.loop_start()
        line.start_sensors()
        wait_for(lambda: len(messages) > 5, "the first messages")
        places |= {f"{name}, in the middle": raw for name, raw in files(folder).items()}
        found = finish(line)
        assert (found.probes, found.malformed, found.lost) == (3000, 1, 0)
        assert found.tokens == 1000
        opened = line.open()
        built = report.build(opened.store, opened.registry, TENANT, "shop", None, 0)
        places["report"] = (report_text.render(built) + repr(report.as_json(built)) + report.as_csv(built)).encode()
        places["feed of devices"] = feed_of(opened, tmp_path / "feed.json")
        for path in PAGES:
            said = httpx.get(f"{line.url}{path}", timeout=60, follow_redirects=True)
            assert said.status_code == 200, path
            places[f"page /{path}"] = said.content
        places |= values(folder, line)
        places |= files(folder)
        spy.disconnect()
        spy.loop_stop()
    places |= {f"{name}, afterwards": raw for name, raw in files(folder).items()}
    places["messages"] = b"\n".join(messages)
    assert len(messages) > 30
    assert b"sensor-1/batch" in places["messages"]
    assert canaries.found([*ADDRESSES, *NAMES], places) == []


@pytest.mark.parametrize("place", ["hex", "bytes", "base64"])
def test_the_search_would_find_a_canary(place: str) -> None:
    import base64

    mac = ADDRESSES[7]
    hidden = {"hex": mac.hex(":").encode(), "bytes": mac, "base64": base64.b64encode(b"x" + mac + b"yz")}[place]
    assert canaries.found(ADDRESSES, {"log": b"before " + hidden + b" after"})
