"""The overview of sites: a line each beside the time before, in order, and never a number that is withheld."""

import csv
import io
import re

import pytest
from browse import TestClient, browser, text
from posts import until
from shop import TENANT, SmallShop, Stay, at

from collector.page.sites import desk, rows
from collector.page.sites.rows import Line, Number
from collector.records.registry import Site

WEEK_H = 7 * 24
LINE = re.compile(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", re.DOTALL)


def came(first: int, count: int, hour: int) -> list[Stay]:
    return [Stay(first + n, at(hour, n % 30), at(hour, n % 30 + 10)) for n in range(count)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Two Mondays and a Tuesday. The second Monday: a shop with 41 visitors, a kiosk with 60 of which 20 were at the
    shop as well, a stand with 7, a cellar that nobody listens to; SIMULATED.
    """
    shop = SmallShop(tmp_path_factory.mktemp("sites") / "collector")
    for name in ("kiosk", "stand", "cellar"):
        shop.collector.registry.put_site(Site(TENANT, name))
    shop.sensor("kiosk-1", site="kiosk")
    shop.sensor("stand-1", site="stand")
    shop.hear(came(0, 50, 10), at(10), at(13))
    shop.hear(came(6000, 30, 34), at(34), at(35))
    shop.hear([*came(6000, 20, 35), *came(7000, 40, 35)], at(34), at(36), "kiosk-1")
    shop.hear([*came(2000, 30, WEEK_H + 10), *came(5000, 11, WEEK_H + 11)], at(WEEK_H + 10), at(WEEK_H + 12))
    shop.hear([*came(2000, 20, WEEK_H + 11), *came(3000, 40, WEEK_H + 11)], at(WEEK_H + 11), at(WEEK_H + 12), "kiosk-1")
    shop.hear(came(4000, 7, WEEK_H + 10), at(WEEK_H + 10), at(WEEK_H + 12), "stand-1")
    return shop


@pytest.fixture(scope="module")
def client(shop: SmallShop) -> TestClient:
    return browser(shop.collector, now_ms=lambda: at(WEEK_H + 40))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view waits until all is there, however busy the machine is."""
    monkeypatch.setattr(desk, "BUDGET_S", 60.0)


def lines(page: str) -> dict[str, str]:
    """What stands in a site's line, by site, in order."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return {text(name).strip(): " ".join(text(cells).split()) for name, cells in LINE.findall(body)}


def test_a_site_stands_beside_its_own_week_before(client: TestClient) -> None:
    found = lines(client.get("/sites?day=2026-03-09").text)
    assert set(found) == {"shop", "kiosk", "stand", "cellar"}
    assert "41 31 to 53 −40 % against 50" in found["shop"], "of the hour that both show, 30 against 50"
    assert "against" not in found["kiosk"], "nobody listened there the week before"
    assert "100.0 %" not in found["shop"], "two hours of a day"


def test_numbers_that_took_longer_than_anybody_waits_are_there_the_next_time(shop: SmallShop) -> None:
    """Who asked has gone by then; what was made is kept all the same, and not made anew for the next one."""
    hasty = browser(shop.collector, now_ms=lambda: at(WEEK_H + 40), patience_s=0.0)
    assert hasty.get("/sites?day=2026-03-09").status_code == 503
    until(lambda: hasty.get("/sites?day=2026-03-09").status_code == 200, what="the page that was asked for")


def test_what_is_withheld_at_a_site_is_withheld_here(client: TestClient) -> None:
    page = client.get("/sites?day=2026-03-09").text
    assert "too few" in lines(page)["stand"]
    assert not re.search(r"\b7\b", lines(page)["stand"])
    assert "no data" in lines(page)["cellar"], "nobody ever listened: that is no zero"
    assert "<td>101</td>" in page.partition("<tfoot>")[2], "41 and 60; the seven are in no sum"


@pytest.mark.parametrize(("sort", "order"), [("visitors", "shop kiosk"), ("-visitors", "kiosk shop")])
def test_lines_have_the_order_that_the_address_asks_for(client: TestClient, sort: str, order: str) -> None:
    found = [*lines(client.get(f"/sites?day=2026-03-09&sort={sort}").text)]
    assert found == [*order.split(), "cellar", "stand"], "what has no number comes last, whatever it hides"


def test_who_was_at_two_sites_is_a_matrix_in_which_both_halves_agree(client: TestClient) -> None:
    page = client.get("/sites?day=2026-03-09").text
    assert "Who was at two sites" in page
    pairs = page[page.index('class="heat pairs"') :]
    found = {text(name).strip(): " ".join(text(cells).split()) for name, cells in LINE.findall(pairs)}
    assert "49 %" in found["shop"], "20 of 41"
    assert "33 %" in found["kiosk"], "20 of 60"


def test_a_time_that_goes_on_has_no_stays_and_is_compared_as_far_as_it_has_gone(shop: SmallShop) -> None:
    found = lines(browser(shop.collector, now_ms=lambda: at(WEEK_H + 11)).get("/sites?day=2026-03-09").text)
    assert "−40 % against 50" in found["shop"]
    assert " min" not in found["shop"]


def test_where_nothing_is_known_of_today_the_last_day_is_shown(client: TestClient) -> None:
    page = text(client.get("/sites").text)
    assert "All sites: Monday 9 March 2026" in page
    assert "this is the last day that anything was heard" in page


def test_the_file_has_the_counts_of_exports(client: TestClient) -> None:
    answer = client.get("/sites.csv?day=2026-03-09")
    found = {(row["site"], row["number"]): row for row in csv.DictReader(io.StringIO(answer.text))}
    assert found["shop", "visitors"]["value"] == "", "30 and 11: the eleven are too few to leave, and hide the 30"
    assert found["shop", "visitors"]["suppressed"] == "1"
    assert found["kiosk", "visitors"]["value"] == "60.0"
    assert not found["stand", "visitors"]["value"]


def test_programs_read_the_same(client: TestClient) -> None:
    said = client.get("/api/overview?day=2026-03-09").json()
    by_site = {one["site"]: one for one in said["sites"]}
    assert by_site["shop"]["visitors"] == {"value": 41.0, "suppressed": False}
    assert by_site["stand"]["visitors"] == {"value": None, "suppressed": True}
    assert by_site["shop"]["stay"]["value"] == pytest.approx(600, abs=30)


def test_a_view_waits_for_its_budget_and_the_rest_comes(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(shop.collector, now_ms=lambda: at(WEEK_H + 40))
    monkeypatch.setattr(desk, "BUDGET_S", -1.0)
    page = client.get("/sites?day=2026-03-09").text
    assert "are being worked out" in page
    assert "…" in lines(page)["shop"]
    assert "41" in lines(page)["shop"], "hours do not wait"
    until(lambda: "are being worked out" not in client.get("/sites?day=2026-03-09").text, what="all is there")


def test_what_has_no_number_is_last_either_way() -> None:
    made = [
        Line(Site(TENANT, name), {"visitors": Number("", value)})
        for name, value in (("a", None), ("b", 5.0), ("c", 9.0))
    ]
    for sort, order in (("visitors", "bca"), ("-visitors", "cba"), ("site", "abc"), ("-site", "cba"), ("x", "abc")):
        assert "".join(one.site.name for one in rows.ordered(made, sort)) == order


def test_numbers_of_a_time_that_goes_on_are_shown_until_newer_ones_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = desk.Kept(10)
    kept.put(("now",), "files", 7)
    assert kept.get(("now",), "files", running=True) == (7, True)
    monkeypatch.setattr(desk, "FRESH_S", 0.0)
    assert kept.get(("now",), "files", running=True) == (7, True), "nothing has come"
    assert kept.get(("now",), "other files", running=True) == (7, False)
    assert kept.get(("now",), "other files", running=False) == (None, False), "what has ended is exact"
    monkeypatch.setattr(desk, "KEPT_S", 0.0)
    assert kept.get(("now",), "other files", running=True) == (None, False)
