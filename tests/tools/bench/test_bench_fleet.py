"""The curve of simulated fleets: where it is said to bend, from outcomes that were not measured."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from tools.bench import fleet
from tools.bench.fleet_result import FleetResult, Point
from tools.errors import ToolError
from tools.simulate.fleet.account import Account
from tools.simulate.fleet.lag import Lag
from tools.simulate.fleet.outcome import Cost, Outcome
from tools.simulate.fleet.plan import NO_FAILURES, FleetPlan
from tools.simulate.fleet.tally import Tally


def point(sensors: int, lag_s: float, took_s: float = 31.0, lost: int = 0) -> Point:
    """30 s of a fleet; took_s: until the last answer."""
    plan = FleetPlan(sensors, 30.0, hour=17, failures=NO_FAILURES)
    lag = Lag()
    lag.add(lag_s)
    sent = sensors * 200
    account = Account(sent, sent - lost, lost, 0, sensors, 0, 0)
    cost = Cost(took_s, collector_cpu_s=took_s / 2, broker_cpu_s=1.0, sensors_cpu_s=1.0, rss_mib=300.0)
    tally = Tally(first_s=100.0, last_s=100.0 + took_s)
    return Point(Outcome(sensors, 1, 30.0, 1.0, account, tally, 0, 0, lag, Lag(), Lag(), cost, storm=False), plan)


def test_a_curve_bends_where_the_word_comes_late() -> None:
    found = FleetResult((point(250, 0.3), point(1000, 0.5), point(2500, 2.5), point(5000, 9.0)))
    assert found.bend(1).startswith("bends at 2,500 sensors")
    assert "sightings a second a collector core" in found.bend(1)
    assert [target.met for target in found.targets()] == [True, False]


def test_a_curve_bends_where_less_is_stored_than_is_sent() -> None:
    found = FleetResult((point(250, 0.3), point(1000, 1.0, took_s=60.0)))
    assert "50% of what was offered" in found.bend(1)


def test_a_curve_that_does_not_bend_is_not_said_to() -> None:
    found = FleetResult((point(250, 0.3), point(1000, 0.5)))
    assert found.bend(1).startswith("no bend up to 1,000 sensors")
    assert found.figures()["ok"] == 1


def test_what_is_lost_is_not_hidden() -> None:
    found = FleetResult((point(250, 0.3, lost=7),))
    assert (found.figures()["lost"], found.figures()["ok"]) == (7, 0)
    assert not found.targets()[0].met


def test_a_point_that_fails_is_named_and_an_interrupt_keeps_those_that_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def plays(_stage: object, plan: FleetPlan, _count: int, _say: object) -> Point:
        if plan.sensors == 20:
            raise ToolError("the collector did not start")
        if plan.sensors == 40:
            raise KeyboardInterrupt
        return point(plan.sensors, 0.3)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fleet, "Stage", lambda *_: nullcontext())
    monkeypatch.setattr(fleet, "_point", plays)
    found = fleet.measure(lambda: None, lambda _says: None, (10, 20, 30, 40, 50), (1,))
    assert [one.plan.sensors for one in found.points] == [10, 30]
    assert found.failed[0] == "20 sensors, 1 collector(s): the collector did not start"
    assert found.failed[1].startswith("interrupted")
    assert found.figures()["ok"] == 0
    with pytest.raises(ToolError, match="did not start"):
        fleet.measure(lambda: None, lambda _says: None, (20,), (1,))
