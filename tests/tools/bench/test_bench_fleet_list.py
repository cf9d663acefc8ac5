"""The list's benchmark: every way to ask is answered, and a slow one misses the promise."""

from tools.bench import fleet_list
from tools.bench.fleet_list import ANEW, ListResult


def test_every_way_is_asked_and_what_is_slow_misses_the_promise() -> None:
    found = fleet_list.measure(1, lambda: None, units=30)
    assert set(found.took_ms) == {*ANEW, "api_kept", "page_kept"}
    assert all(len(took) == fleet_list.ASKED and min(took) > 0 for took in found.took_ms.values())
    assert found.figures()["units"] == 30
    slow = ListResult(30, dict.fromkeys(found.took_ms, [300.0] * 10), found.cpu_ms)
    assert [one.met for one in slow.targets()] == [False] * len(ANEW)
