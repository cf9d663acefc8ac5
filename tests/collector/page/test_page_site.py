"""A site's page: what a shop manager reads on it."""

import re
from pathlib import Path

import pytest
from browse import FakeIngest, browser, figures, text
from shop import DAY, STREET_DBM, TENANT, SmallShop, Stay, at

from collector import folder as folders
from collector.options.settings import Settings
from collector.records.registry import Site
from footfall_sensor.wire.messages import Birth, Health, Totals


def day(visitors: int = 40, passers_by: int = 60, randomised: int = 100) -> list[Stay]:
    """A morning: everybody comes in the hour from ten."""
    return [
        *(Stay(n, at(10, n % 30), at(10, n % 30 + 2 + n % 20)) for n in range(visitors)),
        *(Stay(1000 + n, at(10, n % 50), at(10, n % 50, 20), STREET_DBM) for n in range(passers_by)),
        *(Stay(2000 + n, at(10, n % 50), at(10, n % 50, 1), STREET_DBM, randomised=True) for n in range(randomised)),
    ]


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return SmallShop(tmp_path / "collector", site=Site(TENANT, "shop", time_zone="Europe/Prague"))


def test_the_key_figures_are_those_of_the_report(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12))
    page = browser(shop.collector).get("/")
    assert page.status_code == 200
    found = figures(page.text)
    assert found["Visitors"] == "40"
    assert found["Passers-by"] == "60"
    assert found["Entry rate"] == "40.0 %"
    assert found["Distinct addresses"] == "200"
    assert found["Coverage"] == "100.0 %"
    assert found["Phones in the panel"] == "100"
    assert "these are not people: 50.0 % of them change at random" in text(page.text)


def test_how_many_came_in_stands_before_the_numbers_of_the_panel(shop: SmallShop) -> None:
    """On the page of a day too: who takes the panel's number for a head count is off by a factor."""
    shop.hear(day(), at(9), at(12))
    for path in ("/", f"/?day={DAY}"):
        said = text(browser(shop.collector, now_ms=lambda: at(36)).get(path).text)
        found = re.search(r"About ([\d,]+) people came in \(([\d,]+) to ([\d,]+) in nine of ten cases\)", said)
        assert found, path
        low, people, high = (int(found[which].replace(",", "")) for which in (2, 1, 3))
        assert people > 40, "more than of the panel"
        assert low <= people <= high
        assert found.start() < said.index("a part of the people, and no head count") < said.index("Passers-by")
    assert "first visit of the day" in said
    assert "epoch, see below" not in said


def test_the_heading_says_where_and_when_in_local_time(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12))
    said = text(browser(shop.collector).get("/").text)
    assert "Monday 2 March 2026, 10:00 to 13:00 local time, Europe/Prague" in said


def test_every_number_opens_its_definition_bias_and_source(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12))
    page = browser(shop.collector).get("/").text
    cards = re.findall(r'<details class="figure.*?</details>', page, re.DOTALL)
    assert len(cards) >= 18
    for card in cards:
        assert all(f"<dt>{word}</dt>" in card for word in ("Definition", "Bias", "Source"))
        assert f"Epoch {DAY}. Coverage 100.0 %." in card
        assert re.search(r'href="/metrics-of/\w+\?tenant=default&amp;site=shop"', card), "and its inputs"
    assert page.count("What this means") >= 3, "the charts' own"


def test_each_chart_has_its_numbers_as_a_table(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12), malformed=1)
    page = browser(shop.collector).get("/").text
    assert page.count('role="img"') >= 4
    for caption in ("Hour by hour as a table", "Lengths as a table", "Reasons as a table"):
        assert caption in page
    assert '<th scope="row">Mon 2 March, 11:00</th><td>40</td><td>60</td><td>200</td>' in page
    assert "not a valid frame" in text(page)


def test_an_hour_nobody_listened_is_a_gap_and_not_a_zero(shop: SmallShop) -> None:
    shop.hear(day(), at(10), at(11))
    shop.hear([Stay(5000 + n, at(13), at(13, 5)) for n in range(20)], at(13), at(14))
    page = browser(shop.collector).get("/").text
    assert "2 hours without data" in text(page)
    table = page[page.index("Hour by hour as a table") :]
    assert table[: table.index("</table>")].count('<td class="few">no data</td>') == 6
    assert 'class="gap_marks"' in page


def test_low_coverage_is_told_beside_the_numbers(shop: SmallShop) -> None:
    shop.sensor("second")  # registered, never heard: half of the planned time is missing
    shop.hear(day(), at(9), at(12))
    page = browser(shop.collector).get("/").text
    assert figures(page)["Coverage"] == "50.0 %"
    assert "parts were not heard, so counts are too low" in page


def test_sensors_stand_with_state_and_conservation(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12))  # 360 batches
    totals = Totals(frames=9000, batches_emitted=370, batches_dropped_full=2)
    shop.take([shop.health(Health(totals, 1.0, at(12), spool_batches=5, version="0.1.0"))], at(12))
    shop.sensor("back")
    client = browser(shop.collector, now_ms=lambda: at(12, 1))
    said = text(client.get("/").text)
    assert "sensor-1 connected 13:00 60 s ago 9,000 370 360 3 5 0.1.0" in said
    assert "back never heard is it powered" in said
    states = {state["name"]: state for state in client.get("/api/fleet/sensors").json()["sensors"]}
    assert states["sensor-1"]["missing"] == 3
    assert (states["back"]["state"], states["back"]["connection"]) == ("never", "never heard")


def test_a_simulated_day_is_labelled_everywhere(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True, simulated=True))
    shop.hear(day(), at(9), at(12))
    client = browser(shop.collector)
    for path in ("/", "/?site=nowhere"):
        assert "Simulated." in text(client.get(path).text)
    assert client.get(f"/api/{TENANT}/shop/report").json()["simulated"] is True


def test_nothing_is_called_simulated_that_is_not(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12))
    client = browser(shop.collector)
    assert "imulated" not in client.get("/").text
    assert client.get(f"/api/{TENANT}/shop/report").json()["simulated"] is False


def test_the_page_follows_only_while_data_comes_in(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12))
    ingest = FakeIngest()
    client = browser(shop.collector, ingest)
    refresh = '<meta http-equiv="refresh"'
    assert refresh not in client.get("/").text
    ingest.messages_total = 360
    assert f'{refresh} content="5">' in client.get("/").text
    held = client.get("/?still=1").text
    assert refresh not in held
    assert "held still" in held


def test_another_site_is_chosen_by_name(shop: SmallShop) -> None:
    shop.hear(day(), at(9), at(12))
    shop.collector.registry.put_site(Site(TENANT, "Zoo & <b>Co</b>"))
    page = browser(shop.collector).get("/", params={"site": "Zoo & <b>Co</b>"}).text
    assert "<h1>Zoo &amp; &lt;b&gt;Co&lt;/b&gt;</h1>" in page
    assert "<b>" not in page
    assert "<option selected>Zoo &amp; &lt;b&gt;Co&lt;/b&gt;</option>" in page


def test_only_the_newest_three_days_of_hours_are_laid_out(shop: SmallShop) -> None:
    shop.hear(day(), at(10), at(11))
    shop.hear([Stay(5000 + n, at(106), at(106, 5)) for n in range(20)], at(106), at(107))
    page = browser(shop.collector).get("/").text
    assert "The last 72 hours" in text(page)
    table = page[page.index("Hour by hour as a table") :]
    assert table[: table.index("</table>")].count("<tr>") == 73


def test_nothing_heard_yet_says_what_to_do_next(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector")
    client = browser(shop.collector)
    page = client.get("/")
    assert page.status_code == 200
    assert "footfall collector add SENSOR --site shop" in page.text
    shop.sensor("door")
    assert "Done: door." in text(client.get("/").text)
    assert "Switch the sensor on." in text(client.get("/").text)
    shop.take([shop.birth(Birth("0.1.0", "3.11", "mips", "lean", "tokens", 0, False), "door")], at(24))
    assert "Done: it is connected." in text(client.get("/").text)


def test_where_units_come_in_by_claims_the_first_page_says_how(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True, broker_tls=True))
    page = browser(shop.collector).get("/").text
    assert "footfall collector claim new --site shop" in page
    assert "footfall-sensor enrol --url" in page
    assert '<a href="/fleet/approvals">' in page
    assert "collector add" not in page


def test_a_collector_without_a_site_welcomes(tmp_path: Path) -> None:
    folders.create(tmp_path / "collector", Settings())
    page = browser(folders.open_folder(tmp_path / "collector")).get("/")
    assert page.status_code == 200
    assert "Welcome to Footfall" in page.text
