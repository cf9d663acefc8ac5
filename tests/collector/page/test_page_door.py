"""The HTTP door: methods, lengths, headers, and errors that are sentences."""

import re
from pathlib import Path

import pytest
from browse import FakeIngest, browser, text
from fastapi.testclient import TestClient
from shop import TENANT, SmallShop, Stay, at

from collector.errors import StoreError
from collector.reporting import report

ANY_PATH = ("/", "/?site=nowhere", "/nothing", "/healthz", "/static/site.css", "/api/fleet/sensors", "/api/x/y/report")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(n, at(10), at(10, 5)) for n in range(20)], at(10), at(11))
    return shop


@pytest.fixture
def client(shop: SmallShop) -> TestClient:
    return browser(shop.collector)


POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
]
# A script of ours by its address is the only one there may be.
FORBIDDEN = re.compile(
    r"<script(?! src=\"/static/[\w.-]+\?v=\w+\" defer></script>)|<style|\sstyle=|javascript:|\son\w+=|https?://(?!www\.w3\.org/)"
)


def headers_hold(headers: "dict[str, str]") -> None:
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.split("; ") == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ANY_PATH)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    headers_hold(dict(client.get(path).headers))
    headers_hold(dict(client.post(path).headers))


@pytest.mark.parametrize("path", ["/", "/?site=nowhere", "/nothing"])
def test_pages_have_nothing_that_their_policy_forbids(client: TestClient, path: str) -> None:
    assert not FORBIDDEN.findall(client.get(path).text)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_only_reading_is_allowed(client: TestClient, method: str) -> None:
    said = client.request(method, "/")
    assert said.status_code == 405
    assert said.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/static/site.css"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    plain = {"accept-encoding": "identity"}
    get, head = client.get(path, headers=plain), client.head(path, headers=plain)
    assert head.status_code == get.status_code
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.content == b""


def test_long_questions_are_refused(client: TestClient) -> None:
    assert client.get("/?site=" + "x" * 508).status_code == 414
    assert client.get("/?site=" + "x" * 507).status_code == 404
    assert client.get("/" + "x" * 600).status_code == 414
    assert client.request("GET", "/", content=b"a body").status_code == 413


def test_an_unknown_site_is_a_sentence(client: TestClient) -> None:
    page = client.get("/?site=<i>nowhere</i>")
    assert page.status_code == 404
    assert "There is no site &#39;&lt;i&gt;nowhere&lt;/i&gt;&#39;" in page.text
    said = client.get(f"/api/{TENANT}/nowhere/report")
    assert said.status_code == 404
    assert said.json() == {"error": "there is no site 'nowhere' of tenant 'default'; there are: shop."}
    assert client.get("/?tenant=nobody").status_code == 404


def test_an_unknown_page_is_a_sentence(client: TestClient) -> None:
    assert "There is no such page." in text(client.get("/admin").text)
    assert client.get("/api/admin").json()["error"].startswith("There is no such page.")


def test_a_site_without_data_is_a_sentence_in_json(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "empty")
    said = browser(shop.collector).get(f"/api/{TENANT}/shop/report")
    assert said.status_code == 404
    assert "nothing has been heard at 'shop' yet" in said.json()["error"]


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [(StoreError("the disk is full"), 503, "The disk is full."), (KeyError("secret"), 500, "Its log says why")],
)
def test_faults_are_pages_too(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, says: str
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(report, "build", broken)
    said = browser(shop.collector).get("/")
    assert said.status_code == status
    assert says in text(said.text)
    assert "secret" not in said.text
    headers_hold(dict(said.headers))


def test_health_tells_of_the_ingest(shop: SmallShop) -> None:
    said = browser(shop.collector, FakeIngest(ok=False, state="waiting for the store: full")).get("/healthz")
    assert said.json() == {"ok": False, "ingest": "waiting for the store: full"}


def test_numbers_are_kept_by_no_cache_and_the_style_sheet_is(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-encoding"] == "gzip"
    sheet = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in client.get(sheet).headers["cache-control"]
