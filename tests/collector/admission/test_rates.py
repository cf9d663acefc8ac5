"""Rates: each sensor has its own, a site has one for all of its sensors, and nobody can use up another's."""

from collector.admission.rates import Limits, Rates
from collector.records.registry import Sensor

NOW_MS = 1_000_000


def sensors(count: int, site: str = "shop") -> list[Sensor]:
    return [Sensor(n, "default", f"s{n}", site, b"", b"") for n in range(count)]


def rates(count: int = 1, **limits: object) -> tuple[Rates, list[Sensor]]:
    made = Rates(Limits(**limits))  # type: ignore[arg-type]
    known = sensors(count)
    made.keep(known)
    return made, known


def passed(
    made: Rates, sensor: Sensor, count: int, now_ms: int = NOW_MS, size: int = 100, is_batch: bool = True
) -> int:
    return sum(made.take(sensor, size, now_ms, is_batch=is_batch) for _ in range(count))


def test_a_burst_and_then_two_a_second() -> None:
    made, (one,) = rates()
    assert passed(made, one, 50) == 20
    assert made.spent(one, NOW_MS, is_batch=True)
    assert passed(made, one, 50, NOW_MS + 5000) == 10


def test_a_backlog_of_batches_leaves_a_sensor_its_voice() -> None:
    """Health has a bucket of its own; and no more than that."""
    made, (one,) = rates()
    passed(made, one, 50)
    assert not made.spent(one, NOW_MS, is_batch=False)
    assert passed(made, one, 50, is_batch=False) == 20


def test_full_batches_pass_at_the_full_rate_and_larger_messages_do_not() -> None:
    """512 sightings make 11.5 KB: after an outage they must not wait for the sake of bytes."""
    made, (one,) = rates()
    full = sum(passed(made, one, 2, NOW_MS + second * 1000, size=11_500) for second in range(300))
    assert full == 600
    made, (one,) = rates()
    large = sum(passed(made, one, 2, NOW_MS + second * 1000, size=32_768) for second in range(300))
    assert large * 32_768 < 6 * Limits().bytes_per_min


def test_a_site_shares_the_rate_of_ten_or_of_half_its_sensors() -> None:
    for count, share in ((20, 10), (40, 20)):
        made, known = rates(count)
        assert sum(passed(made, one, 30) for one in known) == share * 20


def test_a_clock_that_is_set_back_refills_nothing() -> None:
    made, (one,) = rates()
    passed(made, one, 20)
    assert passed(made, one, 20, NOW_MS - 3_600_000) == 0
    assert passed(made, one, 20, NOW_MS - 3_599_000) == 2


def test_memory_is_bounded_by_the_fleet() -> None:
    made, known = rates(100)
    for one in known:
        passed(made, one, 1)
    made.keep(known[:3])
    assert (len(made._senders), len(made._sites)) == (3, 1)
    made.keep([])
    assert (len(made._senders), len(made._sites)) == (0, 0)


def test_a_replay_has_no_rate() -> None:
    made, (one,) = rates(rate_per_s=None)
    assert passed(made, one, 1000, size=32_768) == 1000
    assert not made.spent(one, NOW_MS, is_batch=True)


def test_another_rate_brings_its_burst_and_bytes_with_it() -> None:
    usual, doubled = Limits(), Limits.at(4.0)
    assert Limits.at(2.0) == usual
    assert (doubled.rate_per_s, doubled.burst, doubled.bytes_per_min) == (4.0, 40, 2 * usual.bytes_per_min)
    assert Limits.at(0.1).bytes_per_min >= 32 * 1024, "one message of the largest always passes"
