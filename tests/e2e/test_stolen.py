"""The day after: neither a stolen unit nor the whole disk of the collector confirms that anybody was there.

The real agent and the real collector (intake, store, registry, epoch keys, all on real files) in VIRTUAL time: clocks,
air and broker are simulated, so that a day's turn takes seconds. The agent's own memory is searched in a real process,
by tests/sensor/test_stolen_memory.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import air
import attack
import canaries
import pyarrow.parquet as pq
import pytest
from virtual import SECRET, START_MS, Unit, VirtualClock, VirtualCollector

from collector import durable, folder
from collector.folder import Collector
from collector.ingest.intake import Intake
from collector.ingest.intake import Message as Upward
from collector.options.settings import Settings
from collector.records.audit import Audit
from collector.records.registry import Site, Tenant
from footfall_sensor import keys
from footfall_sensor.uplink import Message

ADDRESSES = canaries.addresses(1000)
HOUR_MS = 3_600_000
TURN_MS = START_MS + HOUR_MS  # the tenant's day turns at 01:00 UTC
HEARD_MS = START_MS + 1_800_000  # half an hour before, over ten minutes


def _frames() -> Iterator[tuple[int, bytes]]:
    for number, mac in enumerate(ADDRESSES):
        yield HEARD_MS + number * 600, air.plain(-50) + air.probe(mac=mac, seq=number)


@dataclass
class Bridge(VirtualCollector):
    """SIMULATED broker: hands what the agent publishes to the real intake, and its answers back."""

    intake: Intake | None = None

    def publish(self, leaf: str, payload: bytes) -> bool:
        assert self.intake
        for said in self.intake.take([Upward(f"footfall/1/default/door/{leaf}", payload)], self.clock.true_ms):
            self.events.put(Message(said.topic.rpartition("/")[2], said.payload))
        return True


@dataclass
class Line:
    """A unit and a collector, each with its folder."""

    unit: Unit
    collector: Collector
    unit_folder: Path

    @property
    def unit_image(self) -> bytes:
        """Its flash and what lies in its RAM file system: keys, lists, spool, status."""
        return attack.files(self.unit_folder)

    @property
    def collector_image(self) -> bytes:
        return attack.files(self.collector.folder)

    @property
    def tokens(self) -> set[bytes]:
        """Every token that the collector has stored."""
        found: set[bytes] = set()
        for path in durable.parquet_files(self.collector.folder / "data"):
            table = pq.read_table(path)
            if "token" in table.column_names:
                found |= {value.to_bytes(8, "little", signed=True) for value in table["token"].to_pylist()}
        return found

    def run_to(self, utc_ms: int) -> None:
        """Time passes; the keeper looks once a minute."""
        while self.unit.clock.true_ms < utc_ms:
            self.unit.run_s(min(60.0, (utc_ms - self.unit.clock.true_ms) / 1000 + 0.001))
            self.collector.epochs.destroy_ended(self.unit.clock.true_ms)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """The evening: a thousand phones have been heard and stored, and the day has not turned yet."""
    base = tmp_path_factory.mktemp("stolen")
    folder.create(base / "collector", Settings())
    collector = folder.open_folder(base / "collector")
    collector.registry.put_tenant(Tenant(epoch_turn_h=1))
    collector.registry.put_site(Site("default", "shop"))
    collector.registry.put_sensor("default", "door", "shop", SECRET.public.id, SECRET.public.raw)
    intake = collector.intake()

    def bridge(clock: VirtualClock) -> Bridge:
        intake.downlink._now_us = lambda: clock.true_ms * 1000
        return Bridge(clock, intake=intake)

    (base / "unit").mkdir()
    pinned = keys.read_public(base / "collector" / "collector.key.pub")
    unit = Unit(base / "unit", _frames(), uplink=bridge, collector_key=pinned, tenant="default")
    unit.air.beacons_a_s = 10  # else silence is taken for a deaf radio
    made = Line(unit, collector, base / "unit")
    made.run_to(HEARD_MS + 15 * 60_000)
    return made


@pytest.fixture(scope="module")
def yesterday(line: Line) -> set[bytes]:
    """The tokens of the day, as somebody has copied them. The attack is tried on the day itself first: it works."""
    tokens = line.tokens
    assert len(tokens) == 1000
    found = attack.confirmed(line.collector_image, ADDRESSES, tokens, _turned_by(line))
    assert found == 1000, "with both keys it is no secret who came"
    return tokens


@pytest.fixture(scope="module")
def turned_by(line: Line, yesterday: set[bytes]) -> bytes:
    """What the day's tokens were turned with, copied on the day: the attacks of the day after have it for nothing."""
    return _turned_by(line)


def _turned_by(line: Line) -> bytes:
    (path,) = (line.collector.folder / "epoch-keys").rglob("*.blind")
    return path.read_bytes()


@pytest.fixture(scope="module")
def day_after(line: Line, turned_by: bytes) -> Line:
    line.run_to(TURN_MS + 5 * 60_000)
    assert line.unit.live._epoch is not None
    assert line.unit.live._epoch.start_ms == TURN_MS, "the line goes on under the next key"
    return line


def test_a_stolen_units_flash_and_ram_disk_confirm_nobody_even_on_the_same_day(line: Line) -> None:
    """The key is in the memory of the process and on none of its file systems."""
    tokens = {attack.token(path.read_bytes(), mac) for path in _key_files(line) for mac in ADDRESSES}
    assert attack.confirmed(line.unit_image, ADDRESSES, tokens) == 0


def test_the_days_epoch_key_alone_finds_nobody_in_the_store(line: Line) -> None:
    """A unit that is stolen while it runs has the day's key in its memory; a copy of the store is of no use to it."""
    (path,) = _key_files(line)
    assert not {attack.token(path.read_bytes(), mac) for mac in ADDRESSES} & line.tokens


def _key_files(line: Line) -> list[Path]:
    return sorted((line.collector.folder / "epoch-keys").rglob("*.key"))


def test_the_day_after_a_stolen_unit_confirms_nobody(day_after: Line, yesterday: set[bytes], turned_by: bytes) -> None:
    """0 of 1,000 known addresses, by every 32 bytes of everything it keeps."""
    assert attack.confirmed(day_after.unit_image, ADDRESSES, yesterday, turned_by) == 0


def test_the_day_after_the_collectors_whole_disk_confirms_nobody(
    day_after: Line, yesterday: set[bytes], turned_by: bytes
) -> None:
    """0 of 1,000 known addresses, by every 32 bytes of every file, the database's log and free pages among them."""
    assert yesterday <= day_after.tokens, "the tokens themselves are still there: it is the key that is gone"
    assert attack.confirmed(day_after.collector_image, ADDRESSES, yesterday, turned_by) == 0
    (entry,) = Audit(day_after.collector.registry.engine).entries()
    assert (entry.actor, entry.verb) == ("collector", "destroy")
    assert entry.object.startswith("epoch default/")


def test_the_day_after_the_key_of_today_opens_nothing_of_yesterday(
    day_after: Line, yesterday: set[bytes], turned_by: bytes
) -> None:
    """Keys are random and not derived from each other."""
    (path,) = _key_files(day_after)
    tokens = [attack.token(path.read_bytes(), mac) for mac in ADDRESSES]
    assert not set(attack.turned(tokens, turned_by)) & yesterday


@pytest.mark.parametrize("spelling", ["raw", "hex", "base64"])
def test_the_attack_finds_a_key_that_is_hidden_among_other_bytes(spelling: str) -> None:
    """Whatever lies around it and wherever it begins."""
    import base64
    import os

    key, junk = os.urandom(32), os.urandom(999)
    spelt = {"raw": key, "hex": key.hex().encode(), "base64": base64.b64encode(key)}[spelling]
    tokens = {attack.token(key, mac) for mac in ADDRESSES[:100]}
    assert attack.confirmed(junk + b" " + spelt + b" " + junk, ADDRESSES, tokens) == 100
    assert attack.confirmed(junk, ADDRESSES, tokens) == 0
