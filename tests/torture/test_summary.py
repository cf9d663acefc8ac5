"""The last line of a run sums up all its parts, and says no where one of them does."""

from dataclasses import replace

import pytest

from tools.torture.chaos import Aftermath
from tools.torture.crash import Crashes
from tools.torture.oracle import Verdict
from tools.torture.outcome import Outcome
from tools.torture.summary import Result, quantile

GOOD = Verdict(emitted=10, stored=10, waiting=0, dropped=0, poisoned=0)
CRASHES = Crashes(100, 200, 0, 0, 0, 0, halves=0, orphans=0, says=())
AFTERMATH = Aftermath(
    verdict=GOOD,
    kills={"sensor": 2, "broker": 2, "collector": 3},
    recovery_s={"sensor": [1.0], "broker": [4.0], "collector": [2.0, 3.0]},
    rss_mib_max={"sensor": 30.0, "broker": 9.0, "collector": 200.0},
    own_ends={},
    echoes=0,
    duplicates=0,
    orphans=0,
    seconds=1.0,
)
RESULT = Result(1, CRASHES, (Outcome("storm", GOOD),), AFTERMATH)


def test_a_good_run_is_ok() -> None:
    assert RESULT.ok
    said = RESULT.as_json()
    assert (said["kills"], said["lost"], said["rss_mib_max"]) == (7, 0, 200.0)
    assert (said["recovery_s_p50"], said["recovery_s_p99"]) == (2.0, 4.0)


@pytest.mark.parametrize("fault", ["lost", "doubled", "invented", "conservation_error"])
def test_a_fault_of_any_part_is_summed_and_fails_the_run(fault: str) -> None:
    bad = replace(GOOD, **{fault: 2})
    result = Result(1, replace(CRASHES, **{fault: 1}), (Outcome("storm", bad),), replace(AFTERMATH, verdict=bad))
    assert result.as_json()[fault] == 5
    assert not result.ok


@pytest.mark.parametrize(
    "result",
    [
        replace(RESULT, crashes=replace(CRASHES, halves=1)),
        replace(RESULT, crashes=replace(CRASHES, orphans=1)),
        replace(RESULT, aftermath=replace(AFTERMATH, orphans=1)),
        replace(RESULT, outcomes=(Outcome("storm", GOOD, broken=("it was slow",)),)),
    ],
    ids=["half a commit", "an orphan after a crash", "an orphan after kills", "a broken promise"],
)
def test_other_faults_fail_the_run_too(result: Result) -> None:
    assert not result.ok


def test_quantiles_are_values_that_occurred() -> None:
    times = [float(n) for n in range(1, 101)]
    assert (quantile(times, 0.5), quantile(times, 0.99), quantile([], 0.5)) == (50.0, 99.0, None)
