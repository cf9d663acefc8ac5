"""The fleet by its API: each change is carried out, is in the audit log, and stays within what somebody may see."""

from dataclasses import dataclass
from typing import Any

import pytest
from browse import TestClient
from residents import GALLERY, HIDDEN, House, house_in
from shop import TENANT

from collector.configuration.editor import Editor
from collector.configuration.layers import Place, Scope
from collector.errors import QueryError
from collector.records.audit import Audit
from collector.records.reports import Report
from collector.watch.alerts import Alert, Turn
from collector.watch.book import Book
from collector.watch.grouping import Cause
from footfall_sensor.wire.reports import Health, Totals

SENSOR = f"/api/fleet/sensors/{TENANT}/sensor-1"
HIDDEN_SENSOR = f"/api/fleet/sensors/{TENANT}/sensor-hidden"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house_in(tmp_path_factory.mktemp("house") / "collector")
    health = Health(Totals(frames=5000), 900.0, made.now_ms, radio="listening", clock="synced", version="0.1.0")
    made.shop.collector.registry.reports.record([Report(1, 42, made.now_ms, True, "0.1.0", health)])
    return made


@pytest.fixture(scope="module")
def technician(house: House) -> TestClient:
    """Who sees one site."""
    return house.enter("technician-one")


@pytest.fixture(scope="module")
def administrator(house: House) -> TestClient:
    return house.enter("administrator-all")


def last_deed(house: House) -> tuple[str, str, str]:
    entry = Audit(house.engine).entries(1)[-1]
    return entry.actor, entry.verb, entry.object


def deeds(house: House) -> int:
    return len(Audit(house.engine).entries())


CHANGES: list[tuple[str, dict[str, Any], str]] = [
    (f"{SENSOR}/edit", {"tags": ["door", "pilot"]}, "edit"),
    (f"{SENSOR}/command", {"verb": "report"}, "report"),
    (f"{SENSOR}/quarantine", {"why": "odd"}, "quarantined"),
    (f"{SENSOR}/release", {"why": "looked at"}, "approved"),
    ("/api/fleet/maintenance", {"tenant": TENANT, "site": "shop", "hours": 2, "why": "new switch"}, "maintain"),
    (f"/api/fleet/config/site/{TENANT}/shop", {"set": {"window_s": "60"}, "why": "less traffic"}, "configure"),
    (f"/api/fleet/config/site/{TENANT}/shop", {"unset": ["window_s"]}, "configure"),
    (
        "/api/fleet/variables",
        {"tenant": TENANT, "layers": [{"scope": "site", "name": "shop", "values": {"gateway": "10.0.7.1"}}]},
        "configure",
    ),
    (
        "/api/fleet/campaigns",
        {"scope": "site", "tenant": TENANT, "name": "shop", "options": {"window_s": "45"}, "stages": "1,100%"},
        "begin",
    ),
    ("/api/fleet/campaigns/1/pause", {"why": "look first"}, "pause"),
    ("/api/fleet/campaigns/1/resume", {}, "resume"),
    ("/api/fleet/campaigns/1/cancel", {}, "cancel"),
]


@dataclass(frozen=True)
class Carried:
    """What became of one of the changes."""

    path: str
    status_code: int
    text: str
    actor: str
    verb: str


@pytest.fixture(scope="module", autouse=True)
def carried(house: House, technician: TestClient) -> list[Carried]:
    """All changes, before any test, so that each finds the same house whichever run beside it."""
    done = []
    for path, body, _ in CHANGES:
        said = technician.post(path, json=body)
        actor, verb, _ = last_deed(house)
        done.append(Carried(path, said.status_code, said.text, actor, verb))
    return done


def test_every_change_is_in_the_audit_log_with_who_made_it(carried: list[Carried]) -> None:
    for one, (_, _, verb) in zip(carried, CHANGES, strict=True):
        assert one.status_code == 200, (one.path, one.text)
        assert (one.actor, one.verb) == ("web:technician-one", verb), one.path


def test_a_proposal_is_listed_and_decided_by_api(house: House, administrator: TestClient) -> None:
    """Nobody's own; twice is not there."""
    place = Place(Scope.GROUP, TENANT, "stockroom")
    editor = Editor(house.shop.collector.registry, "cli:grace", lambda: house.now_ms)
    editor.set(place, {"mode": "counts"})
    made = [editor.set(place, {"mode": "tokens"}, "routes").proposal for _ in range(2)]
    found = administrator.get("/api/fleet/proposals").json()
    assert [(one["id"], one["change"], one["own"]) for one in found] == [(id, "mode=tokens", False) for id in made]
    said = administrator.post(f"/api/fleet/proposals/{made[0]}/withdraw", json={}).json()
    assert said == {"id": made[0], "layer": str(place), "change": "mode=tokens", "confirmed": False}
    assert administrator.post(f"/api/fleet/proposals/{made[1]}/confirm", json={}).json()["confirmed"]
    assert editor.store.fleet().layer(place).options["mode"] == "tokens"
    assert administrator.post(f"/api/fleet/proposals/{made[1]}/confirm", json={}).status_code == 404
    editor.rollback(place, 0)


def test_options_with_variables_are_listed_and_rendered_within_what_somebody_sees(
    house: House, technician: TestClient, administrator: TestClient
) -> None:
    """What a unit gets, what it would get, and the sentence that names the unit and the variable."""
    hidden = f"/api/fleet/config/site/{TENANT}/{GALLERY}"
    assert administrator.post(hidden, json={"set": {"$gateway": "10.0.9.1"}}).status_code == 200
    shop = f"/api/fleet/config/site/{TENANT}/shop"
    technician.post(shop, json={"set": {"$gateway": "10.0.7.1"}})
    lacking = technician.post(shop, json={"set": {"broker_host": "{{gate}}"}})
    assert lacking.status_code == 409
    assert "{{gate}} in broker_host" in lacking.text
    dry = technician.post(shop, json={"set": {"broker_host": "{{gateway}}"}, "dry": True}).json()
    assert dry["sensors"]["sensor-1"]["broker_host"] == [None, "10.0.7.1"]
    said = technician.post(shop, json={"set": {"broker_host": "{{gateway}}"}})
    assert said.status_code == 200, said.text
    assert technician.get(f"{SENSOR}/rendered").json() == {"options": {"broker_host": "10.0.7.1"}, "lacks": ""}
    (one,) = technician.get("/api/fleet/templates").json()
    assert (one["name"], one["options"], one["variables"], one["uses"]) == (
        "shop",
        {"broker_host": "{{gateway}}"},
        {"gateway": "10.0.7.1"},
        ["gateway"],
    )
    assert len(administrator.get("/api/fleet/templates").json()) == 2
    other = {"tenant": TENANT, "layers": [{"scope": "site", "name": GALLERY, "values": {"gateway": "x"}}]}
    assert technician.post("/api/fleet/variables", json=other).status_code == 404
    empty = {"tenant": TENANT, "layers": [{"scope": "site", "name": "shop", "values": {"gateway": ""}}]}
    assert technician.post("/api/fleet/variables", json=empty).status_code == 409
    technician.post(shop, json={"unset": ["broker_host"]})
    dry = technician.post("/api/fleet/variables", json={**empty, "dry": True}).json()
    assert dry == {"written": False, "layers": 1, "sensors": {}}
    administrator.post(hidden, json={"unset": ["$gateway"]})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{SENSOR}/release", {"why": "again"}),
        (f"{SENSOR}/approve", {}),
        (f"{SENSOR}/edit", {"tags": ["door", "pilot"]}),
        ("/api/fleet/campaigns/1/cancel", {}),
    ],
)
def test_what_is_done_already_is_no_error_and_no_deed(
    house: House, technician: TestClient, path: str, body: dict[str, Any]
) -> None:
    before = deeds(house)
    assert technician.post(path, json=body).status_code == 200
    assert deeds(house) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{SENSOR}/refuse", {"why": "nobody waits"}),
        (f"{SENSOR}/push", {}),
        (f"{SENSOR}/edit", {"latitude": 52.5}),
        ("/api/fleet/campaigns/1/resume", {}),
        (f"/api/fleet/config/site/{TENANT}/shop", {"set": {"window_s": "no number"}}),
        (f"/api/fleet/config/site/{TENANT}/shop", {}),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    house: House, technician: TestClient, path: str, body: dict[str, Any]
) -> None:
    before = deeds(house)
    said = technician.post(path, json=body)
    assert said.status_code == 409, said.text
    assert said.json()["error"]
    assert deeds(house) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{HIDDEN_SENSOR}/revoke", {"why": "mine?"}),
        (f"{HIDDEN_SENSOR}/approve", {}),
        (f"{HIDDEN_SENSOR}/command", {"verb": "restart"}),
        (f"{SENSOR}/edit", {"site": GALLERY}),
        (f"{SENSOR}/edit", {"behind": "sensor-hidden"}),
        (f"/api/fleet/config/tenant/{TENANT}/{TENANT}", {"set": {"window_s": "60"}}),
        (f"/api/fleet/config/group/{TENANT}/doors", {"set": {"window_s": "60"}}),
        (f"/api/fleet/config/site/{TENANT}/{GALLERY}", {"set": {"window_s": "60"}}),
        ("/api/fleet/maintenance", {"tenant": TENANT, "hours": 2, "why": "all of it"}),
        ("/api/fleet/push", {"tenant": TENANT, "sensors": ["sensor-1", "sensor-hidden"]}),
        ("/api/fleet/campaigns", {"scope": "tenant", "tenant": TENANT, "options": {"window_s": "45"}}),
    ],
)
def test_who_is_bound_to_a_site_changes_nothing_elsewhere(
    house: House, technician: TestClient, path: str, body: dict[str, Any]
) -> None:
    before = deeds(house)
    assert technician.post(path, json=body).status_code == 404
    assert deeds(house) == before


def test_a_campaign_that_reaches_other_sites_is_not_seen(
    house: House, technician: TestClient, administrator: TestClient
) -> None:
    body = {"scope": "tenant", "tenant": TENANT, "options": {"window_s": "50"}, "stages": "100%"}
    number = administrator.post("/api/fleet/campaigns", json=body).json()["campaign"]
    assert technician.get(f"/api/fleet/campaigns/{number}").status_code == 404
    assert number not in [one["campaign"] for one in technician.get("/api/fleet/campaigns").json()]
    assert technician.post(f"/api/fleet/campaigns/{number}/cancel", json={}).status_code == 404
    assert administrator.post(f"/api/fleet/campaigns/{number}/cancel", json={}).json()["state"] == "cancelled"


def test_history_says_nothing_of_places_that_are_not_theirs(
    house: House, technician: TestClient, administrator: TestClient
) -> None:
    for site in (GALLERY, "shop"):
        said = administrator.post(f"{SENSOR}/edit", json={"site": site})
        assert said.status_code == 200, said.text
    assert GALLERY in administrator.get(f"{SENSOR}/history").text
    said = technician.get(f"{SENSOR}/history")
    assert said.status_code == 200
    assert not any(hidden in said.text for hidden in HIDDEN)


def test_the_list_is_filtered_sorted_and_paged_and_says_how_many_are_in_each_state(administrator: TestClient) -> None:
    whole = administrator.get("/api/fleet/sensors").json()
    assert whole["total"] == sum(whole["counts"].values()) == 3
    assert [one["name"] for one in whole["sensors"]] == ["sensor-1", "sensor-hidden", "sensor-rival"]
    turned = administrator.get("/api/fleet/sensors?sort=-name&size=2&page=2").json()
    assert ([one["name"] for one in turned["sensors"]], turned["pages"]) == (["sensor-1"], 2)
    found = administrator.get("/api/fleet/sensors?q=pilot+SHOP&tag=door").json()
    assert [one["name"] for one in found["sensors"]] == ["sensor-1"]
    assert administrator.get("/api/fleet/sensors?state=amiss").json()["total"] == 3 - whole["counts"].get("ok", 0)
    assert administrator.get("/api/fleet/sensors?state=unheard-of").status_code == 422


def test_alerts_are_acknowledged_and_put_off_once(house: House, technician: TestClient) -> None:

    causes = (Cause(TENANT, "shop", "sensor-1", "deaf"), Cause(TENANT, GALLERY, "sensor-hidden", "deaf"))
    standing = tuple(Alert(cause, 1, 2, "not one frame", "look", (cause.sensor,)) for cause in causes)
    Book(house.engine).save({}, {}, {}, Turn(standing, (), ()), house.now_ms)
    (alert,) = technician.get("/api/fleet/alerts").json()
    assert alert["sensor"] == "sensor-1"
    path = f"/api/fleet/alerts/{alert['id']}"
    assert technician.post(f"{path}/acknowledge").json()["acknowledged_by"] == "web:technician-one"
    assert last_deed(house)[1] == "acknowledge"
    before = deeds(house)
    assert technician.post(f"{path}/acknowledge").status_code == 200
    assert deeds(house) == before
    assert technician.post(f"{path}/snooze?hours=2").json()["snoozed_until_ms"] == house.now_ms + 7_200_000
    assert technician.post(f"/api/fleet/alerts/{alert['id'] + 1}/acknowledge").status_code == 404


def test_prometheus_gets_targets_of_sensors_that_may_send(technician: TestClient) -> None:
    said = technician.get("/api/fleet/http_sd?target={sensor}.lan:9100").json()
    assert said == [
        {
            "targets": ["sensor-1.lan:9100"],
            "labels": {"sensor": "sensor-1", "site": "shop", "tenant": TENANT, "tags": ",door,pilot,"},
        }
    ]
    assert technician.get("/api/fleet/http_sd?target={unit}").status_code == 409


def test_a_token_that_only_reads_changes_nothing(house: House) -> None:
    client, token = house.client(), house.token("technician-one", "read:fleet")
    assert client.get("/api/fleet/sensors", headers=token).status_code == 200
    assert client.post(f"{SENSOR}/command", headers=token, json={"verb": "report"}).status_code == 403


def test_a_persons_token_is_no_second_person(house: House, administrator: TestClient) -> None:
    """Who proposes by the page what tells more of people cannot say yes to it by another way."""

    body = {"set": {"associated": "on", "bssid": "02:00:00:00:00:01"}, "why": "test"}
    said = administrator.post(f"/api/fleet/config/site/{TENANT}/shop", json=body).json()
    assert said["proposal"]
    assert not said["written"]
    registry = house.shop.collector.registry
    for way in ("api", "cli"):
        with pytest.raises(QueryError, match="your own"):
            Editor(registry, f"{way}:administrator-all", lambda: house.now_ms).confirm(said["proposal"])
    assert Editor(registry, "cli:somebody", lambda: house.now_ms).confirm(said["proposal"])
    assert administrator.post(f"/api/fleet/config/site/{TENANT}/shop", json={"unset": ["associated", "bssid"]}).json()[
        "written"
    ]
