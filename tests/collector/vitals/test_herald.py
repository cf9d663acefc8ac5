"""What hinders the collector is in its log when it begins and when it is over, and not each time somebody looks."""

import pytest

from collector.vitals.herald import Herald


def test_a_reason_is_said_once_when_it_begins_and_once_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    looks = [
        ["disk: 3 minutes late"],
        ["disk: 4 minutes late"],
        ["disk: 5 minutes late", "no broker"],
        ["no broker"],
        [],
    ]
    herald = Herald(lambda: looks.pop(0))
    for _ in range(5):
        herald.look(0)
    assert [one.getMessage() for one in caplog.records] == [
        "not ready: disk: 3 minutes late",
        "not ready: no broker",
        "over: disk: 5 minutes late",
        "over: no broker",
    ]
