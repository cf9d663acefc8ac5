"""Ranges of days on a site's page: what an address asks for, what it is compared with, and that it tells no more."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from browse import TestClient, browser, figures, text
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import TENANT, SmallShop, Stay, at

from collector import schema
from collector.errors import QueryError
from collector.page.site import hours, ranges
from collector.page.site.desk import Ended
from collector.page.site.hours import Hour
from collector.page.site.ranges import Range
from collector.records.registry import Tenant
from collector.suppression import Cell

BERLIN = Tenant(TENANT, time_zone="Europe/Berlin")
DATES = st.dates(date(2024, 1, 1), date(2027, 12, 31))
WEEK_H = 7 * 24


def came(first: int, count: int, hour: int) -> list[Stay]:
    return [Stay(first + n, at(hour, n % 30), at(hour, n % 30 + 10)) for n in range(count)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Two Mondays from ten on: 40, 9 and 30 visitors by the hour, and 20 and 30; SIMULATED. The 30 hide the 9."""
    shop = SmallShop(tmp_path_factory.mktemp("ranges") / "collector")
    shop.hear([*came(0, 40, 10), *came(1000, 9, 11), *came(4000, 30, 12)], at(10), at(13))
    shop.hear([*came(2000, 20, WEEK_H + 10), *came(3000, 30, WEEK_H + 11)], at(WEEK_H + 10), at(WEEK_H + 12))
    return shop


@pytest.fixture(scope="module")
def client(shop: SmallShop) -> TestClient:
    return browser(shop.collector, now_ms=lambda: at(WEEK_H + 12))


def test_today_so_far_stands_beside_the_same_hours_of_the_week_before(client: TestClient) -> None:
    page = client.get("/?day=2026-03-09").text
    assert figures(page)["Visitors, hour by hour"] == "50"
    assert "−50 %" in text(page), "20 against 40: of the hours that both show, so without the hour of nine"
    assert "over the 1 hour that both times show" in text(page)


def test_a_today_of_which_nothing_is_known_is_still_a_day(shop: SmallShop) -> None:
    """And no time from four to four."""
    said = text(browser(shop.collector, now_ms=lambda: at(WEEK_H + 36)).get("/?day=2026-03-10").text)
    assert "Tuesday 10 March 2026, 04:00, to Wednesday 11 March 2026, 04:00" in said


def test_a_day_that_has_ended_is_asked_about_as_a_whole(client: TestClient) -> None:
    page = client.get("/?day=2026-03-02").text
    assert figures(page)["Visitors"] == "79"
    assert "Added up" not in text(page)


def test_what_is_asked_of_a_range_stays_what_it_was(shop: SmallShop, client: TestClient) -> None:
    """However dates are chosen: the memory holds whole days, weeks and months alone."""
    for query in (
        "from=2026-03-01&to=2026-03-05",
        "from=2026-02-20&to=2026-03-08",
        "week=2026-03-04",
        "day=2026-03-09",
    ):
        assert client.get(f"/?{query}").status_code == 200
    with shop.collector.registry.engine.begin() as connection:
        kept = connection.execute(schema.questions.select()).all()
    assert {(row.start_ms, row.end_ms) for row in kept} <= {(at(10), at(28)), (at(10), at(WEEK_H + 4))}


@pytest.mark.parametrize(
    "query", ["day=2026-03-02", "day=2026-03-09", "week=2026-03-02", "from=2026-03-01&to=2026-03-05", ""]
)
def test_nine_visitors_of_an_hour_are_on_no_page_of_a_range(client: TestClient, query: str) -> None:
    page = client.get(f"/?{query}").text
    said = [text(page), *re.findall(r"<title[^>]*>([^<]*)<", page), *re.findall(r"<text[^>]*>([^<]*)<", page)]
    for whole in said:
        one = re.sub(r"\d{4}-\d\d-\d\d|9 Mar\w* 2026|9 March|\b(Mon|Sun|Monday|Sunday) \d+|\d\d:\d\d", "", whole)
        assert not re.search(r"(?<![\d.,:−+])9(?![\d.,:])", one), one


@pytest.mark.parametrize(
    "query", ["day=tomorrow", "from=2026-03-09&to=2026-03-02", "month=2026-13", "from=2025-01-01&to=2026-01-01"]
)
def test_what_is_no_range_is_said_in_a_sentence(client: TestClient, query: str) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_what_is_taken_along_is_an_export_with_its_larger_groups_and_rounding(client: TestClient) -> None:
    answer = client.get(f"/export/{TENANT}/shop/numbers.csv?day=2026-03-02")
    assert answer.status_code == 200
    assert 'filename="shop-2026-03-02-2026-03-02.csv"' in answer.headers["content-disposition"]
    rows = [row.split(",") for row in answer.text.splitlines()]
    assert next(row[4] for row in rows if row[1] == "visitors") == "80.0", "79, rounded to 5"
    assert not [row for row in rows if row[4] in ("9", "9.0", "79", "79.0")]
    refused = client.get(f"/export/{TENANT}/shop/numbers.csv?from=2026-03-01&to=2026-03-05")
    assert refused.status_code == 409
    assert "have ended" in refused.text


def test_a_day_ahead_shows_nothing_and_fails_not(client: TestClient) -> None:
    assert "no hour is shown here" in text(client.get("/?day=2026-05-02").text)
    found = client.get("/?day=2026-05-02").text
    assert re.search(
        r'<a href="([^"]*day=2026-03-09)">The last day on which something was heard: Monday 9 March 2026</a>', found
    ), "a way back"


def test_links_of_a_range_carry_dates_and_no_words(client: TestClient) -> None:
    page = client.get("/").text
    links = re.findall(r'href="(/\?[^"]*)"', page)
    assert any("day=2026-03-09" in link for link in links)
    assert any("week=2026-03-09" in link for link in links)
    assert any("month=2026-03" in link for link in links)


def test_a_time_that_has_not_ended_is_never_asked_about(shop: SmallShop) -> None:
    today = ranges.day_of(date(2026, 3, 9)).span(Tenant(TENANT))
    with pytest.raises(QueryError, match="has not ended"):
        Ended(shop.collector, lambda: at(WEEK_H + 12)).report(shop.site, today)


@given(DATES, st.integers(0, ranges.DAYS_MAX - 1))
@settings(max_examples=30)
def test_a_range_and_the_one_before_do_not_overlap_and_are_on_the_same_weekdays(first: date, more: int) -> None:
    chosen = ranges.asked({"from": first.isoformat(), "to": date.fromordinal(first.toordinal() + more).isoformat()})
    assert chosen is not None
    assert chosen.days == more + 1
    before = chosen.before()
    assert before.last < chosen.first
    assert before.span(BERLIN).end_ms <= chosen.span(BERLIN).start_ms
    if chosen.kind != ranges.MONTH:
        assert before.first.weekday() == first.weekday()
        assert before.days == chosen.days
    assert ranges.asked(chosen.query()) == chosen


@given(DATES)
@settings(max_examples=30)
def test_days_follow_each_other_without_a_gap_through_every_change_of_clocks(day: date) -> None:
    one = ranges.day_of(day)
    assert one.span(BERLIN).end_ms == one.moved(1).span(BERLIN).start_ms
    assert (one.span(BERLIN).end_ms - one.span(BERLIN).start_ms) // hours.HOUR_MS in (23, 24, 25)
    local = datetime.fromtimestamp(one.span(BERLIN).start_ms / 1000, tz=ZoneInfo("Europe/Berlin"))
    assert (local.date(), local.hour) == (day, 4)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-06-01"])
def test_hours_are_set_beside_those_of_the_same_clock_whatever_the_clocks_do(day: str) -> None:
    def of(chosen: Range, count: int) -> list[Hour]:
        span = chosen.span(Tenant(TENANT, time_zone="Europe/Berlin", epoch_turn_h=0))
        found = []
        for start in range(span.start_ms, span.end_ms, hours.HOUR_MS):
            name = datetime.fromtimestamp(start / 1000, tz=ZoneInfo("Europe/Berlin")).isoformat(timespec="minutes")
            cell = Cell(hours.VISITORS, name, float(count), suppressed=False)
            found.append(Hour(name, start, {hours.VISITORS: cell}))
        return found

    chosen = ranges.day_of(date.fromisoformat(day))
    change = hours.change(of(chosen, 20), of(chosen.before(), 10), 1, hours.VISITORS)
    assert change is not None
    assert change.change == pytest.approx(2.0)
    assert change.hours == (23 if day == "2026-03-29" else 24)
