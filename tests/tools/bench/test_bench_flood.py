"""The flood: a real broker and a real collector; one sensor a hundred times too fast, and the others beside it."""

import pytest

from tools.bench import flood
from tools.run.broker import find_mosquitto


@pytest.mark.skipif(not find_mosquitto(), reason="mosquitto is not installed; `make test` installs it")
def test_the_others_are_all_stored_beside_a_flood_and_do_not_queue_behind_it() -> None:
    """A short run proves the mechanism; the figure of a long one stands in docs/benchmarks.md."""
    found = flood.measure(1, lambda: None, phase_s=2.0)
    assert found.unanswered == 0
    assert found.samples == 80
    assert found.flood_per_s > 100
    # Behind the flood they would wait until it is over: seconds. The limit leaves room for a busy machine's disk.
    assert found.flooded_p50_ms < 3 * found.quiet_p50_ms + 500
    assert found.figures().keys() >= {"p99_ratio", "quiet_p99_ms", "flooded_p99_ms"}


def test_a_quantile_is_one_of_the_values() -> None:
    assert flood.quantile([float(n) for n in range(1, 101)], 0.99) == 99
    assert flood.quantile([3.0], 0.5) == 3
