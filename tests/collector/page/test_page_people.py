"""Who gets where: every role at every route, and nobody sees what is not theirs."""

from typing import Any, cast

import pytest
from browse import FakeIngest, TestClient, browser, text
from residents import GALLERY, HIDDEN, RIVALS, SEEN, House, house_in
from shop import TENANT
from starlette.routing import Route

from collector.ingest.mqtt import Ingest
from collector.page.app import create_app
from collector.page.fleet import paths as fleet
from collector.page.routes import GET, POST
from collector.people.user import NOWHERE
from collector.vitals.figures import Vitals, add_routes

A, T, N, O = "administrator", "technician", "analyst", "operator"  # noqa: E741
OPEN = {"/healthz", "/static/{name}", "/notice/{tenant}/{site}", "/image/{file}", "/login"}
ANY = {A, T, N, O}
# Said once more, so that a slip in the table of routes is seen. *: not for who is limited to sites.
MAY: dict[tuple[str, str], set[str]] = {
    ("GET", "/readyz"): {"*", O},
    ("GET", "/metrics"): {"*", O},
    ("GET", "/"): {A, N},
    ("GET", "/export/{tenant}/{site}/numbers.csv"): {A, N},
    ("GET", "/export/{tenant}/{site}/sheet.pdf"): {A, N},
    ("GET", "/export/{tenant}/{site}/picture/{chart}"): {A, N},
    ("GET", "/plan/{tenant}/{site}"): {A, T},
    ("GET", "/plan/{tenant}/{site}/picture"): ANY,
    ("GET", "/plan/{tenant}/{site}/remove"): {A, T},
    ("POST", "/plan/{tenant}/{site}"): {A, T},
    ("POST", "/plan/{tenant}/{site}/place"): {A, T},
    ("POST", "/plan/{tenant}/{site}/remove"): {A, T},
    ("GET", "/plan/{tenant}/{site}/positions.csv"): {A, T},
    ("POST", "/plan/{tenant}/{site}/positions"): {A, T},
    ("GET", "/api/{tenant}/{site}/plan"): {A, T},
    ("POST", "/api/{tenant}/{site}/plan"): {A, T},
    ("POST", "/api/{tenant}/{site}/plan/remove"): {A, T},
    ("POST", "/api/{tenant}/{site}/plan/positions"): {A, T},
    ("GET", "/sites"): {A, N},
    ("GET", "/metrics-of"): {A, N},
    ("GET", "/metrics-of/{metric_name}"): {A, N},
    ("GET", "/sites.csv"): {A, N},
    ("GET", "/api/overview"): {A, N},
    **{("GET", path): {A, T} for path in fleet.GET},
    **{("POST", path): {A, T} for path in fleet.POST},
    ("GET", "/live"): ANY,
    ("GET", "/operation"): {"*", O},
    ("GET", "/operation/audit"): {"*", O},
    ("GET", "/operation/audit.csv"): {"*", O},
    ("GET", "/operation/conservation"): {"*", O},
    ("GET", "/operation/quarantine"): {"*", O},
    ("GET", "/operation/quarantine/purge"): {"*", O},
    ("GET", "/operation/quarantine/replay"): {"*", O},
    ("GET", "/operation/quarantine/{number}"): {"*", O},
    ("GET", "/operation/storage"): {"*", O},
    ("GET", "/api/operation/audit"): {"*", O},
    ("GET", "/api/operation/conservation"): {"*", O},
    ("GET", "/api/operation/quarantine"): {"*", O},
    ("GET", "/api/operation/quarantine/{number}"): {"*", O},
    ("GET", "/api/operation/status"): {"*", O},
    ("GET", "/api/operation/storage"): {"*", O},
    ("POST", "/operation/quarantine/purge"): {"*", O},
    ("POST", "/operation/quarantine/replay"): {"*", O},
    ("POST", "/api/operation/quarantine/purge"): {"*", O},
    ("POST", "/api/operation/quarantine/replay"): {"*", O},
    ("GET", "/people"): {"*", A},
    ("GET", "/people/+new"): {"*", A},
    ("GET", "/people/{name}"): {"*", A},
    ("GET", "/people/{name}/password"): {"*", A},
    ("GET", "/api/users/{name}/tokens"): {"*", A},
    ("POST", "/people/+new"): {"*", A},
    ("POST", "/people/{name}/change"): {"*", A},
    ("POST", "/people/{name}/disable"): {"*", A},
    ("POST", "/people/{name}/enable"): {"*", A},
    ("POST", "/people/{name}/password"): {"*", A},
    ("POST", "/people/{name}/sessions"): {"*", A},
    ("POST", "/people/{name}/tokens"): {"*", A},
    ("POST", "/api/users/{name}/sessions/end"): {"*", A},
    ("POST", "/api/users/{name}/tokens/{number}/revoke"): {"*", A},
    ("GET", "/account"): ANY,
    ("GET", "/account/password"): ANY,
    ("GET", "/api/openapi.json"): ANY,
    ("GET", "/api/me"): ANY,
    ("GET", "/api/sites"): ANY,
    ("GET", "/api/{tenant}/{site}/report"): {A, N},
    ("GET", "/api/users"): {"*", A},
    ("GET", "/api/tokens"): ANY,
    ("POST", "/account/tokens"): ANY,
    ("POST", "/account/tokens/revoke"): ANY,
    ("POST", "/api/users"): {"*", A},
    ("POST", "/api/users/{name}/role"): {"*", A},
    ("POST", "/api/users/{name}/sites"): {"*", A},
    ("POST", "/api/users/{name}/password"): {"*", A},
    ("POST", "/api/users/{name}/disable"): {"*", A},
    ("POST", "/api/users/{name}/enable"): {"*", A},
    ("POST", "/api/tokens"): ANY,
    ("POST", "/api/tokens/{number}/revoke"): ANY,
    ("POST", "/account/password"): ANY,
    ("POST", "/logout"): ANY,
}
FILLED = {"{tenant}": TENANT, "{site}": "shop", "{number}": "999", "{name}": "nobody", "{sensor}": "sensor-1"}
FILLED |= {"{scope}": "sensor", "{act}": "pause", "{kind}": "image"}
PERSONS = ["", "newcomer", *(f"{role}-all" for role in sorted(ANY)), *(f"{role}-one" for role in (A, T, N))]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_in(tmp_path_factory.mktemp("house") / "collector")


def filled(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


def ask(client: TestClient, method: str, path: str) -> Any:
    return client.get(filled(path)) if method == "GET" else client.post(filled(path))


def test_every_route_of_the_application_stands_in_the_table_and_no_other(house: House) -> None:
    app = create_app(house.shop.collector, cast(Ingest, FakeIngest()))
    add_routes(app, cast(Vitals, None))
    found = {(method, route.path) for route in app.routes if isinstance(route, Route) for method in route.methods or ()}
    assert len(app.routes) == len([route for route in app.routes if isinstance(route, Route)]), "a mount hides others"
    wanted = {("GET", path) for path in GET} | {("POST", path) for path in POST}
    assert found - {(method, path) for method, path in found if method == "HEAD"} == wanted


def test_the_matrix_below_speaks_of_every_route() -> None:
    wanted = {("GET", path) for path in GET} | {("POST", path) for path in POST}
    assert {*MAY, *(("GET", path) for path in OPEN), ("POST", "/login"), ("POST", "/preferences")} == wanted


@pytest.mark.parametrize("name", PERSONS)
def test_every_route_lets_in_whom_it_should_and_nobody_else(house: House, name: str) -> None:
    client = house.enter(name) if name else house.client()
    role, _, reach = name.partition("-")
    for (method, path), allowed in MAY.items():
        said = ask(client, method, path)
        where = f"{method} {path} {said.status_code} {said.headers.get('location', '')}"
        as_page = method == "GET" and not (path.startswith("/api/") or path in ("/metrics", "/readyz"))
        if not name:
            assert said.status_code == (303 if as_page else 401), where
            assert not as_page or said.headers["location"].startswith("/login"), where
        elif name == "newcomer":
            if path in ("/account/password", "/logout"):
                assert said.status_code in (200, 303, 409), where
            else:
                assert said.status_code == (303 if as_page else 403), where
        elif role in allowed and (reach == "all" or "*" not in allowed):
            assert said.status_code in (200, 303, 400, 404, 409, 422), where
            assert not said.headers.get("location", "").startswith("/login?"), where
        else:
            assert said.status_code == (303 if path == "/" else 403), where
            assert not set(HIDDEN) & set(text(said.text).split()), where


@pytest.mark.parametrize("path", sorted(OPEN))
def test_open_routes_need_nobody(house: House, path: str) -> None:
    assert ask(house.client(), "GET", path).status_code in (200, 404)  # a notice may not be set


def test_what_is_in_no_table_is_refused_before_the_application(house: House) -> None:
    app = create_app(house.shop.collector, cast(Ingest, FakeIngest()))
    asked = []

    @app.get("/forgotten")
    def forgotten() -> str:
        asked.append(1)
        return "secret"

    client = TestClient(app, "http://127.0.0.1")
    for method in ("GET", "POST", "PUT", "HEAD"):
        assert client.request(method, "/forgotten").status_code in (404, 405)
    assert not asked


@pytest.mark.parametrize("name", [f"{role}-one" for role in (A, T, N)])
def test_nothing_of_other_sites_is_in_any_answer(house: House, name: str) -> None:
    client, seen = house.enter(name), 0
    for path in GET:
        said = client.get(filled(path))
        if said.status_code != 200 or path in OPEN:
            continue
        seen += 1
        for hidden in HIDDEN:
            assert hidden not in said.text, (path, hidden)
    assert seen >= 5


@pytest.mark.parametrize("path", ["/?site={}", "/?tenant={}", f"/api/{TENANT}/{{}}/report", "/api/{}/shop/report"])
def test_a_hidden_place_reads_as_one_that_is_not_there(house: House, path: str) -> None:
    client = house.enter("analyst-one")
    secret = RIVALS if "tenant" in path or path.startswith("/api/{}") else GALLERY
    hidden, absent = client.get(path.format(secret)), client.get(path.format("nowhere"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace(secret, "nowhere") == absent.text


def test_who_sees_everything_finds_them(house: House) -> None:
    """The searches above would find what they look for."""
    client = house.enter("administrator-all")
    both = client.get("/api/fleet/sensors").text + client.get("/api/sites").text + client.get("/fleet").text
    assert all(hidden in both for hidden in HIDDEN)


def test_a_technician_reads_no_number_of_visitors(house: House) -> None:
    client = house.enter("technician-all")
    assert client.get("/").headers["location"] == "/fleet"
    page = text(client.get("/fleet").text)
    assert "sensor-1" in page
    assert "isitor" not in page + client.get("/api/fleet/sensors").text


def test_an_analyst_without_sites_is_told_so(house: House) -> None:
    house.people.give_sites("analyst-one", NOWHERE, "cli:test", house.now_ms)
    try:
        assert "which sites you may see" in text(house.enter("analyst-one").get("/").text)
    finally:
        house.people.give_sites("analyst-one", SEEN, "cli:test", house.now_ms)


def test_vitals_are_for_this_machine_and_for_who_operates(house: House) -> None:
    here = house.client(address="127.0.0.1")
    assert here.get("/metrics").status_code == here.get("/readyz").status_code == 200
    assert house.client(address="::1").get("/metrics").status_code == 200
    for header in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
        assert here.get("/metrics", headers={header: "198.51.100.1"}).status_code == 401, "a proxy asks for another"
    there = house.client()
    assert there.get("/metrics").status_code == there.get("/readyz").status_code == 401
    token = house.token("operator-all", "read:operation")
    assert there.get("/metrics", headers=token).status_code == 200


def test_an_open_page_is_for_this_machine_alone(house: House) -> None:
    collector = house.shop.collector
    page = browser(collector).get("/")
    assert "Open page: whoever uses this machine" in text(page.text)
    assert browser(collector, url="http://localhost:8080").get("/").status_code == 200
    assert browser(collector, url="http://rebound.example").get("/").status_code == 403
    assert browser(collector).get("/", headers={"x-forwarded-for": "198.51.100.1"}).status_code == 403
    assert browser(collector).get("/api/users").status_code == 403, "it changes nothing and tells of nobody"
