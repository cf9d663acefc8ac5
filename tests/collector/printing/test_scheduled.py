"""Reports go out in the morning of the site, once, to those who asked; nobody gets yesterday's twice."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from shop import STREET_DBM, TENANT, SmallShop, Stay, at

from collector.delivery.target import Rhythm, Target, Way
from collector.printing import scheduled
from collector.records.registry import Site

BERLIN = Site("default", "shop", time_zone="Europe/Berlin")
DAILY = Target("default", "", Way.EMAIL, "me@example.org", report=Rhythm.DAILY, id=1)
WEEKLY = Target("default", "shop", Way.EMAIL, "you@example.org", report=Rhythm.WEEKLY, id=2)


def berlin(text: str) -> int:
    """A local time of Berlin as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "first_days"),
    [
        ("2026-11-24T06:59", []),
        ("2026-11-24T07:00", [date(2026, 11, 23)]),
        ("2026-11-24T18:59", [date(2026, 11, 23)]),
        ("2026-11-24T19:00", []),
        ("2026-11-23T08:00", [date(2026, 11, 22), date(2026, 11, 16)]),
        ("2026-03-29T07:30", [date(2026, 3, 28)]),
        ("2026-10-25T07:30", [date(2026, 10, 24)]),
    ],
)
def test_yesterdays_goes_out_each_morning_and_last_weeks_on_monday(now: str, first_days: list[date]) -> None:
    """In the site's own time, on days of 23 and 25 hours too."""
    found = scheduled.due([DAILY, WEEKLY], [BERLIN], {}, berlin(now))
    assert [one.first for one in found] == first_days


def test_what_has_gone_out_does_not_go_out_again() -> None:
    """Not within the morning, not after a restart; the next day's does."""
    now = berlin("2026-11-24T08:00")
    assert scheduled.due([DAILY], [BERLIN], {(1, "shop"): "2026-11-23"}, now) == []
    assert len(scheduled.due([DAILY], [BERLIN], {(1, "shop"): "2026-11-23"}, now + 86_400_000)) == 1


def test_a_report_is_a_letter_with_page_and_pdf_and_only_to_who_asked(tmp_path: Path) -> None:
    """Built of the business day, put on its way once."""
    shop = SmallShop(tmp_path / "collector")
    stays = [Stay(n, at(10), at(10, 2 * (n + 1)) + 1) for n in range(20)]
    stays += [Stay(1000 + n, at(10, 5), at(10, 5, 30), STREET_DBM) for n in range(30)]
    shop.hear(stays, start_ms=at(10), end_ms=at(11))
    collector = shop.collector
    targets = collector.targets()
    targets.add(Target(TENANT, "shop", Way.EMAIL, "me@example.org", report=Rhythm.DAILY), "cli:test", 0)
    targets.add(Target(TENANT, "", Way.EMAIL, "you@example.org", alerts=True), "cli:test", 0)
    morning = at(8) + 86_400_000
    assert scheduled.send(collector, morning) == 1
    assert scheduled.send(collector, morning + 60_000) == 0
    ((sending, letter),) = collector.postman().outbox.due(morning)
    assert sending.target_id == 1
    assert letter.event == "report.daily"
    assert "Visitors" in letter.text
    assert letter.html.startswith("<!doctype html>")
    said = letter.data["report"]
    assert said["minimum_group"] == 20, "what is sent is an export"
    assert said["metrics"]["devices_seen"]["value"] % 5 == 0
    assert [one.media_type for one in letter.attachments] == ["application/pdf"]
    collector.close()
