"""Campaigns over a simulated fleet: they stop where units fail, wait for who is away, and end as the dry run said."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import BOOT, SITE, TENANT, SmallShop
from wide_fleet import WideFleet

from collector.configuration import store
from collector.configuration.layers import Place, Scope
from collector.configuration.push import PushState
from collector.errors import QueryError
from collector.grouping.book import Book, Edit
from collector.ingest.intake import Message
from collector.records.audit import Audit
from collector.records.registry import Sensor
from collector.rollout import advance, terms
from collector.rollout.advance import CampaignState, Course, Sight, Unit, UnitState
from collector.rollout.book import Campaigns
from collector.rollout.terms import Amount, Terms
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth
from footfall_sensor.wire.settings import Configuration, Outcome, Result

ACME = Place(Scope.TENANT, "acme", "acme")
WHO = ("cli:ada", "quieter")
QUICK = Terms(terms.stages("5%,50%,100%"), Amount("3%"), soak_s=60, answer_s=600, at_once=10_000)


class Tower:
    """Campaigns over a simulated fleet whose sensors answer as `outcome` says."""

    def __init__(self, folder: Path, count: int) -> None:
        self.fleet = WideFleet(folder, count)
        self.book = Campaigns(self.fleet.engine)
        self.outcome: Callable[[Sensor], PushState | None] = lambda _: PushState.APPLIED

    def begin(self, chosen: Terms = QUICK, place: Place = ACME, dry: bool = False) -> int:
        begun = self.book.begin_options(place, {"window_s": "60"}, chosen, WHO, self.fleet.now_ms, dry)
        return begun.number or 0

    def run(self, steps: int, seconds: float = 40) -> None:
        for _ in range(steps):
            self.book.step(self.fleet.now_ms)
            self.fleet.answer(self.outcome)
            self.fleet.pass_s(seconds)

    def state(self, number: int = 1) -> CampaignState:
        return self.book.one(number)[0].course.state

    def units(self, state: UnitState, number: int = 1) -> list[str]:
        names = {sensor.id: name for name, sensor in self.fleet.sensors.items()}
        return sorted(names[unit.sensor_id] for unit in self.book.one(number)[1] if unit.state is state)


@pytest.fixture
def tower(tmp_path: Path) -> Tower:
    return Tower(tmp_path, 40)


def test_a_change_goes_from_stage_to_stage_and_then_is_the_layers(tower: Tower) -> None:
    tower.begin()
    tower.run(2)
    assert (len(tower.fleet.running()), tower.state()) == (2, CampaignState.RUNNING)
    tower.run(12)
    assert tower.state() is CampaignState.DONE
    assert set(tower.fleet.running().values()) == {'{"window_s": "60"}'}
    with tower.fleet.engine.begin() as connection:
        assert store.read_fleet(connection).layer(ACME).options == {"window_s": "60"}
    verbs = [row.verb for row in Audit(tower.fleet.engine).entries()]
    assert verbs == ["begin", "open stage", "open stage", "configure", "finish"]


def test_that_it_was_sent_proves_nothing(tower: Tower) -> None:
    """A unit that never says it runs it has failed, and the stage with it."""
    tower.begin()
    tower.outcome = lambda _: PushState.TRYING
    tower.run(20)
    assert tower.state() is CampaignState.STOPPED
    assert len(tower.units(UnitState.FAILED)) == 2
    assert {unit.says for unit in tower.book.one(1)[1]} == {"", "no proof within 10 minutes; it is connected"}


def test_2500_simulated_sensors_of_which_3_in_100_fail_stop_at_the_canary(tmp_path: Path) -> None:
    """This canary of 25 holds one of them; one in two would: 1 - 0.97 ** 25 = 53 %."""
    tower = Tower(tmp_path, 2500)
    tower.outcome = lambda one: (
        PushState.REVERTED if hashlib.sha256(one.name.encode()).digest()[0] < 8 else PushState.APPLIED
    )
    failing = sum(tower.outcome(one) is PushState.REVERTED for one in tower.fleet.sensors.values())
    assert 0.025 < failing / 2500 < 0.035
    tower.begin(Terms(terms.stages(terms.STAGES), Amount("3%"), soak_s=60, at_once=10_000))
    tower.run(4)
    campaign, units = tower.book.one(1)
    assert (campaign.course.state, campaign.course.stage) == (CampaignState.STOPPED, 0)
    assert len(tower.fleet.running()) == sum(unit.told_ms > 0 for unit in units) == 25


def test_paused_it_tells_nobody_and_cancelled_it_is_taken_back(tower: Tower) -> None:
    tower.begin()
    tower.run(2)
    tower.book.pause(1, *WHO, tower.fleet.now_ms)
    tower.run(10)
    assert (tower.state(), len(tower.fleet.running())) == (CampaignState.PAUSED, 2)
    tower.book.resume(1, *WHO, tower.fleet.now_ms)
    tower.run(2)
    assert len(tower.fleet.running()) == 20
    tower.book.cancel(1, *WHO, tower.fleet.now_ms)
    tower.run(5)
    assert (tower.state(), tower.fleet.running()) == (CampaignState.CANCELLED, {})
    with pytest.raises(QueryError, match="campaign 1 is cancelled: it cannot be resumed"):
        tower.book.resume(1, *WHO, tower.fleet.now_ms)


def test_what_somebody_has_looked_at_stops_it_no_more(tower: Tower) -> None:
    dry = tower.book.begin_options(ACME, {"window_s": "60"}, QUICK, WHO, tower.fleet.now_ms, dry=True)
    bad = dry.plan.turns[0].candidate.name
    tower.outcome = lambda one: PushState.REFUSED if one.name == bad else PushState.APPLIED
    tower.begin()
    tower.run(4)
    assert (tower.state(), tower.units(UnitState.FAILED)) == (CampaignState.STOPPED, [bad])
    tower.book.resume(1, *WHO, tower.fleet.now_ms)
    tower.run(14)
    assert (tower.state(), len(tower.units(UnitState.DONE))) == (CampaignState.DONE, 39)


def test_who_is_away_is_told_when_it_returns_and_not_waited_for_for_ever(tower: Tower) -> None:
    for name in ("s0003", "s0017"):
        tower.fleet.connect(name, False)
    tower.begin()
    tower.run(14)
    assert (tower.state(), tower.units(UnitState.WAITS)) == (CampaignState.RUNNING, ["s0003", "s0017"])
    tower.fleet.connect("s0003", True)
    tower.run(2)
    assert "s0003" in tower.units(UnitState.DONE)
    tower.fleet.pass_s(8 * 86_400)
    tower.run(1)
    assert (tower.state(), tower.units(UnitState.MISSED)) == (CampaignState.DONE, ["s0017"])


def test_a_unit_waits_for_those_that_need_its_uplink(tower: Tower) -> None:
    edits = [(f"s{number:04}", Edit(behind="s0000")) for number in range(1, 40)]
    Book(tower.fleet.engine).edit(edits, *WHO[:1], tower.fleet.now_ms)
    tower.outcome = lambda _: None
    tower.begin(Terms((Amount("100%"),), Amount("100%"), at_once=10_000))
    tower.run(2)
    assert tower.units(UnitState.WAITS) == ["s0000"]


def test_two_campaigns_never_have_the_same_sensor(tower: Tower) -> None:
    tower.begin(place=Place(Scope.SITE, "acme", "site-000"))
    second = tower.book.begin_options(ACME, {"dwell_ms": "500"}, QUICK, WHO, tower.fleet.now_ms, dry=True)
    assert (len(second.plan.turns), {one.left_out for one in second.plan.left_out}) == (15, {"campaign 1 has it"})


@pytest.mark.parametrize("options", [{"mode": "counts"}, {"associated": "on"}])
def test_what_tells_of_people_is_never_rolled_out_in_stages(tower: Tower, options: dict[str, str]) -> None:
    with pytest.raises(QueryError, match="it tells of people"):
        tower.book.begin_options(ACME, options, QUICK, WHO, tower.fleet.now_ms)


def test_what_the_dry_run_shows_is_what_happens(tower: Tower) -> None:
    tower.fleet.connect("s0005", False)
    dry = tower.book.begin_options(ACME, {"window_s": "60"}, QUICK, WHO, tower.fleet.now_ms, dry=True)
    assert tower.book.all() == []
    tower.begin()
    told: list[list[str]] = []
    for _ in range(16):
        before = set(tower.fleet.running())
        tower.run(1)
        if after := set(tower.fleet.running()) - before:
            told.append(sorted(after))
    stages: dict[int, list[str]] = {}
    for turn in dry.plan.turns:
        if turn.candidate.name != "s0005":
            stages.setdefault(turn.stage, []).append(turn.candidate.name)
    assert told == [sorted(names) for names in stages.values()]


@given(
    sight=st.lists(st.tuples(st.booleans(), st.sampled_from([None, True, False])), min_size=3, max_size=12),
    at_once=st.integers(1, 4),
)
@settings(max_examples=25)
def test_no_step_tells_more_than_its_stage_and_its_limit_allow(
    sight: list[tuple[bool, bool | None]], at_once: int
) -> None:
    chosen = Terms(terms.stages("1,50%,100%"), Amount("50%"), soak_s=0, at_once=at_once)
    sizes = terms.sizes(chosen.stages, len(sight))
    stage = [number for number, size in enumerate(sizes) for _ in range(size)]
    units = [Unit(number, number, stage[number]) for number in range(len(sight))]
    course = Course(chosen, CampaignState.RUNNING, 0, 10_000_000)
    for now_ms in range(0, 30_000, 1000):
        sights = {
            number: Sight(
                here, proved=proved if units[number].told_ms or units[number].state is UnitState.TOLD else None
            )
            for number, (here, proved) in enumerate(sight)
        }
        made = advance.step(course, units, sights, now_ms)
        by_id = {unit.sensor_id: unit for unit in made.changed}
        units = [by_id.get(unit.sensor_id, unit) for unit in units]
        course = made.course
        assert sum(unit.state is UnitState.TOLD for unit in units) <= at_once
        assert all(unit.stage <= course.stage for unit in units if unit.told_ms)
        assert all(sight[unit.sensor_id][0] for unit in made.told)
        opened = [unit for unit in units if unit.stage < course.stage]
        for number in range(course.stage):
            mine = [unit for unit in opened if unit.stage == number]
            assert 2 * sum(unit.state is UnitState.DONE for unit in mine) >= len(mine)


def test_a_real_collector_and_a_sensors_own_signed_word(tmp_path: Path) -> None:
    """The whole way of one unit: told by the campaign, sent by the pusher, on probation, and done by its own birth."""
    shop = SmallShop(tmp_path / "collector")
    shop.sensor("door")
    now_ms = 1_800_000_000_000
    book = Campaigns(shop.collector.registry.engine)

    def born(config: int, trial: bool) -> None:
        birth = Birth("0.1", "3.11", "mips", "lean", "tokens", 0, wants_key=False, config=config, trial=trial)
        shop.take([shop.birth(birth, "door", BOOT)], now_ms)
        shop.intake.refresh(now_ms)

    def state() -> UnitState:
        book.step(now_ms)
        shop.intake.refresh(now_ms)
        return book.one(1)[1][0].state

    born(0, trial=False)
    book.begin_options(Place(Scope.SITE, TENANT, SITE), {"window_s": "60"}, QUICK, WHO, now_ms)
    assert state() is UnitState.TOLD
    sent = [envelope.unpack(item.payload) for item in shop.intake.due(now_ms) if item.topic.endswith("/config")]
    assert [Configuration.decode(one.body).options for one in sent] == [{"window_s": "60"}]
    result = Result(Outcome.TRYING, version=1).encode()
    shop.take([Message(f"footfall/1/{TENANT}/door/result", shop.seal_body(Kind.RESULT, result, "door"))], now_ms)
    born(1, trial=True)
    assert state() is UnitState.TOLD
    born(1, trial=False)
    assert state() is UnitState.DONE
