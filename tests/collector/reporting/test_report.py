"""The report: numbers as defined, small groups withheld, gaps told from zeros."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest
from shop import STREET_DBM, TENANT, SmallShop, Stay, at, sighting, window

from collector import calendar
from collector.admission import flags
from collector.errors import QueryError
from collector.metrics import FOLD, OPEN, ORDER, TABLES, metrics
from collector.objections import book as objections
from collector.reporting import report
from collector.reporting import text as report_text
from collector.suppression import Cell
from footfall_sensor.window import FLAG_ASSOCIATED, FLAG_RANDOMISED


def build(shop: SmallShop, span: calendar.Span | None = None) -> report.Report:
    return report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", span, 0)


def values(shop: SmallShop) -> dict[str, float | None]:
    return {answer.metric.name: answer.value for answer in build(shop).answers}


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return SmallShop(tmp_path / "collector")


def crowd(visitors: int, passers_by: int, randomised: int = 0) -> list[Stay]:
    """Visitors of 2, 4, 6 ... minutes, passers-by of half a minute, all of the hour from ten."""
    return [
        *(Stay(n, at(10), at(10, 2 * (n + 1)) + 1) for n in range(visitors)),
        *(Stay(1000 + n, at(10, 5), at(10, 5, 30), STREET_DBM) for n in range(passers_by)),
        *(Stay(2000 + n, at(10, 5), at(10, 5, 1), randomised=True) for n in range(randomised)),
    ]


def test_the_numbers_are_those_that_were_put_in(shop: SmallShop) -> None:
    shop.hear(crowd(visitors=20, passers_by=30, randomised=50), start_ms=at(10), end_ms=at(11))
    found = values(shop)
    assert found["devices_seen"] == 100
    assert found["randomized_share"] == 0.6, "50, to the nearest 20"
    assert (found["visitors"], found["passers_by"], found["visits"]) == (20, 30, 20)
    assert found["entry_rate"] == 0.4
    assert found["coverage"] == 1.0
    dwell = {cell.cell: cell.value for cell in build(shop).answer("dwell").cells}
    assert dwell == pytest.approx({"mean": 21 * 60, "median": 21 * 60, "p90": 36.2 * 60}, abs=1)
    assert [cell.cell for cell in build(shop).answer("panel").cells] == ["size", "share"]


def test_stations_of_the_venues_own_network_join_the_panel_and_are_said(shop: SmallShop) -> None:
    """Their addresses last though they are made up for this network; few of them are not told from the rest."""
    flags_of = FLAG_RANDOMISED | FLAG_ASSOCIATED
    shop.hear(crowd(visitors=20, passers_by=30))
    rows = [sighting(5000 + n, 0, 100, flags=flags_of) for n in range(12)]
    again = [sighting(5000 + n, 0, 100, flags=flags_of) for n in range(12)]
    shop.take([shop.message(window(at(12), rows), number=900), shop.message(window(at(12, 5), again), number=901)])
    cells = {cell.cell: cell.value for cell in build(shop).answer("panel").cells}
    assert (cells["size"], cells["associated"]) == (62, 12)
    assert values(shop)["visitors"] == 32


@pytest.mark.parametrize(("visitors", "shown"), [(9, None), (10, 10.0)])
def test_nine_visitors_are_not_shown_and_ten_are(shop: SmallShop, visitors: int, shown: float | None) -> None:
    shop.hear(crowd(visitors, passers_by=40))
    assert values(shop)["visitors"] == shown


def test_a_rate_is_withheld_when_either_of_its_sides_is_small(shop: SmallShop) -> None:
    """9 of 49 would be read off an entry rate of 18.4 % and the passers-by."""
    shop.hear(crowd(visitors=9, passers_by=40))
    assert values(shop)["entry_rate"] is None


def test_an_hour_without_a_sensor_is_a_gap_and_not_a_zero(shop: SmallShop) -> None:
    shop.hear(crowd(visitors=20, passers_by=0), start_ms=at(10), end_ms=at(11))
    asked = calendar.Span("asked", at(9), at(11))
    cells = [cell for cell in build(shop, asked).answer("hourly").cells if cell.series == "visitors"]
    assert [(cell.value, cell.suppressed) for cell in cells] == [(None, False), (20.0, False)]
    assert build(shop, asked).answer("coverage").value == 0.5


def test_malformed_frames_stand_in_the_noise(shop: SmallShop) -> None:
    shop.hear([Stay(n, at(10), at(10, 1)) for n in range(10)], malformed=10)
    cells = {cell.cell: cell.value for cell in build(shop).answer("noise_share").cells}
    assert cells == {"malformed": 0.5}


def test_every_rule_says_what_it_caught_and_small_groups_of_devices_are_withheld(shop: SmallShop) -> None:
    weak = [Stay(3000 + n, at(10), at(10, 1), -95) for n in range(12)]
    staff = [Stay(4000, at(hour), at(hour, 1)) for hour in range(8, 14)]
    shop.hear([*crowd(visitors=20, passers_by=0), *weak, *staff])
    built = build(shop)
    said = {one["reason"]: one for one in report.as_json(built)["noise"]}
    assert (said["weak"]["devices"], said["weak"]["suppressed"]) == (12, False)
    assert (said["staff"]["devices"], said["staff"]["suppressed"]) == (None, True)
    assert said["staff"]["frames_share"] > 0
    assert "-90 dBm" in said["weak"]["rule"]
    assert "weak (12 devices): Weaker than -90 dBm" in report_text.render(built)
    assert values(shop)["visitors"] == 20


def test_frames_of_spoofed_air_stand_in_the_noise(shop: SmallShop) -> None:
    shop.hear(crowd(visitors=20, passers_by=0), start_ms=at(10), end_ms=at(10, 40))
    (sensor,) = shop.collector.registry.sensors()
    shop.hear([Stay(9000 + n, at(11), at(11, 0, 1), randomised=True) for n in range(40)])
    shop.collector.store.flags.put([flags.flag(sensor.id, (at(11), at(11, 1)), flags.SPOOFED)])
    cells = {cell.cell: cell.value for cell in build(shop).answer("noise_share").cells}
    heard = sum(4 * (n + 1) + 1 for n in range(20))  # windows of half a minute, a frame each
    assert cells == {"spoofed": pytest.approx(40 / (heard + 40), rel=0.05)}


def test_devices_of_the_place_itself_are_said_by_their_number(shop: SmallShop) -> None:
    book = shop.collector.objections
    for place, kind in enumerate((objections.STAFF, objections.STAFF, objections.FIXED, objections.OBJECTION)):
        book.add(TENANT, "", bytes((2, 0, 0, 0, 0, place)), None, "test", 0, kind)
    shop.hear(crowd(visitors=20, passers_by=0))
    assert report.as_json(build(shop))["enrolled"] == {"staff": 2, "fixed": 1}


def test_a_withheld_number_is_in_no_format(shop: SmallShop) -> None:
    shop.hear(crowd(visitors=7, passers_by=40))
    built = build(shop)
    said = report.as_json(built)["metrics"]
    assert (said["visitors"]["value"], said["visitors"]["suppressed"]) == (None, True)
    rows = {row["metric"]: row for row in csv.DictReader(io.StringIO(report.as_csv(built)))}
    assert (rows["visitors"]["value"], rows["visitors"]["suppressed"]) == ("", "1")
    line = next(line for line in report_text.render(built).splitlines() if line.startswith("Visitors (panel)"))
    assert "too few" in line
    assert "7" not in line
    json.dumps(report.as_json(built))


def test_a_month_is_not_told_hour_by_hour_on_a_terminal() -> None:
    """Days and whatever else is no hour stay; a line says where the hours are."""
    day = Cell("day", "2026-03-02", 12.0, suppressed=False)
    hours = [Cell("", f"2026-03-{n // 24 + 1:02}T{n % 24:02}:00+00:00", 12.0, suppressed=False) for n in range(73)]
    assert report_text._listed([day, *hours[:72]]) == ([day, *hours[:72]], [])
    listed, said = report_text._listed([day, *hours])
    assert listed == [day]
    assert "73 hours are not listed" in said[0]


def test_every_metric_says_what_it_means() -> None:
    assert [metric.name for metric in metrics()] == list(ORDER)
    for metric in metrics():
        assert all((metric.title, metric.unit, metric.definition, metric.bias, metric.source)), metric.name


def test_every_sql_file_is_a_metric_or_the_fold() -> None:
    folder = Path(report.__file__).parents[1] / "metrics"
    assert {path.stem for path in folder.glob("*.sql")} == {*ORDER, *FOLD, *OPEN, *TABLES}


def test_a_site_that_heard_nothing_says_so(shop: SmallShop) -> None:
    with pytest.raises(QueryError, match="nothing has been heard"):
        build(shop)


def test_an_unknown_site_names_those_that_are_there(shop: SmallShop) -> None:
    with pytest.raises(QueryError, match="there are: shop"):
        report.build(shop.collector.store, shop.collector.registry, TENANT, "shpo", None, 0)


def test_two_sites_do_not_see_each_other(shop: SmallShop) -> None:
    from collector.records.registry import Site

    shop.collector.registry.put_site(Site(TENANT, "kiosk"))
    shop.sensor("kiosk-1", site="kiosk")
    shop.hear(crowd(visitors=20, passers_by=0))
    shop.hear(crowd(visitors=12, passers_by=0), sensor="kiosk-1")
    assert values(shop)["visitors"] == 20
    kiosk = report.build(shop.collector.store, shop.collector.registry, TENANT, "kiosk", None, 0)
    assert kiosk.answer("visitors").value == 12


def test_too_few_visitors_do_not_follow_from_the_passers_by_and_the_panel(shop: SmallShop) -> None:
    """9 of a panel of 49 beside 40 passers-by: so the panel, and all that would give its size away, is withheld."""
    shop.hear(crowd(visitors=9, passers_by=40))
    found = values(shop)
    assert (found["visitors"], found["passers_by"], found["randomized_share"]) == (None, 40, None)
    assert {cell.suppressed for cell in build(shop).answer("panel").cells} == {True}


def test_no_visit_at_all_reads_like_too_few(shop: SmallShop) -> None:
    shop.hear(crowd(visitors=0, passers_by=40))
    for name in ("visitors", "visits", "dwell", "bounce_rate"):
        assert {cell.suppressed for cell in build(shop).answer(name).cells} == {True}, name


def test_a_file_replaced_under_the_reader_is_read_again(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold in another process may replace a day's visits between our reading of the list and of the file."""
    shop.hear(crowd(visitors=20, passers_by=30))
    real, tries = report.heard_span, []

    def once_gone(*arguments: object) -> calendar.Span:
        tries.append(1)
        if len(tries) == 1:
            raise duckdb.IOException("no such file")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(report, "heard_span", once_gone)
    assert values(shop)["visitors"] == 20
    assert len(tries) == 2


def test_the_panels_share_is_a_share_and_its_size_a_number(shop: SmallShop) -> None:
    shop.hear(crowd(visitors=20, passers_by=30, randomised=50))
    text = report_text.render(build(shop))
    assert [line.split()[3:] for line in text.splitlines() if line.startswith("The panel")] == [
        ["50", "tokens"],
        ["50.0", "%", "share", "of", "tokens"],
    ]
