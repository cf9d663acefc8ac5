"""A short cut of each torture over real parts: nothing lost, doubled or invented, and alive afterwards."""

import json
import time
from pathlib import Path

import pytest
from brokers import MOSQUITTO
from click.testing import CliRunner

from tools.simulate.fleet.troupe import Now
from tools.torture import air, chaos, cli, faults, stored
from tools.torture.cast import Cast
from tools.torture.chaos import KINDS, UNIT, WORKER, Ruin
from tools.torture.clusters import Strike, Strikes
from tools.torture.enrolment import home

pytestmark = [
    pytest.mark.broker,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]
PLAYS = faults.plays(faults.TINY)


# A cluster takes a minute to choose its leaders anew; tests/collector/nats has a shorter cut.
@pytest.mark.parametrize("name", sorted(PLAYS.keys() - {"cluster"}))
def test_a_fault_costs_nothing(name: str, tmp_path: Path) -> None:
    if not faults.can_play(name):
        pytest.skip("a disk that says no is a file system of its own, which needs root; PostgreSQL wants installing")
    outcome = PLAYS[name](tmp_path, print)
    assert outcome.ok, (outcome.verdict.says, outcome.broken)
    assert outcome.verdict.stored > 10
    assert outcome.verdict.waiting == 0
    assert outcome.verdict.dropped == 0


def test_kills_of_sensors_broker_and_collector_cost_nothing(tmp_path: Path) -> None:
    cast = Cast(processes=2, senders=10, batches_a_s=10, poison_every=30)
    ended = chaos.run(tmp_path, Ruin(kills=1, seed=1, cast=cast), print)
    assert ended.verdict.ok, ended.verdict.says
    assert all(ended.kills[kind] >= 1 for kind in KINDS)
    assert ended.verdict.stored > 20
    assert (ended.orphans, ended.verdict.waiting, ended.verdict.dropped) == (0, 0, 0)


def test_kills_of_a_worker_of_its_chief_and_of_a_unit_that_listens_cost_nothing(tmp_path: Path) -> None:
    cast = Cast(processes=1, senders=5, batches_a_s=10, poison_every=200, workers=2, units=int(air.is_possible()))
    kinds = (WORKER, "collector", *([UNIT] if cast.units else []))
    ended = chaos.run(tmp_path, Ruin(kills=1, seed=2, cast=cast, only=kinds), print)
    assert ended.verdict.ok, ended.verdict.says
    assert all(ended.kills[kind] >= 1 for kind in kinds)
    if cast.units:
        rows = stored.read(home(tmp_path)).rows
        assert sum(row[0] == "unit-0" for row in rows) > 50, "what it heard before and after"
    assert ended.verdict.stored > 20
    assert (ended.orphans, ended.verdict.waiting, ended.verdict.dropped) == (0, 0, 0)


def test_the_command_says_it_all_in_one_line_of_json() -> None:
    done = CliRunner().invoke(cli.torture, ["--kills", "0", "--only", "kills", "--seed", "7", "--json"])
    assert done.exit_code == 0
    said = json.loads(done.stdout.splitlines()[-1])
    wanted = {"kills", "lost", "doubled", "invented", "conservation_error", "recovery_s_p50", "recovery_s_p99"}
    assert wanted | {"rss_mib_max"} <= said.keys()
    assert said["seed"] == 7


def test_a_name_that_is_none_is_answered_with_those_there_are() -> None:
    done = CliRunner().invoke(cli.torture, ["--only", "flood"])
    assert done.exit_code == 2
    assert "disk_full" in done.output


def test_the_time_that_a_cluster_takes_is_from_the_kill_to_the_last_sign_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: clock_s)
    dealt: list[str] = []
    planned = [Strike(2, "first", lambda: dealt.append("first")), Strike(3, "second", lambda: dealt.append("second"))]
    strikes = Strikes(planned, 5, lambda _says: None)
    for up, age_s in [(5, 0.5), (5, 1.0), (5, 0.7), (3, 1.0), (4, 5.0), (5, 3.5), *[(5, 0.9)] * 5, (2, 1.0)]:
        strikes.look(Now(up, 0, 0, age_s))
        clock_s += 1
    assert dealt == ["first", "second"]
    assert strikes.recovery_s == {"first": 3.0}, "struck at 102; at 105 a batch had waited 3.5 s, and 1 s is usual"
    assert strikes.left == ("second: nothing was as before afterwards",)
    strikes.close()
    assert strikes.left == ()
