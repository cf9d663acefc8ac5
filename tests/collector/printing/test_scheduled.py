"""Reports go out in the morning of the site, once, to those who asked; nobody gets yesterday's twice."""

import shutil
import subprocess
from datetime import date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import mailboxes
import pytest
from shop import STREET_DBM, TENANT, SmallShop, Stay, at

from collector.delivery.target import Rhythm, Target, Way
from collector.options.settings import Settings
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


def test_a_report_arrives_once_with_page_and_pdf_in_the_language_of_who_asked(tmp_path: Path) -> None:
    """Built of the business day, through a real mail server; who asked for alerts alone gets none."""
    with mailboxes.running() as box:
        settings = Settings(smtp_url=f"smtp://127.0.0.1:{box.port}", mail_from="footfall@example.org")
        shop = SmallShop(tmp_path / "collector", settings=settings)
        stays = [Stay(n, at(10), at(10, 2 * (n + 1)) + 1) for n in range(20)]
        stays += [Stay(1000 + n, at(10, 5), at(10, 5, 30), STREET_DBM) for n in range(30)]
        shop.hear(stays, start_ms=at(10), end_ms=at(11))
        collector = shop.collector
        for name, site, told in (
            ("me", "shop", {"report": Rhythm.DAILY}),
            ("ich", "", {"report": Rhythm.DAILY, "language": "de"}),
            ("you", "", {"alerts": True}),
        ):
            target = Target(TENANT, site, Way.EMAIL, f"{name}@example.org", **told)  # type: ignore[arg-type]
            collector.targets().add(target, "cli:test", 0)
        morning = at(8) + 86_400_000
        assert scheduled.send(collector, morning) == 2
        assert scheduled.send(collector, morning + 60_000) == 0
        letters = {sending.target_id: letter for sending, letter in collector.postman().outbox.due(morning)}
        collector.postman().round(morning)
        collector.close()
    assert letters.keys() == {1, 2}
    for number, code in ((1, "en"), (2, "de")):
        letter = letters[number]
        assert (letter.event, letter.data["language"]) == ("report.daily", code)
        said = letter.data["report"]
        assert said["minimum_group"] == 20, "what is sent is an export"
        assert said["metrics"]["devices_seen"]["value"] % 5 == 0
    mails = {mail["To"]: mail for mail in (message_from_bytes(one, policy=policy.default) for one in box.mails)}
    assert mails.keys() == {"me@example.org", "ich@example.org"}
    for name, code, subject, word, stray in (
        ("me", "en", "shop: 2 Mar 2026", "Visitors", "Besucher"),
        ("ich", "de", "shop: 02.03.2026", "Besucher", "Visitors"),
    ):
        mail = mails[f"{name}@example.org"]
        assert mail["Subject"] == subject
        text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
        assert (word in text, stray in text) == (True, False), text
        assert f'<html lang="{code}">' in page
        assert word in page
        (pdf,) = mail.iter_attachments()  # type: ignore[attr-defined]
        assert pdf.get_content_type() == "application/pdf"
        if shutil.which("pdftotext") is not None:
            printed = subprocess.run(["pdftotext", "-", "-"], input=pdf.get_content(), capture_output=True, check=True)
            assert (word in printed.stdout.decode(), stray in printed.stdout.decode()) == (True, False)
