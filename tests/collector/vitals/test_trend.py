"""The trend: rates out of counters, and gaps where nobody looked."""

from collector.vitals.trend import EVERY_S, SAMPLES_MAX, Sample, Trend

MINUTE_MS = 60_000


def steady(start_ms: int, samples: int, per_s: int = 5, messages: int = 0) -> Trend:
    trend = Trend()
    for number in range(samples):
        trend.note(Sample(start_ms + number * EVERY_S * 1000, messages + number * EVERY_S * per_s, number, number % 3))
    return trend


def test_a_rate_is_what_came_over_the_time_it_took() -> None:
    settled, refused = steady(0, 10).per_s(90_000) or (0, 0)
    assert (settled, refused) == (5.0, 0.1)


def test_before_there_is_something_to_compare_no_rate_is_said() -> None:
    assert Trend().per_s(0) is None
    assert steady(0, 1).per_s(0) is None
    assert steady(0, 10).per_s(10 * MINUTE_MS) is None, "what is old says nothing of now"


def test_minutes_in_which_nobody_looked_are_gaps_and_no_zeros() -> None:
    trend = steady(0, 13)  # two minutes
    trend.note(Sample(5 * MINUTE_MS, 1000, 20, 0))
    trend.note(Sample(5 * MINUTE_MS + 10_000, 1000, 20, 7))
    bins = trend.bins(5 * MINUTE_MS + 20_000, MINUTE_MS, 6)
    assert [one.settled_per_s for one in bins] == [5.0, 5.0, 5.0, None, None, 0.0]
    assert [one.waiting_max for one in bins] == [2, 2, 0, None, None, 7]


def test_counters_that_begin_anew_are_no_negative_rate() -> None:
    trend = steady(0, 7, messages=10_000)
    trend.note(Sample(70_000, 10, 0, 0))
    trend.note(Sample(80_000, 60, 0, 0))
    assert min(one.settled_per_s or 0 for one in trend.bins(80_000, MINUTE_MS, 2)) >= 0


def test_a_clock_that_is_set_back_begins_a_new_trend() -> None:
    trend = steady(100 * MINUTE_MS, 5)
    trend.note(Sample(0, 1, 0, 0))
    assert trend.since_ms == 0


def test_it_keeps_a_day_and_no_more() -> None:
    trend = steady(0, SAMPLES_MAX + 5)
    assert trend.since_ms == 5 * EVERY_S * 1000


def test_lag_is_that_of_the_newest_minutes() -> None:
    trend = Trend()
    for number, counts in enumerate([(0, 0), (9, 1), (10, 1)]):
        trend.note(Sample(number * 10_000, 0, 0, 0, counts))
    assert trend.lag(20_000) == (10, 1)
    assert trend.lag(20_000, 10_000) == (1, 0)
