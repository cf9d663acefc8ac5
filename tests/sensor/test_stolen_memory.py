"""A unit is taken away with the power on: what its memory still says of the epoch before.

The real program as a process of its own, on a TAP interface, with a real mosquitto; its memory is read as the kernel
shows it. Needs root. The collector is a stand-in that gives epochs of seconds.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import air
import canaries
import pytest
import tap
from brokers import MOSQUITTO, Mosquitto
from posts import TENANT, StandInCollector, until
from process_memory import count, sha256_state, size_bytes
from tap import Tap

from footfall_sensor import config, config_file
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.wire import batch
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth, EpochKey

pytestmark = pytest.mark.broker
MACS = canaries.addresses(40)
YESTERDAY, TODAY = os.urandom(32), os.urandom(32)


def _needles(key: bytes) -> dict[str, bytes]:
    block = key.ljust(64, b"\0")
    return {
        "key": key,
        "inner": sha256_state(bytes(byte ^ 0x36 for byte in block)),
        "outer": sha256_state(bytes(byte ^ 0x5C for byte in block)),
    }


def test_the_state_that_is_looked_for_is_that_of_sha256() -> None:
    """Or the search below would find nothing for another reason: a message of one block, finished by hand."""
    import hashlib

    last = b"\x80" + bytes(61) + (64 * 8).to_bytes(2, "big")  # the padding of a message of 64 bytes
    first = sha256_state(bytes(range(64)))
    assert first != sha256_state(last)
    two_blocks = hashlib.sha256(bytes(range(55))).digest()
    one = sha256_state(bytes(range(55)) + b"\x80" + (55 * 8).to_bytes(8, "big"))
    words = [one[at : at + 4] for at in range(0, 32, 4)]
    assert b"".join(word[::-1] if sys.byteorder == "little" else word for word in words) == two_blocks


@pytest.fixture
def mon0() -> Iterator[Tap]:
    tap.skip_unless_possible()
    if not MOSQUITTO:
        pytest.skip("mosquitto is not installed; `make test` installs it (Debian package mosquitto)")
    with tap.Namespace(), Tap() as made:
        made.sent()
        yield made


class Epochs(StandInCollector):
    """Gives a first epoch that turns a few seconds after it was asked for, and a second without end."""

    turn_ms = 0

    def give_key(self, sensor: str, seal_for: bytes, *_: object, **__: object) -> None:
        asked_ms = next(
            Birth.decode(post.envelope.body).time_ms for post in self.seen[::-1] if post.envelope.kind is Kind.BIRTH
        )
        self.turn_ms = self.turn_ms or asked_ms + 7000
        if asked_ms >= self.turn_ms:
            message = EpochKey("today", self.turn_ms, 1 << 42, TODAY, 1 << 42)
        else:
            message = EpochKey("yesterday", 0, self.turn_ms, YESTERDAY, 1 << 42)
        self.send(sensor, "epoch", self.seal(Kind.EPOCH, sensor, message.sealed(sensor, seal_for).encode()))


@pytest.mark.parametrize("openssl", [True, False], ids=["with OpenSSL", "without, as a lean unit"])
def test_yesterdays_key_is_not_in_the_memory_of_a_running_agent(mon0: Tap, tmp_path: Path, openssl: bool) -> None:
    """Before the turn the keyed states are there, or no token could be made; after it neither key nor state is."""
    broker = Mosquitto(tmp_path)
    broker.start()
    collector = Epochs(broker.host, broker.port)
    collector.answering = True
    process = _start(tmp_path, broker, collector, openssl)
    numbers = iter(range(1 << 20))

    def hear() -> None:
        for mac in MACS:
            mon0.hear(air.plain(-50) + air.probe(mac=mac, seq=next(numbers) & 0xFFF))
        time.sleep(0.1)

    try:
        until(lambda: _tokens(collector, "yesterday") >= 40, hear, "tokens of the first epoch")
        before = count(process.pid, _needles(YESTERDAY))
        until(lambda: time.time_ns() // 1_000_000 > collector.turn_ms + 1000, hear, "the turn")
        until(lambda: _tokens(collector, "today") >= 40, hear, "tokens of the second epoch")
        after = count(process.pid, _needles(YESTERDAY))
        now = count(process.pid, _needles(TODAY))
        print(f"{size_bytes(process.pid) >> 20} MiB searched; before {before}, after {after}, of today {now}")
    finally:
        process.terminate()
        process.wait(15)
        collector.close()
        broker.kill()
    assert before["inner"] > 0, "the search finds a state where there must be one"
    assert before["outer"] > 0
    assert now["inner"] > 0
    assert (before["key"], now["key"]) == (0, 0), "the key itself is overwritten once the states are made"
    assert after == {"key": 0, "inner": 0, "outer": 0}


def _tokens(collector: StandInCollector, epoch: str) -> int:
    """How many of the addresses' tokens have come in batches of this epoch."""
    key = {"yesterday": YESTERDAY, "today": TODAY}[epoch]
    wanted = {int.from_bytes(Pseudonymiser(key).token(mac), "little") for mac in MACS}
    seen: set[int] = set()
    for post in list(collector.seen):
        if post.envelope.kind is Kind.BATCH:
            decoded = batch.decode(post.envelope.body)
            if decoded.epoch == epoch:
                seen |= {row.token for row in decoded.columns}
    return len(wanted & seen)


def _start(folder: Path, broker: Mosquitto, collector: StandInCollector, openssl: bool) -> "subprocess.Popen[bytes]":
    options = {
        "name": "door",
        "tenant": TENANT,
        "broker_host": broker.host,
        "broker_port": str(broker.port),
        "window_s": "5",
        "rate_per_s": "0",
        "state_dir": str(folder / "etc"),
        "run_dir": str(folder / "run"),
        "clock": "ntp",
        "clock_file": str(folder / "clock"),
        "prometheus_dir": str(folder / "none"),
    }
    made = config.from_options(options)
    (folder / "etc").mkdir()
    made.collector_key_path.write_text(collector.secret.public.text())
    (folder / "footfall").write_text(config_file.render(made))
    (folder / "clock").write_text("stratum 2 0\n")
    words = ["run", "--config", str(folder / "footfall")]
    code = "import sys; sys.modules['_hashlib'] = None; from footfall_sensor.__main__ import main; sys.exit(main())"
    command = ["-m", "footfall_sensor", *words] if openssl else ["-c", code, *words]
    with (folder / "stderr").open("ab") as errors:
        return subprocess.Popen([sys.executable, *command], stderr=errors, stdout=errors)
