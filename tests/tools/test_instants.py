"""What a table shows of an instant: UTC, and said so where there is a time of day."""

from tools import instants

UTC_MS = 1_781_269_509_999  # 2026-06-12 13:05:09.999


def test_an_instant_is_shown_to_the_day_the_minute_and_the_second() -> None:
    assert instants.day(UTC_MS) == "2026-06-12"
    assert instants.minute(UTC_MS) == "2026-06-12 13:05Z"
    assert instants.second(UTC_MS) == "2026-06-12T13:05:09+00:00"
