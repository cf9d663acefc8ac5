import numpy as np
import pytest

from tools.bench.accuracy.scores import mape, v_measure


def test_error_is_a_share_of_the_truth():
    """5 too few of 10 and 1 too many of 5."""
    assert mape([5, 6], [10, 5]) == pytest.approx(35)


def test_v_measure_is_that_of_the_textbook():
    """Weights are rows repeated."""
    from sklearn.metrics import v_measure_score

    random = np.random.default_rng(3)
    truth, groups, weights = random.integers(0, 5, 60), random.integers(0, 7, 60), random.integers(1, 9, 60)
    expected = v_measure_score(np.repeat(truth, weights), np.repeat(groups, weights))
    assert v_measure(truth, groups, weights) == pytest.approx(expected)


@pytest.mark.parametrize(("groups", "expected"), [([4, 4, 9], 1.0), ([1, 1, 1], 0.0), ([1, 2, 3], 0.734)])
def test_right_merged_and_split(groups, expected):
    """One group says nothing; all apart is only half right."""
    assert v_measure([0, 0, 1], groups, [1, 1, 1]) == pytest.approx(expected, abs=1e-3)
