"""The simulated fleet: what it says is true of it, and that its account finds what is missing or doubled."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from collector import folder as folders
from collector import schema
from collector.options.settings import Settings
from tools.cli import cli
from tools.load.stage import Stage
from tools.run.broker import find_mosquitto
from tools.simulate.fleet import account, curve, run
from tools.simulate.fleet.account import Stored
from tools.simulate.fleet.lag import Lag
from tools.simulate.fleet.outcome import Outcome
from tools.simulate.fleet.plan import Failures, FleetPlan

A, B = ("a", b"boot-aaa"), ("b", b"boot-bbb")
NONE = Stored({}, 0, 0, 0)
PLAN = FleetPlan(
    sensors=12,
    seconds=4,
    sightings=20,
    window_s=1.0,
    health_s=1.0,
    failures=Failures(cuts=0.25, restarts=0.25, silent=0.1, away_s=(0.2, 0.5)),
    storm=True,
    storm_s=1.0,
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Outcome]]:
    """A small fleet through a real mosquitto with mutual TLS, to a real collector process."""
    if not find_mosquitto():
        pytest.skip("mosquitto is not installed; `make test` installs it")
    with Stage(tmp_path_factory.mktemp("fleet"), PLAN.sensors) as stage:
        yield stage, run.on_stage(stage, PLAN, 1, lambda _says: None)


@pytest.mark.broker
def test_everything_a_fleet_sends_is_stored_once_through_cuts_restarts_and_a_storm(played) -> None:
    _, found = played
    assert found.ok
    told = found.figures()
    assert told["sent"] == told["committed"] > 0
    assert (told["lost"], told["doubled"], told["frames_differ"]) == (0, 0, 0)
    assert (told["cuts"], told["restarts"], told["silenced"]) == (4, 4, 2), "a quarter of six in each of two processes"
    assert told["connects"] >= 2 * PLAN.sensors - 2, "all came back after the storm, but for those that fell silent"
    assert told["storm_drained_s"] > 0
    assert {"lag_s_p50", "lag_s_p99", "cpu_s_per_million", "rss_mib"} <= {name for name, one in told.items() if one}


@pytest.mark.broker
def test_a_batch_that_the_collector_lost_is_found_by_the_account(played) -> None:
    stage, found = played
    opened = stage.opened()
    names = [one.name for one in stage.members]
    before = Stored.read(opened, run.TENANT, names)
    assert before.rows == found.account.committed
    with opened.registry.engine.begin() as connection:
        connection.execute(delete(schema.files).where(schema.files.c.kind == "sightings"))
    after = Stored.read(opened, run.TENANT, names)
    opened.close()
    claimed = dict(after.ledger)
    settled = account.settle(claimed, before.frames, NONE, after)
    assert settled.lost == found.account.committed, "the ledger still has them, the files do not"
    assert settled.frames_differ == -before.frames


def test_what_is_missing_and_what_is_there_twice_is_counted() -> None:
    emitted = {A: (2, 30), B: (1, 10)}
    whole = Stored({A: (2, 30), B: (1, 10)}, 3, 40, 400)
    assert account.settle(emitted, 400, NONE, whole) == account.Account(40, 40, 0, 0, 3, 3, 0)
    assert account.settle(emitted, 400, NONE, replace(whole, ledger={A: (2, 30)}, rows=30)).lost == 10
    assert account.settle(emitted, 400, NONE, replace(whole, rows=35)).lost == 5
    assert account.settle(emitted, 400, NONE, replace(whole, rows=50)).doubled == 10
    earlier = Stored({}, 1, 1000, 9000)
    assert account.settle(emitted, 400, earlier, replace(whole, rows=1040, frames=9400)).frames_differ == 0


def test_the_day_has_its_quiet_and_its_busy_hours() -> None:
    day = FleetPlan(1, 240)
    heard = [curve.share_at(day, at_s) for at_s in range(240)]
    assert max(heard) == 1.0
    assert heard.index(1.0) == 130, "17 o'clock, of a day that begins at 4"
    assert min(heard) < 0.1
    assert curve.share_at(FleetPlan(1, 240, hour=17), 3) == 1.0


def test_quantiles_are_right_to_two_per_cent() -> None:
    lag = Lag()
    for number in range(1, 1001):
        lag.add(number / 1000)
    joined = Lag.joined([json.loads(json.dumps(lag.flat()))] * 2)
    assert joined.quantile(0.5) == pytest.approx(0.5, rel=0.02)
    assert joined.quantile(0.99) == pytest.approx(0.99, rel=0.02)
    assert joined.longest_s == 1.0
    assert Lag().quantile(0.5) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--sensors", "0"), "0 is not in the range"),
        (("--sensors", "1", "--broker", "localhost:1"), "belong together"),
    ],
)
def test_wrong_usage_is_a_sentence(words: tuple[str, ...], says: str) -> None:
    done = CliRunner().invoke(cli, ["simulate", "fleet", "--seconds", "1", *words])
    assert (done.exit_code, says in done.output) == (2, True)


def test_made_up_sightings_do_not_get_among_real_ones(tmp_path: Path) -> None:
    folders.create(tmp_path / "real", Settings())
    done = CliRunner().invoke(
        cli,
        ["simulate", "fleet", "--sensors", "1", "--seconds", "1", "--broker", "a:1", "--dir", str(tmp_path / "real")],
    )
    assert done.exit_code == 1
    assert "no collector of simulated sensors" in done.output
