"""A metric's page: what the number means, how it may mislead, and every table that it rests on."""

import html

import pytest
from browse import TestClient, browser
from shop import TENANT, SmallShop

from collector.metrics import ORDER, inputs, metric, metrics
from collector.page import language
from collector.records.registry import Site


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    site = Site(TENANT, "shop", inside_dbm=-58, bounce_s=420)
    return browser(SmallShop(tmp_path_factory.mktemp("meanings") / "collector", site=site).collector)


def test_every_metric_has_a_page_with_its_definition_bias_and_inputs(client: TestClient) -> None:
    listed = client.get("/metrics-of").text
    for one in metrics():
        assert f'href="/metrics-of/{one.name}"' in listed
        page = html.unescape(client.get(f"/metrics-of/{one.name}").text)
        for said in (one.title, one.definition, one.bias, one.unit, one.source, one.sql.splitlines()[-1].strip()):
            assert said in page, one.name
        for table in inputs.beneath(one.name):
            assert f'id="{table.name}"' in page
            assert table.definition in page


def test_the_page_speaks_german(client: TestClient) -> None:
    page = html.unescape(client.get("/metrics-of/visitors", headers={"accept-language": "de"}).text)
    with language.speaking("de"):
        for table in inputs.beneath("visitors"):
            assert language.gettext(table.definition) != table.definition
            assert language.gettext(table.definition) in page


def test_it_says_what_the_site_that_one_came_from_has_set(client: TestClient) -> None:
    asked = {"tenant": TENANT, "site": "shop"}
    assert "−58 dBm" in client.get("/metrics-of/visitors", params=asked).text
    assert "7 min" in client.get("/metrics-of/bounce_rate", params=asked).text
    assert "dBm" not in client.get("/metrics-of/visitors").text
    assert client.get("/metrics-of/visitors", params={"tenant": TENANT, "site": "nowhere"}).status_code == 404
    assert client.get("/metrics-of/judge").status_code == 404, "a table, and no metric"


@pytest.mark.parametrize("name", ["visitors", "dwell", "noise_share", "routes"])
def test_inputs_go_down_to_what_sensors_sent(name: str) -> None:
    assert {"all_sightings", "places"} <= {table.name for table in inputs.beneath(name)}


def test_every_table_that_a_metric_reads_is_explained() -> None:
    """A KeyError here names one that is not: inputs.GIVEN has those that no SQL makes."""
    told = {table.name for name in ORDER for table in inputs.beneath(name)}
    assert set(inputs.GIVEN) <= told, "explained, and nobody reads it"
    assert inputs.reads("WITH a AS (SELECT 1 FROM b), c AS (SELECT 2 FROM a) SELECT * FROM c JOIN d -- FROM e") == (
        "b",
        "d",
    )
    assert "history" not in inputs.reads(metric("visitors").sql)
