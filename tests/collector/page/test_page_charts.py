"""Charts: released cells become shapes; what is withheld or missing does not look like a zero."""

import re
from xml.etree import ElementTree

from collector.metrics import metric
from collector.page import charts
from collector.reporting.report import Answer
from collector.suppression import Cell


def hour(number: int, day: int = 2) -> str:
    return f"2026-03-{day:02}T{number:02}:00+01:00"


def hourly(cells: list[tuple[str, str, float | None, bool]]) -> Answer:
    return Answer(metric("hourly"), [Cell(*cell) for cell in cells])


def shapes(svg: str, mark: str) -> int:
    """How many shapes a mark has; 0 where it is not drawn."""
    root = ElementTree.fromstring(svg)
    return sum(
        len(group.findall("{*}path")) for group in root.iter() if f"{mark}_marks" in group.get("class", "").split()
    )


def labels(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


DAY = hourly(
    [
        *(("visitors", hour(n), 20.0 + n, False) for n in (9, 10)),
        ("visitors", hour(11), None, True),
        ("visitors", hour(12), None, False),
        ("visitors", hour(13), None, True),
        *(("passers_by", hour(n), 40.0, False) for n in (9, 10, 11)),
        ("passers_by", hour(12), None, False),
        ("passers_by", hour(13), None, True),
        *(("devices_seen", hour(n), 1000.0, False) for n in (9, 10, 11)),
        ("devices_seen", hour(12), None, False),
        ("devices_seen", hour(13), 500.0, False),
    ]
)


def test_each_released_number_has_a_column() -> None:
    svg = charts.panel_hours(DAY)
    assert shapes(svg, "visitors") == 2
    assert shapes(svg, "passers_by") == 3
    assert shapes(charts.address_hours(DAY), "devices_seen") == 4


def test_withheld_numbers_are_signs_and_missing_hours_bands() -> None:
    svg = charts.panel_hours(DAY)
    assert shapes(svg, "few") == 1, "of eleven o'clock's visitors"
    assert shapes(svg, "all_few") == 1, "of both of one o'clock"
    assert shapes(svg, "gap") == 1
    assert shapes(charts.address_hours(DAY), "few") == 0


def test_hours_are_named_in_local_time_and_days_where_they_begin() -> None:
    assert [said for said in labels(charts.panel_hours(DAY)) if ":" in said] == [f"{n:02}:00" for n in range(9, 14)]
    long = hourly([("devices_seen", hour(n % 24, 2 + n // 24), 100.0, False) for n in range(48)])
    named = labels(charts.address_hours(long, charts.NARROW_PX))
    assert "Tue 3" in named
    assert len(named) < 15


def test_the_same_hour_twice_on_an_autumn_night_stays_apart() -> None:
    autumn = ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]
    svg = charts.address_hours(hourly([("devices_seen", name, 50.0, False) for name in autumn]))
    assert shapes(svg, "devices_seen") == 2


def test_bars_say_their_numbers_and_what_is_too_few() -> None:
    answer = Answer(
        metric("dwell_histogram"), [Cell("", "under 5 min", 12.0, False), Cell("", "5 to 10 min", None, True)]
    )
    svg = charts.bars(answer)
    assert {"under 5 min", "12", "5 to 10 min", "too few"} <= set(labels(svg))


def test_a_share_is_named_by_its_reason() -> None:
    svg = charts.bars(
        Answer(metric("noise_share"), [Cell("", "closed", 0.25, False), Cell("", "new reason", 0.1, False)])
    )
    assert {"outside opening hours", "25.0 %", "new reason"} <= set(labels(svg))


def test_nothing_to_draw_is_nothing() -> None:
    assert charts.bars(Answer(metric("noise_share"), [])) == ""
    assert charts.panel_hours(hourly([])) == ""


def test_a_drawing_is_plain_and_hidden_from_screen_readers() -> None:
    for svg in (charts.panel_hours(DAY), charts.address_hours(DAY, charts.NARROW_PX)):
        assert svg.startswith('<svg aria-hidden="true"')
        for forbidden in ("<script", "<style", "style=", "href", "aria-label"):
            assert forbidden not in svg


def test_the_same_numbers_are_drawn_once() -> None:
    assert charts.panel_hours(DAY) is charts.panel_hours(Answer(DAY.metric, list(DAY.cells)))
