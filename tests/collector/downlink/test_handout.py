"""The hand-out through a real broker: the key goes to the one who asked, once, and is left lying nowhere."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from brokers import Mosquitto
from posts import Observer
from shop import SENSOR, SmallShop

from collector.ingest.mqtt import BrokerAddress, Ingest
from collector.options.settings import Settings
from footfall_sensor.sealing import Opener
from footfall_sensor.wire import envelope
from footfall_sensor.wire.messages import Birth, EpochKey

pytestmark = pytest.mark.broker
BIRTH = Birth("0.1", "3.11", "mips", "lean", "tokens", time_ms=0, wants_key=True)
TOPIC = f"footfall/1/default/{SENSOR}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "c", settings=Settings())
    made.sensor()
    return made


@pytest.fixture
def ingest(mosquitto: Mosquitto, shop: SmallShop) -> Iterator[Ingest]:
    running = Ingest(BrokerAddress(mosquitto.host, mosquitto.port), shop.intake, now_ms)
    running.start()
    yield running
    running.stop()


@pytest.mark.usefixtures("ingest")
def test_a_key_is_neither_plain_nor_retained_nor_in_a_log(
    mosquitto: Mosquitto, shop: SmallShop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever listens to everything sees a sealed key; whoever comes later sees nothing of it."""
    caplog.set_level(logging.DEBUG)
    opener = Opener()
    spy = Observer(mosquitto.host, mosquitto.port, "footfall/#")
    spy.send(f"{TOPIC}/birth", shop.birth(replace(BIRTH, seal=opener.public)).payload)
    seen = {spy.next() for _ in range(3)}  # the birth, the list of objections, the key
    spy.send("footfall/1/default/other/epoch", b"the broker keeps nothing by itself")
    spy.close()
    (raw,) = (raw for topic, raw in seen if topic == f"{TOPIC}/epoch")
    message = EpochKey.decode(envelope.unpack(raw).body)
    (path,) = (shop.collector.folder / "epoch-keys").rglob("*.key")
    key = path.read_bytes()
    assert message.opened(SENSOR, opener) == key
    late = Observer(mosquitto.host, mosquitto.port, "footfall/#")
    late.send("footfall/1/default/other/epoch", b"comes last")
    assert late.next() == ("footfall/1/default/other/epoch", b"comes last"), "nothing was retained before it"
    late.close()
    written = b"".join(one.read_bytes() for one in (tmp_path / "mosquitto").iterdir()) + caplog.text.encode()
    for spelt in (key, key.hex().encode()):
        assert spelt not in b"".join(raw for _, raw in seen)
        assert spelt not in written


def test_what_is_pushed_is_not_retained_either(mosquitto: Mosquitto, shop: SmallShop, ingest: Ingest) -> None:
    shop.collector.identity.rotate(14, "cli:ann", now_ms())
    (sensor,) = shop.collector.registry.sensors()
    listed = shop.collector.identity.trust(now_ms())
    assert listed is not None
    now = Observer(mosquitto.host, mosquitto.port, f"{TOPIC}/trust")
    ingest.say(shop.intake.downlink.trust(sensor, listed))
    assert now.next()[0] == f"{TOPIC}/trust"
    now.close()
    late = Observer(mosquitto.host, mosquitto.port, f"{TOPIC}/trust")
    late.send(f"{TOPIC}/trust", b"comes last")
    assert late.next()[1] == b"comes last"
    late.close()


def test_a_fleet_that_asks_at_once_is_answered(shop: SmallShop) -> None:
    """Two hundred units, born in one handful: each gets its own sealed answer, all of the same key."""
    openers = {f"unit-{number}": Opener() for number in range(200)}
    births = [shop.birth(replace(BIRTH, seal=opener.public), name) for name, opener in openers.items()]
    answers = shop.take(births, now_ms())
    said = [envelope.unpack(one.payload) for one in answers if one.topic.endswith("/epoch")]
    found = {bytes(EpochKey.decode(one.body).opened(one.sensor, openers[one.sensor])) for one in said}
    assert len(said) == 200
    assert len(found) == 1
