"""Three different broken messages within an hour are too many; the same one again is not."""

from collector.admission.strikes import STRIKES, WITHIN_MS, Strikes


def test_three_different_ones_within_an_hour() -> None:
    strikes = Strikes()
    assert [strikes.strike(7, bytes([n]), n) for n in range(STRIKES)] == [False, False, True]


def test_the_same_message_again_is_one_strike() -> None:
    """Redelivered by the broker, or replayed by somebody who wants the sensor out."""
    strikes = Strikes()
    assert not any(strikes.strike(7, b"poison", n) for n in range(100))


def test_an_hour_later_they_are_forgotten() -> None:
    strikes = Strikes()
    times = [0, WITHIN_MS // 2, WITHIN_MS, WITHIN_MS + WITHIN_MS // 2]
    assert not any(strikes.strike(7, bytes([n]), at_ms) for n, at_ms in enumerate(times))


def test_one_sensors_strikes_are_not_anothers_and_memory_is_bounded() -> None:
    strikes = Strikes()
    for n in range(1000):
        strikes.strike(n % 500, bytes([n % 251, n % 7]), n)
    strikes.keep({1, 2})
    assert set(strikes._of) == {1, 2}
    for n in range(1000):
        strikes.strike(1, n.to_bytes(8, "big"), 2000)
    assert len(strikes._of[1]) == STRIKES
