"""Packages: proof is another start that runs the new version; what cannot go back is not told to go forward."""

from dataclasses import replace
from pathlib import Path

import pytest
from shop import SmallShop
from sqlalchemy import select, update
from wide_fleet import WideFleet

from collector import schema
from collector.configuration.outbox import Outbox
from collector.database import writing
from collector.downlink.sealing import Outgoing
from collector.errors import QueryError
from collector.grouping.book import Book, Edit
from collector.ingest.intake import Message
from collector.rollout import terms
from collector.rollout.advance import CampaignState, UnitState
from collector.rollout.book import Campaigns
from collector.rollout.packages import Package
from collector.rollout.terms import Amount, Terms
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth, Health, Totals
from footfall_sensor.wire.release import Offer, Release
from footfall_sensor.wire.settings import Command, Outcome, Result, Verb

OLD = Offer(Release("footfall-sensor", "0.1.0-r1", "ipk", 1000, b"o" * 32), b"k" * 8, b"s" * 64, "http://h/old.ipk")
NEW = Offer(Release("footfall-sensor", "0.2.0-r1", "ipk", 1200, b"n" * 32), b"k" * 8, b"s" * 64, "http://h/new.ipk")
CARGO = Package(NEW, (OLD,))
WHO = ("cli:ada", "")
QUICK = Terms(terms.stages("2,100%"), Amount("1"), soak_s=30, answer_s=600)


class Depot:
    """Package campaigns over a simulated fleet."""

    def __init__(self, folder: Path, count: int = 6) -> None:
        self.fleet = WideFleet(folder, count)
        self.book = Campaigns(self.fleet.engine)
        self.names = list(self.fleet.sensors)

    def begin(self, cargo: Package = CARGO, dry: bool = False) -> dict[str, str]:
        begun = self.book.begin_package(cargo, self.names, QUICK, WHO, self.fleet.now_ms, dry)
        return {one.name: one.left_out for one in begun.plan.left_out}

    def report(self, name: str, version: str, boot: int = 1) -> None:
        table = schema.reports
        with writing(self.fleet.engine).begin() as connection:
            mine = table.c.sensor_id == self.fleet.sensors[name].id
            connection.execute(update(table).where(mine).values(version=version, boot=boot))

    def step(self) -> list[str]:
        """Who is told by now and has not settled."""
        self.fleet.pass_s(40)
        self.book.step(self.fleet.now_ms)
        names = {sensor.id: name for name, sensor in self.fleet.sensors.items()}
        return [names[unit.sensor_id] for unit in self.book.one(1)[1] if unit.state is UnitState.TOLD]

    def orders(self, verb: Verb) -> int:
        with self.fleet.engine.begin() as connection:
            return len(connection.execute(select(schema.commands).where(schema.commands.c.verb == verb)).all())


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot(tmp_path)


def test_the_new_version_of_another_start_is_proof_and_nothing_else_is(depot: Depot) -> None:
    depot.begin()
    first, second = depot.step()
    depot.report(first, "0.2.0", boot=1)  # the version of a start that was there before it was told
    depot.report(second, "0.1.0", boot=2)  # another start, of the old version
    assert depot.step() == [first, second]
    for name in (first, second):
        depot.report(name, "0.2.0", boot=2)
    assert len(depot.step()) == 0
    assert len(depot.step()) == 4
    assert (depot.orders(Verb.UPGRADE), depot.orders(Verb.KEEP)) == (6, 2)


def test_a_unit_that_goes_back_later_has_failed_and_stops_it(depot: Depot) -> None:
    depot.begin()
    first, second = depot.step()
    for name in (first, second):
        depot.report(name, "0.2.0", boot=2)
    assert depot.step() == []
    depot.report(first, "0.1.0", boot=3)
    depot.step()
    campaign, units = depot.book.one(1)
    assert campaign.course.state is CampaignState.STOPPED
    assert [unit.says for unit in units if unit.state is UnitState.FAILED] == ["it went back to 0.1.0"]


def test_who_is_left_out_is_told_why(depot: Depot) -> None:
    for name, version in zip(depot.names, ("0.2.0", "0.3.0", "0.0.9", "", "0.1.0", "0.1.0"), strict=True):
        depot.report(name, version)
    left_out = depot.begin(dry=True)
    assert list(left_out.values()) == [
        "it runs 0.2.0 already",
        "it runs 0.3.0, which is newer: a package is never replaced by an older one",
        "there is no package of 0.0.9 to go back to: --back gives it",
        "it has never said which version it runs",
    ]
    assert CARGO.left_out("0.1.0", "lean") == "it has the package footfall-sensor-lean"


def test_a_way_back_that_is_none_is_refused(depot: Depot) -> None:
    newer = replace(OLD, release=replace(OLD.release, version="0.2.0-r2"))
    with pytest.raises(QueryError, match="not older than"):
        depot.begin(Package(NEW, (newer,)))


def test_a_unit_behind_is_upgraded_before_the_one_that_carries_it(depot: Depot) -> None:
    carrier = depot.names[0]
    edits = [(name, Edit(behind=carrier)) for name in depot.names[1:]]
    Book(depot.fleet.engine).edit(edits, "cli:ada", depot.fleet.now_ms)
    depot.begin()
    told = []
    for _ in range(8):
        for name in depot.step():
            told.append(name)
            depot.report(name, "0.2.0", boot=2)
    assert (len(told), told[-1]) == (6, carrier)


class Door:
    """One sensor at a real collector's intake."""

    def __init__(self, folder: Path) -> None:
        self.shop = SmallShop(folder)
        self.shop.sensor("door")
        self.engine = self.shop.collector.registry.engine
        self.book = Campaigns(self.engine)
        self.now_ms = 1_800_000_000_000

    def born(self, version: str, boot: bytes, time_ms: int = 1_800_000_000_000) -> None:
        birth = Birth(version, "3.11", "mips", "full", "tokens", time_ms, wants_key=False)
        self.shop.take([self.shop.birth(birth, "door", boot)], self.now_ms)
        self.look()

    def look(self) -> None:
        self.shop.intake.refresh(self.now_ms)
        self.book.step(self.now_ms)
        self.shop.intake.refresh(self.now_ms)

    def commands(self) -> list[Command]:
        sent: list[Outgoing] = self.shop.intake.due(self.now_ms)
        return [Command.decode(envelope.unpack(one.payload).body) for one in sent if one.topic.endswith("/command")]

    def says(self, outcome: Outcome, says: str, command: bytes) -> None:
        body = Result(outcome, says, command=command).encode()
        sealed = self.shop.seal_body(Kind.RESULT, body, "door")
        self.shop.take([Message("footfall/1/default/door/result", sealed)], self.now_ms)
        self.look()


@pytest.fixture
def door(tmp_path: Path) -> Door:
    made = Door(tmp_path / "collector")
    made.born("0.1.0", b"old boot")
    made.book.begin_package(CARGO, ["door"], QUICK, WHO, made.now_ms)
    made.look()
    return made


def test_the_order_carries_both_releases_and_the_new_start_hears_that_it_was_heard(door: Door) -> None:
    (order,) = door.commands()
    assert (order.verb, order.boot, order.new, order.back) == (Verb.UPGRADE, b"old boot", NEW, OLD)
    door.says(Outcome.OK, "", order.id)
    assert door.book.one(1)[1][0].state is UnitState.TOLD
    door.born("0.2.0", b"new boot")
    assert door.book.one(1)[1][0].state is UnitState.DONE
    assert [(one.verb, one.boot) for one in door.commands()] == [(Verb.KEEP, b"new boot")]


@pytest.mark.parametrize("late_ms", [0, 9 * 60_000])
def test_a_units_no_is_believed_however_late_it_comes(door: Door, late_ms: int) -> None:
    (order,) = door.commands()
    door.says(Outcome.OK, "", order.id)
    door.now_ms += late_ms
    door.look()
    door.says(Outcome.REVERTED, "the collector was not heard", order.id)
    unit = door.book.one(1)[1][0]
    assert (unit.state, unit.says) == (UnitState.FAILED, "reverted: the collector was not heard")
    assert Outbox(door.engine).last_orders()[0].state == "reverted"


def test_an_agent_from_before_refuses_by_name_and_has_failed(door: Door) -> None:
    (order,) = door.commands()
    door.says(Outcome.REFUSED, "'upgrade' is no command; known are: keep, kick, report, resend, restart", order.id)
    assert door.book.one(1)[0].course.state is CampaignState.STOPPED


def test_a_start_that_does_not_know_the_time_yet_is_told_when_it_does(tmp_path: Path) -> None:
    """It would refuse, and a unit that has just come back would count as failed."""
    made = Door(tmp_path / "collector")
    made.born("0.1.0", b"old boot", time_ms=0)
    made.book.begin_package(CARGO, ["door"], QUICK, WHO, made.now_ms)
    made.look()
    assert made.commands() == []
    made.shop.take([made.shop.health(Health(Totals(), 5.0, made.now_ms), "door", b"old boot")], made.now_ms)
    assert [one.verb for one in made.commands()] == [Verb.UPGRADE]
