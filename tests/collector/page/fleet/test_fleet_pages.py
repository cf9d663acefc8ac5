"""The fleet's pages: they say what the registry says, keep their question in the address, ask before they act."""

import re
from dataclasses import replace

import pytest
from browse import TestClient, text
from residents import GALLERY, House, house_in
from shop import TENANT

from collector.configuration.editor import Editor
from collector.configuration.layers import Place, Scope
from collector.page.fleet import asked, mapping
from collector.page.fleet.asked import Asked
from collector.records.audit import Audit
from collector.records.reports import Report
from collector.watch.alerts import Alert, Turn
from collector.watch.book import Book
from collector.watch.grouping import Cause
from collector.watch.muster import Muster, Mustered
from collector.watch.past import HOUR_MS, Past, StateChange
from collector.watch.seen import Sample
from footfall_sensor.wire.reports import Health, Totals

UNIT = f"/fleet/sensor/{TENANT}/sensor-1"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house_in(tmp_path_factory.mktemp("house") / "collector")
    health = Health(
        Totals(frames=5000), 900.0, made.now_ms, radio="listening", clock="synced", version="0.1.0",
        channels="hops 1 6 11", heard=((2412, 77),), temperature_c=48.0, memory_available_kib=30_000,
    )  # fmt: skip
    made.shop.collector.registry.reports.record([Report(1, 42, made.now_ms, True, "0.1.0", health)])
    book, past = Book(made.engine), Past(made.engine)
    for minutes in range(60, -1, -10):
        at_ms = made.now_ms - minutes * 60_000
        sample = Sample(1, at_ms, 42, 5000 - 50 * minutes, 0, 0, 0, 0.1, 30_000, 48.0, 12, 0, 0)
        book.add_samples([sample], made.now_ms)
    past.add_states([StateChange(1, made.now_ms - 3 * HOUR_MS, "silent", "no word for 8 minutes")])
    past.add_states([StateChange(1, made.now_ms - 2 * HOUR_MS, "ok", "")])
    cause = Cause(TENANT, "shop", "sensor-1", "late")
    alert = Alert(cause, made.now_ms - HOUR_MS, made.now_ms, "its oldest batch has waited", "look", ("sensor-1",))
    book.save({}, {}, {}, Turn((alert,), (), ()), made.now_ms)
    return made


@pytest.fixture(scope="module")
def technician(house: House) -> TestClient:
    """Who sees one site."""
    return house.enter("technician-one")


def mark(client: TestClient) -> dict[str, str]:
    """What each form carries."""
    return {"csrf": client.headers["x-csrf-token"]}


def last_verb(house: House) -> str:
    return Audit(house.engine).entries(1)[-1].verb


def test_the_list_leads_to_each_sensor_and_its_filters_are_links(technician: TestClient) -> None:
    html = technician.get("/fleet").text
    assert f'href="{UNIT}"' in html
    (link,) = set(re.findall(r'href="(/fleet\?state=[a-z]+)"', html))
    assert "sensor-1" in text(technician.get(link).text)
    assert "No sensor fits these filters" in text(technician.get("/fleet?q=nowhere").text)
    assert technician.get("/fleet?page=9999&sort=nonsense&state=nonsense").status_code == 200


def test_a_units_page_says_how_it_is_and_was(technician: TestClient) -> None:
    html = technician.get(f"{UNIT}?hours=6").text
    page = text(html)
    for said in ("hops 1 6 11", "77 probe requests", "Temperature", "no word for 8 minutes", "window_s"):
        assert said in page, said
    assert html.count('class="band') == 2
    assert html.count("<svg") > 2, "plots"
    assert technician.get(f"{UNIT}?hours=744").status_code == 200
    assert technician.get(f"/fleet/sensor/{TENANT}/sensor-hidden").status_code == 404


def test_what_is_done_from_a_units_page_is_asked_first_and_stands_in_the_audit_log(
    house: House, technician: TestClient
) -> None:
    asked_first = text(technician.get(f"{UNIT}/quarantine").text)
    assert "until somebody has looked" in asked_first
    for act, verb in (("report", "report"), ("quarantine", "quarantined"), ("release", "approved"), ("edit", "edit")):
        form = {**mark(technician), "why": "to try it", "tags": "door north"}
        said = technician.post(f"{UNIT}/{act}", data=form)
        assert (said.status_code, said.headers["location"]) == (303, UNIT), act
        assert last_verb(house) == verb
    assert "door, north" in text(technician.get(UNIT).text)
    wrong = technician.post(f"{UNIT}/edit", data={**mark(technician), "latitude": "north", "longitude": "1"})
    assert (wrong.status_code, "are degrees" in wrong.text) == (409, True)


def test_alerts_are_looked_after_from_the_page(house: House, technician: TestClient) -> None:
    assert "its oldest batch has waited" in text(technician.get("/fleet/alerts").text)
    said = technician.post("/fleet/alerts/acknowledge", data={**mark(technician), "number": "1"})
    assert (said.status_code, last_verb(house)) == (303, "acknowledge")
    said = technician.post("/fleet/alerts/snooze", data={**mark(technician), "number": "1", "hours": "8"})
    assert (said.status_code, last_verb(house)) == (303, "snooze")
    assert "web:technician-one looks after it" in text(technician.get("/fleet/alerts").text)
    assert technician.post("/fleet/alerts/acknowledge", data={**mark(technician), "number": "77"}).status_code == 404


def test_maintenance_begins_and_ends(house: House, technician: TestClient) -> None:
    form = {**mark(technician), "place": f"{TENANT}/shop", "hours": "2", "why": "new switch"}
    assert technician.post("/fleet/maintenance", data=form).status_code == 303
    assert "new switch" in text(technician.get("/fleet/maintenance").text)
    assert technician.post("/fleet/maintenance", data={**form, "hours": "many"}).status_code == 409
    assert technician.post("/fleet/maintenance", data={**form, "place": f"{TENANT}/*"}).status_code == 404
    assert technician.post("/fleet/maintenance/end", data={**mark(technician), "number": "1"}).status_code == 303
    assert last_verb(house) == "maintain"


def test_a_campaign_is_planned_begun_watched_and_ended(house: House, technician: TestClient) -> None:
    form = {**mark(technician), "layer": f"site {TENANT}/shop", "words": "window_s=45", "stages": "1,100%"}
    planned = text(technician.post("/fleet/campaigns/plan", data=form).text)
    assert "Nothing was begun yet" in planned
    assert "sensor-1" in planned
    assert text(technician.get("/fleet/campaigns").text).count("No campaign yet") == 1
    said = technician.post("/fleet/campaigns/begin", data=form)
    assert (said.status_code, last_verb(house)) == (303, "begin")
    path = said.headers["location"]
    html = technician.get(path).text
    assert "<progress" in html
    assert 'data-live="campaigns"' in html
    assert technician.post(f"{path}/pause", data=mark(technician)).status_code == 303
    assert last_verb(house) == "pause"
    assert "End this campaign?" in text(technician.get(f"{path}/cancel").text)
    assert technician.post(f"{path}/cancel", data={**mark(technician), "why": "enough"}).status_code == 303
    assert last_verb(house) == "cancel"
    assert technician.post(f"{path}/resume", data=mark(technician)).status_code == 409
    for wrong in ({"words": "nonsense=1"}, {"stages": "many"}, {"layer": ""}, {"words": "mode=counts"}):
        assert technician.post("/fleet/campaigns/plan", data={**form, **wrong}).status_code == 409, wrong


def test_a_form_without_its_mark_does_nothing(house: House, technician: TestClient) -> None:
    client = house.enter("technician-one")
    client.headers["x-csrf-token"] = ""
    assert client.post("/fleet/alerts/acknowledge", data={"number": "1"}).status_code == 403
    assert client.post(f"{UNIT}/revoke", data={"why": "lost"}).status_code == 403


def test_several_sensors_are_changed_at_once_after_a_look(house: House, technician: TestClient) -> None:
    """Ticked on the list, or all that fit its filters; the look changes nothing; none but those shown is changed."""
    html = technician.get("/fleet").text
    assert f'name="sensor" value="{TENANT}/sensor-1"' in html
    assert 'href="/fleet/selection?q=sensor&amp;all=1"' in technician.get("/fleet?q=sensor").text
    chosen = technician.get(f"/fleet/selection?sensor={TENANT}/sensor-1").text
    assert "1 sensor" in text(chosen)
    form = {**mark(technician), "sensors": f"{TENANT}/sensor-1", "add": "pilot west", "regroup": "1", "group": "doors"}
    before = len(Audit(house.engine).entries())
    planned = technician.post("/fleet/selection/plan", data=form)
    assert "group none -> doors; tags +pilot +west" in planned.text.replace("&gt;", ">")
    assert "Nothing was changed yet" in planned.text
    assert len(Audit(house.engine).entries()) == before
    seal = re.search(r'name="seal" value="(\w+)"', planned.text)
    assert seal is not None
    done = technician.post("/fleet/selection/change", data={**form, "seal": seal[1]})
    assert (done.status_code, done.headers["location"], last_verb(house)) == (303, "/fleet", "edit")
    assert "pilot west" in text(technician.get("/fleet").text)
    assert "They are so already" in text(technician.post("/fleet/selection/plan", data=form).text)
    every = {**mark(technician), "all": "1", "tag": "pilot", "remove": "west"}
    planned = technician.post("/fleet/selection/plan", data=every)
    seal = re.search(r'name="seal" value="(\w+)"', planned.text)
    assert seal is not None
    other = technician.post("/fleet/selection/change", data={**every, "tag": "nowhere", "seal": seal[1]})
    assert (other.status_code, "ther sensors fit now" in other.text) == (409, True)
    done = technician.post("/fleet/selection/change", data={**every, "seal": seal[1]})
    assert (done.status_code, done.headers["location"]) == (303, "/fleet?tag=pilot")
    for wrong in ({"add": "", "regroup": ""}, {"add": "no/tag"}):
        assert technician.post("/fleet/selection/plan", data={**form, **wrong}).status_code == 409, wrong
    hidden = {**form, "sensors": f"{TENANT}/sensor-hidden"}
    assert technician.post("/fleet/selection/plan", data=hidden).status_code == 404
    assert technician.get(f"/fleet/selection?sensor={TENANT}/sensor-hidden").status_code == 404
    assert technician.post("/fleet/selection/plan", data={**form, "move": f"{TENANT}/{GALLERY}"}).status_code == 404
    clear = {**mark(technician), "sensors": f"{TENANT}/sensor-1", "remove": "pilot", "regroup": "1", "group": ""}
    seal = re.search(r'name="seal" value="(\w+)"', technician.post("/fleet/selection/plan", data=clear).text)
    assert seal is not None
    assert technician.post("/fleet/selection/change", data={**clear, "seal": seal[1]}).status_code == 303


def test_what_tells_more_of_people_is_confirmed_by_another_person(house: House, technician: TestClient) -> None:
    """Not by who made it, by whatever way they come; within their sites; and what is done is in the audit log."""
    shop = Place(Scope.SITE, TENANT, "shop")
    editor = Editor(house.shop.collector.registry, "cli:technician-one", lambda: house.now_ms)
    editor.set(shop, {"mode": "counts"})
    number = editor.set(shop, {"mode": "tokens"}, "routes are wanted").proposal
    away = editor.set(Place(Scope.SITE, TENANT, GALLERY), {"mode": "tokens"}).proposal
    own = text(technician.get("/fleet/proposals").text)
    assert "mode is counts no more" in own
    assert "It is your own" in own
    assert GALLERY not in own
    assert "1 change waits for a second person" in text(technician.get("/fleet").text)
    refused = technician.post(f"/fleet/proposals/{number}/confirm", data=mark(technician))
    assert (refused.status_code, "another person must confirm it" in refused.text) == (409, True)
    assert technician.post(f"/fleet/proposals/{away}/confirm", data=mark(technician)).status_code == 404
    other = house.enter("technician-all")
    page = text(other.get("/fleet/proposals").text)
    assert "1 sensor would run otherwise" in page
    assert "Say yes to this change?" in text(other.get(f"/fleet/proposals/{number}/confirm").text)
    assert other.post(f"/fleet/proposals/{number}/confirm", data=mark(other)).status_code == 303
    assert last_verb(house) == "configure"
    assert editor.store.fleet().layer(shop).options["mode"] == "tokens"
    assert other.post(f"/fleet/proposals/{away}/withdraw", data=mark(other)).status_code == 303
    assert last_verb(house) == "withdraw"
    assert "No change waits" in text(other.get("/fleet/proposals").text)
    assert other.post(f"/fleet/proposals/{number}/confirm", data=mark(other)).status_code == 404
    editor.rollback(shop, 0)


def test_a_tenants_own_settings_are_confirmed_by_who_keeps_the_people(house: House) -> None:
    editor = Editor(house.shop.collector.registry, "cli:grace", lambda: house.now_ms)
    number = editor.terms(TENANT, {"epoch_days": "7", "epoch_reason": "a study"}).proposal
    assert number is not None
    technician, administrator = house.enter("technician-all"), house.enter("administrator-all")
    assert "epoch grows" not in technician.get("/fleet/proposals").text
    assert technician.post(f"/fleet/proposals/{number}/confirm", data=mark(technician)).status_code == 404
    assert "epoch grows" in administrator.get("/fleet/proposals").text
    assert administrator.post(f"/fleet/proposals/{number}/withdraw", data=mark(administrator)).status_code == 303


def everyone(house: House) -> tuple[Mustered, ...]:
    return Muster(house.shop.collector, lambda: house.now_ms).all()


def test_every_sort_and_each_page_keep_all_sensors(house: House) -> None:
    one, *_ = everyone(house)
    many = [
        replace(one, known=replace(one.known, sensor=replace(one.known.sensor, id=n, name=f"s-{n}")))
        for n in range(120)
    ]
    for sort in asked.SORTS:
        for way in ("", "-"):
            pages = [asked.find(Asked(sort=way + sort, page=page), many) for page in (1, 2, 3)]
            names = [row.name for found in pages for row in found.rows]
            assert sorted(names) == sorted(row.name for row in many)
    assert asked.find(Asked(page=99), many).page == 3
    assert [row.name for row in asked.find(Asked(), many).rows[8:11]] == ["s-8", "s-9", "s-10"]


def test_of_those_that_are_not_well_the_worst_come_first(house: House) -> None:
    """Whoever looks for the three worst of 300 has them on top; another order is a click."""
    one, *_ = everyone(house)
    many = [
        replace(one, known=replace(one.known, sensor=replace(one.known.sensor, id=n, name=f"s-{n}")), shown=shown)
        for n, shown in enumerate(
            replace(one.shown, state=state) for state in ("revoked", "outdated", "late", "silent")
        )
    ]
    found = [row.shown.state for row in asked.find(Asked(state=asked.AMISS), many).rows]
    assert found == ["silent", "late", "outdated", "revoked"], "for who is shut out nothing is to be done"


def test_a_place_on_the_map_is_north_when_it_is_north_and_east_when_it_is_east(house: House) -> None:
    one = everyone(house)[0]
    spots = {"west": (52.0, 9.0), "east": (52.0, 10.0), "north": (52.5, 9.5)}
    there = [
        replace(one, known=replace(one.known, sensor=replace(one.known.sensor, name=name), latitude=lat, longitude=lon))
        for name, (lat, lon) in spots.items()
    ]
    marks = {mark.label: mark for mark in mapping.of_sensors([*there, one])}
    west, east, north = (marks[name] for name in spots)
    assert west.x is not None and east.x is not None and north.y is not None and west.y is not None  # noqa: PT018
    assert west.x < east.x
    assert north.y < west.y
    assert marks["sensor-1"].x is None, "nobody has said where it hangs"
    assert all(0 < (mark.x or 1) < mapping.WIDTH and 0 < (mark.y or 1) < mapping.HEIGHT for mark in marks.values())
    (site,) = mapping.of_sites(there)
    assert (site.count, site.placed) == (3, 3)


def test_the_map_tells_of_ones_own_sites_alone(house: House, technician: TestClient) -> None:
    assert GALLERY in house.enter("technician-all").get("/fleet/map").text
    assert GALLERY not in technician.get("/fleet/map").text
