"""The collector's key is handed on while sensors go on working, and the old one is gone afterwards."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import SmallShop, at

from collector.downlink import numbering
from collector.downlink.sealing import Downlink, Outgoing, Settled
from collector.errors import SettingsError
from collector.keys.identity import DAY_MS, UNFINISHED_S, Identity
from collector.options.settings import Settings
from collector.records.audit import Audit
from collector.records.registry import Sensor
from footfall_sensor import keys, signing
from footfall_sensor.downward import Downward
from footfall_sensor.errors import Malformed
from footfall_sensor.floors import Floors
from footfall_sensor.trusted import Trusted
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth
from tools.cli import cli

BIRTH = Birth("0.1", "3.11", "mips", "lean", "tokens", time_ms=0, wants_key=False)
NOW_MS = at(12)


class Unit:
    """The part of a real sensor that hears the collector, with its real files."""

    def __init__(self, folder: Path, name: str, pinned: Path) -> None:
        folder.mkdir()
        (folder / "collector.pub").write_text(pinned.read_text())
        self.name = name
        self._folder = folder
        self.start()

    def start(self) -> None:
        trusted = Trusted(
            self.name, self._folder / "collector.pub", self._folder / "collector.trust", signing.backend().verify
        )
        self._trusted = trusted
        self._downward = Downward(self.name, trusted, Floors(self._folder / "floors"))

    def hear(self, said: Outgoing) -> None:
        order = self._downward.accept(said.topic.rpartition("/")[2], said.payload, None)
        if order is not None and order.kind is Kind.TRUST:
            self._downward.take_trust(order, None)

    @property
    def birth(self) -> Birth:
        return replace(BIRTH, trust=self._trusted.version)


class Fleet:
    """A collector and two units that were given its key by hand."""

    def __init__(self, folder: Path) -> None:
        self.shop = SmallShop(folder / "c", settings=Settings())
        self.births = 0
        self.folder = self.shop.collector.folder
        self.identity = self.shop.collector.identity
        for name in ("door", "window"):
            self.shop.sensor(name)
        self.units = [Unit(folder / name, name, self.folder / "collector.key.pub") for name in ("door", "window")]

    def born(self, unit: Unit, now_ms: int = NOW_MS) -> int:
        """A unit says its birth and hears the answers; how many there were."""
        self.shop.intake.use(self.identity.secret())
        self.births += 1  # each a second after the one before: the door has its rates
        answers = self.shop.take([self.shop.birth(unit.birth, unit.name)], now_ms + 1000 * self.births)
        for said in answers:
            unit.hear(said)
        return len(answers)

    def ack(self, unit: Unit, secret: keys.SecretKey) -> Outgoing:
        sensor = next(one for one in self.shop.collector.registry.sensors() if one.name == unit.name)
        return Downlink(secret).acks([Settled(sensor, b"boot id.", 0, stored=True)])[0]

    def states(self) -> list[str]:
        return [one.state for one in self.identity.states()]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def test_a_rotation_reaches_every_sensor_and_ends_when_all_have_answered(fleet: Fleet) -> None:
    """Told at birth, both keys count meanwhile; the last answer retires the old key, and its word counts no more."""
    old = fleet.identity.secret()
    assert fleet.born(fleet.units[0]) == 0, "before a rotation there is nothing to tell"
    fleet.identity.rotate(14, "cli:ann", NOW_MS)
    assert [fleet.born(unit) for unit in fleet.units] == [1, 1]
    assert fleet.identity.behind() == 2, "they have heard it, and not said so yet"
    assert fleet.born(fleet.units[0]) == 0
    assert fleet.identity.tend(NOW_MS) == ""
    assert fleet.born(fleet.units[1]) == 0
    assert fleet.identity.tend(NOW_MS) == old.id.hex()
    assert fleet.states() == ["retired", "signing"]
    new = fleet.identity.secret()
    assert new != old
    for unit in fleet.units:
        unit.hear(fleet.ack(unit, new))
        unit.hear(fleet.ack(unit, old))
        assert fleet.born(unit) == 1, "the list of the new key alone"
        unit.start()
        with pytest.raises(Malformed, match="not signed"):
            unit.hear(fleet.ack(unit, old))
        unit.hear(fleet.ack(unit, new))


def test_a_rotation_ends_with_its_overlap_though_a_sensor_is_away(fleet: Fleet) -> None:
    """It says in the audit log how many are left behind; the sensor takes nothing until it gets the key by hand."""
    fleet.identity.rotate(14, "cli:ann", NOW_MS)
    here, away = fleet.units
    fleet.born(here)
    fleet.born(here)
    assert fleet.identity.tend(NOW_MS + 14 * DAY_MS - 1) == ""
    assert fleet.identity.tend(NOW_MS + 14 * DAY_MS) != ""
    with pytest.raises(Malformed, match="not signed"):
        fleet.born(away, NOW_MS + 15 * DAY_MS)
    says = [entry.says for entry in Audit(fleet.shop.collector.registry.engine).entries() if entry.verb == "retire"]
    assert len(says) == 1
    assert says[0].endswith("1 sensors do not know the next")


def test_a_sensor_that_is_not_approved_holds_up_nothing(fleet: Fleet) -> None:
    fleet.identity.rotate(14, "cli:ann", NOW_MS)
    fleet.born(fleet.units[0])
    fleet.born(fleet.units[0])
    assert fleet.identity.behind() == 1
    from collector.records.roster import Roster
    from collector.records.standing import Standing

    Roster(fleet.shop.collector.registry.engine).move("window", Standing.REVOKED, "stolen", "cli:ann", NOW_MS)
    assert fleet.identity.behind() == 0


def test_rotations_follow_each_other(fleet: Fleet) -> None:
    """Five in a row: versions grow, units follow, and a unit that is new gets along with the key of its day."""
    for number in range(5):
        fleet.identity.rotate(14, "cli:ann", NOW_MS + number)
        for unit in fleet.units:
            while fleet.born(unit):
                pass
        assert fleet.identity.tend(NOW_MS + number) != ""
        for unit in fleet.units:
            while fleet.born(unit):
                pass
    assert {unit.birth.trust for unit in fleet.units} == {10}
    fresh = Unit(fleet.folder / "fresh", "window", fleet.folder / "collector.key.pub")
    assert fleet.born(fresh) == 1
    assert fresh.birth.trust == 10
    assert fleet.states() == ["retired"] * 5 + ["signing"]


def test_two_rotations_at_once_are_refused(fleet: Fleet) -> None:
    fleet.identity.rotate(14, "cli:ann", NOW_MS)
    with pytest.raises(SettingsError, match="under way"):
        fleet.identity.rotate(14, "cli:ann", NOW_MS)


def secrets_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_retired_secret_is_nowhere_in_the_folder(fleet: Fleet) -> None:
    """Neither its text nor its bytes; the audit log and the book name its public half only."""
    old = fleet.identity.secret()
    text = old.text().splitlines()[1].encode()
    assert any(text in raw for raw in secrets_in(fleet.folder).values())
    with (fleet.folder / "collector.key").open("rb") as held:
        fleet.identity.rotate(1, "cli:ann", NOW_MS)
        fleet.identity.tend(NOW_MS + DAY_MS)
        assert set(held.read()) == {0}, "its blocks were overwritten before they were freed"
    everything = secrets_in(fleet.folder)
    assert not [name for name, raw in everything.items() if text in raw or old.seed in raw]
    assert not {"collector.key.old", "collector.key.next", "collector.key.next.pub"} & set(everything)


@pytest.mark.parametrize("step", ["linked", "swapped"])
def test_a_kill_in_the_middle_of_the_change_is_taken_up(fleet: Fleet, step: str) -> None:
    """Between any two of its steps: the next look finishes it, one key signs, none is left lying about."""
    old = fleet.identity.secret()
    following = fleet.identity.rotate(1, "cli:ann", NOW_MS)
    if step == "linked":
        os.link(fleet.folder / "collector.key", fleet.folder / "collector.key.old")
    else:
        fleet.identity._swap()
    again = Identity(fleet.folder, fleet.shop.collector.registry.engine)
    again.tend(NOW_MS + DAY_MS)
    os.utime(fleet.folder / "collector.key", None)
    for path in fleet.folder.glob("collector.key.next"):
        os.utime(path, (time.time() - UNFINISHED_S - 1,) * 2)
    again.tend(NOW_MS + DAY_MS)
    assert again.secret().public == following.key
    assert fleet.states() == ["retired", "signing"]
    text = old.text().splitlines()[1].encode()
    left = secrets_in(fleet.folder)
    assert not [name for name, raw in left.items() if text in raw]
    assert "collector.key.next" not in left
    assert len([entry for entry in Audit(again._engine).entries() if entry.verb == "retire"]) == 1


def test_numbers_go_on_where_they_were_when_the_clock_is_set_back(tmp_path: Path) -> None:
    """A collector that starts an hour earlier than it ended is still believed."""
    secret = signing.backend().generate()
    shop = SmallShop(tmp_path / "c", settings=Settings())
    shop.sensor()
    (sensor,) = shop.collector.registry.sensors()
    clock_us = [10_000_000_000]

    def number(downlink: Downlink) -> int:
        said = downlink.acks([Settled(sensor, b"boot id.", 0, stored=True)])[0]
        return envelope.unpack(said.payload).number

    first = Downlink(secret, now_us=lambda: clock_us[0])
    assert number(first) == 10_000_000_001
    clock_us[0] += 5_000_000
    assert number(first) == 10_005_000_000, "UTC, as long as that grows"
    numbering.keep(tmp_path, first.number)
    clock_us[0] -= 3_600_000_000
    second = Downlink(secret, first=numbering.load(tmp_path) + 1, now_us=lambda: clock_us[0])
    assert number(second) > 10_005_000_000
    numbering.keep(tmp_path, 5)
    assert numbering.load(tmp_path) == 10_005_000_000
    (tmp_path / numbering.FILE_NAME).write_bytes(b"\xff")
    assert numbering.load(tmp_path) == 0


def test_the_commands_rotate_and_list(fleet: Fleet) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["collector", "key", *words, "--dir", str(fleet.folder)])
        return done.exit_code, done.output

    before = json.loads(run("list", "--json")[1])
    assert [one["state"] for one in before["keys"]] == ["signing"]
    code, says = run("rotate", "--overlap-days", "3")
    assert code == 0
    assert "2 sensors have to hear of it" in says
    assert run("rotate")[0] == 1
    after = json.loads(run("list", "--json")[1])
    assert [one["state"] for one in after["keys"]] == ["signing", "next"]
    assert after["behind"] == 2
    assert "2 approved sensors do not know" in run("list")[1]
    assert run("rotate", "--overlap-days", "0")[0] == 2


def settled() -> Settled:
    return Settled(Sensor(1, "default", "door", "shop", b"", b""), b"boot id.", 0, stored=True)


def test_a_number_of_a_clock_a_year_ahead_is_given_up_when_the_clock_is_right(tmp_path: Path) -> None:
    """Sensors take no number more than a day ahead; kept for ever, it would have them refuse everything for a year."""
    clock_us = [5_000_000]
    downlink = Downlink(signing.backend().generate(), now_us=lambda: clock_us[0])
    clock_us[0] += 365 * 86_400_000_000
    downlink.acks([settled()])
    numbering.keep(tmp_path, downlink.number)
    clock_us[0] = 6_000_000
    assert envelope.unpack(downlink.acks([settled()])[0].payload).number == 6_000_000
    numbering.keep(tmp_path, downlink.number)
    assert numbering.load(tmp_path) == 6_000_000


def test_processes_go_on_from_the_highest_number_that_any_of_them_gave(tmp_path: Path) -> None:
    """A clock that was an hour ahead for a moment must not shut out who said nothing in that moment."""
    clock_us = [5_000_000]
    chief, worker = (Downlink(signing.backend().generate(), now_us=lambda: clock_us[0]) for _ in range(2))
    clock_us[0] += 3_600_000_000
    chief.acks([settled()])
    clock_us[0] -= 3_600_000_000
    numbering.keep(tmp_path, chief.number)
    worker.reach(numbering.load(tmp_path))
    assert envelope.unpack(worker.acks([settled()])[0].payload).number > chief.number
