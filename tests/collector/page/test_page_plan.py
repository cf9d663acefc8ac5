"""The plan of a site: uploaded, sensors put on it, zones coloured by released numbers alone."""

import io
import json
import re
from typing import Any

import pytest
from browse import TestClient, text
from PIL import Image
from residents import House, house_in
from shop import SITE, TENANT, Stay, at

from collector.page import body, routes
from collector.plans.book import Plans
from collector.records.audit import Audit

PATH = f"/plan/{TENANT}/{SITE}"
HALO = re.compile(r'<circle class="halo (\w+)" cx="([\d.]+)" cy="([\d.]+)"[^>]*><title>([^<]*)</title>')
UNIT = {"type": "Polygon", "coordinates": [[[0, 0], [0.001, 0], [0.001, 0.0005], [0, 0.0005], [0, 0]]]}
NAMED = {"type": "Feature", "properties": {"name": "<b>Hall</b>"}, "geometry": UNIT}


def png(width: int = 200, height: int = 100) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def house(tmp_path: Any) -> House:
    """60 visitors: all at the door, 30 of them at the shelf as well, and seven at the till; SIMULATED."""
    house = house_in(tmp_path / "collector")
    shop = house.shop
    for sensor, zone in (("front", "door"), ("back", "shelf"), ("desk", "till")):
        shop.sensor(sensor)
        shop.collector.store.zones.put(TENANT, SITE, zone, (sensor,), "test", 0)
    shop.hear([Stay(100 + n, at(11), at(11, 20)) for n in range(60)], sensor="front")
    shop.hear([Stay(100 + n, at(11, 10), at(11, 20), -30) for n in range(30)], sensor="back")
    shop.hear([Stay(100 + n, at(11, 15), at(11, 20), -20) for n in range(7)], sensor="desk")
    return house


@pytest.fixture
def admin(house: House) -> TestClient:
    return house.enter("administrator-all")


def upload(client: TestClient, content: bytes, **fields: str) -> Any:
    return client.post(PATH, data={"level": "0", **fields}, files={"file": ("plan", content)})


def place(client: TestClient, sensor: str, x: float | str, y: float | str, **more: str) -> Any:
    return client.post(f"{PATH}/place", data={"sensor": sensor, "x": str(x), "y": str(y), **more})


def halos(page: str) -> dict[str, tuple[str, float, float]]:
    """Each halo by what it says of itself: its look and its place."""
    return {says: (look, float(x), float(y)) for look, x, y, says in HALO.findall(page)}


def test_a_picture_becomes_the_plan_and_sensors_get_their_places(house: House, admin: TestClient) -> None:
    assert upload(admin, png()).headers["location"] == f"{PATH}?done=uploaded"
    assert place(admin, "front", 25, "50,5").headers["location"] == f"{PATH}?done=placed"
    page = admin.get(PATH).text
    assert 'data-sensor="front" transform="translate(250.0 252.5)"' in page
    assert 'class="sensor waits" data-sensor="back"' in page
    picture = admin.get(re.search(r'<image href="([^"]+)"', page)[1])  # type: ignore[index]
    assert picture.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(picture.content)).size == (200, 100)
    assert [one.says for one in Audit(house.engine).entries(1)] == ["front at 25.0 %, 50.5 % of the plan"]


def test_zones_are_coloured_by_what_the_report_shows(admin: TestClient) -> None:
    upload(admin, png())
    for number, sensor in enumerate(("front", "back", "desk")):
        place(admin, sensor, 20 + 30 * number, 50)
    found = halos(admin.get(f"/?tenant={TENANT}&site={SITE}").text)
    assert found["back, shelf: 30"] == ("shade3", 500.0, 250.0), "half of the sixty"
    assert found["desk, till: too few"][0] == "few"
    by_stay = halos(admin.get(f"/?tenant={TENANT}&site={SITE}&colour=stay").text)
    assert any(says.startswith("back, shelf: ") and says.endswith(" min") for says in by_stay)
    assert by_stay["desk, till: too few"][0] == "few"


def test_a_withheld_zone_is_nowhere_in_the_drawing(admin: TestClient) -> None:
    upload(admin, png())
    place(admin, "desk", 50, 50)
    page = admin.get(f"/?tenant={TENANT}&site={SITE}").text
    drawn = page[page.index('<div class="plan"') : page.index("</svg>", page.index('<div class="plan"'))]
    assert not re.search(r"\b7\b(?!\")", text(re.sub(r'r="7"', "", drawn)))
    assert "Not on the plan: back and front" in text(page)


def test_a_drawing_is_drawn_and_its_names_are_no_html(admin: TestClient) -> None:
    upload(admin, json.dumps({"type": "FeatureCollection", "features": [NAMED]}).encode())
    page = admin.get(PATH).text
    assert '<path class="area other" d="M' in page
    assert "&lt;b&gt;Hall&lt;/b&gt;" in page
    assert re.search(r"<text x=\"14\"[^>]*>20 m</text>", page), "a bar that says how long it is"
    assert admin.get(f"{PATH}/picture").status_code == 404


def test_a_zone_is_made_and_left_on_the_same_form(house: House, admin: TestClient) -> None:
    upload(admin, png())
    place(admin, "front", 10, 10, zone="window")
    zones = house.shop.collector.store.zones
    assert dict(zones.of(TENANT, SITE))["front"] == "window"
    place(admin, "front", 10, 10, zone="")
    assert "front" not in dict(zones.of(TENANT, SITE))
    assert "no name of a zone" in text(place(admin, "front", 10, 10, zone="a > b").text)


@pytest.mark.parametrize(
    ("content", "fields", "says"),
    [
        (b"GIF89a", {}, "no PNG, JPEG or WebP"),
        (png(), {"metres": "wide"}, "number of metres"),
        (png(), {"metres": "nan"}, "pixel is 0.0001 to 1000 m wide"),
        (png(), {"level": "up"}, "whole number"),
    ],
)
def test_what_is_no_plan_is_said_on_the_page(admin: TestClient, content: bytes, fields: Any, says: str) -> None:
    answer = upload(admin, content, **fields)
    assert answer.status_code == 409
    assert says in text(answer.text)


@pytest.mark.parametrize(("x", "y"), [("101", "5"), ("x", "5"), ("nan", "5"), ("", "5")])
def test_what_is_no_place_is_said_on_the_page(admin: TestClient, x: str, y: str) -> None:
    upload(admin, png())
    answer = place(admin, "front", x, y)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_a_file_is_taken_from_who_may_send_one_and_only_with_the_sessions_mark(house: House) -> None:
    assert upload(house.enter("analyst-all"), png()).status_code == 403
    assert upload(house.client(), png()).status_code in (401, 303)
    forged = house.enter("administrator-all")
    mark = forged.headers.pop("x-csrf-token")
    assert upload(forged, png()).status_code == 403
    assert upload(forged, png(), csrf="0" * 64).status_code == 403
    assert upload(forged, png(), csrf=mark).status_code == 303, "as a browser without scripts sends it"


def test_nothing_large_is_read_from_who_may_not_send_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr(body, "_whole", lambda receive, bytes_max: read.append(bytes_max))
    assert upload(house.enter("analyst-all"), png()).status_code == 403
    assert not read


def test_a_body_has_its_limit_by_route(admin: TestClient) -> None:
    limit = routes.UPLOADS["/plan/{tenant}/{site}"]
    assert upload(admin, b"x" * limit).status_code == 413
    assert admin.post(f"{PATH}/place", data={"sensor": "x" * 20_000}).status_code == 413


def test_another_sites_plan_is_not_there(house: House) -> None:
    one = house.enter("administrator-one")
    for path in (PATH.replace(SITE, "gallery-of-secrets"), PATH.replace(TENANT, "rivals")):
        assert one.get(path).status_code == one.get(f"{path}/picture").status_code == 404
        assert one.post(f"{path}/place", data={"sensor": "sensor-hidden", "x": "1", "y": "1"}).status_code == 404


def test_programs_read_and_write_positions(house: House, admin: TestClient) -> None:
    api = f"/api/{TENANT}/{SITE}/plan"
    assert admin.get(api).json() == {"plan": None, "positions": []}
    body = {"positions": [{"sensor": "front", "x": 10, "y": 20.5}]}
    assert admin.post(f"{api}/positions", json=body).status_code == 409, "no plan yet"
    upload(admin, png(), metres="0.05")
    said = admin.post(f"{api}/positions", json=body).json()
    assert said["positions"] == [{"sensor": "front", "x": 10.0, "y": 20.5}]
    assert (said["plan"]["kind"], said["plan"]["metres"]) == ("picture", 0.05)
    body["positions"] += [{"sensor": "sensor-hidden", "x": 1, "y": 1}]
    body["positions"][0]["x"] = 99
    assert admin.post(f"{api}/positions", json=body).status_code == 409
    assert Plans(house.engine).spots(TENANT, SITE)["front"].x == 10, "all or none"


def test_it_asks_before_a_plan_goes(house: House, admin: TestClient) -> None:
    upload(admin, png())
    place(admin, "front", 10, 10)
    assert "goes, and with it where its sensors hang" in text(admin.get(f"{PATH}/remove").text)
    assert admin.post(f"{PATH}/remove").headers["location"] == f"{PATH}?done=removed"
    assert Plans(house.engine).of(TENANT, SITE) is None
    assert Plans(house.engine).spots(TENANT, SITE) == {}


def test_many_sensors_are_placed_by_a_file_all_or_none(house: House, admin: TestClient) -> None:
    upload(admin, png())
    place(admin, "front", 10, 20, zone="door")
    given = admin.get(f"{PATH}/positions.csv")
    assert given.headers["content-disposition"] == 'attachment; filename="positions.csv"'
    assert "front,10.0,20.0,door\n" in given.text

    def send(text: str) -> Any:
        return admin.post(f"{PATH}/positions", files={"file": ("positions.csv", text.encode())})

    assert send("sensor,x,y,zone\nfront,30,40,door\nback,50,60,shelf > till\n").status_code == 409
    assert send("sensor,x,y\nfront,30,40\nnobody,50,60\n").status_code == 409
    plans, zones = Plans(house.engine), house.shop.collector.store.zones
    assert {name: (one.x, one.y) for name, one in plans.spots(TENANT, SITE).items()} == {"front": (10, 20)}
    assert send("sensor,x,y,zone\nfront,30,40,door\nback,,,window\n").status_code == 303
    assert {name: (one.x, one.y) for name, one in plans.spots(TENANT, SITE).items()} == {"front": (30, 40)}
    assert dict(zones.of(TENANT, SITE))["back"] == "window"


def test_a_plan_is_put_and_taken_away_by_a_program(house: House, admin: TestClient) -> None:
    api = f"/api/{TENANT}/{SITE}/plan"
    put = admin.post(api, data={"metres": "0.05"}, files={"file": ("plan.png", png())})
    assert put.json()["plan"] | {"changed_ms": 0} == {
        "kind": "picture",
        "width": 200,
        "height": 100,
        "metres": 0.05,
        "changed_ms": 0,
    }
    assert admin.post(api, files={"file": ("plan.png", b"no picture")}).status_code == 409
    assert admin.post(api).status_code == 409, "no file"
    assert admin.post(f"{api}/remove").json() == {"plan": None, "positions": []}


def test_a_zone_that_nobody_listened_to_is_a_gap_and_not_too_few(house: House, admin: TestClient) -> None:
    """Its sensor hangs there and was never heard: the drawing, its legend and the table say so."""
    house.shop.sensor("attic")
    house.shop.collector.store.zones.put(TENANT, SITE, "upstairs", ("attic",), "test", 0)
    upload(admin, png())
    for number, sensor in enumerate(("front", "desk", "attic")):
        place(admin, sensor, 20 + 30 * number, 50)
    page = admin.get(f"/?tenant={TENANT}&site={SITE}").text
    found = halos(page)
    assert found["attic, upstairs: no data"][0] == "gap"
    assert found["desk, till: too few"][0] == "few"
    assert 'class="swatch hollow"' in page
    line = " ".join(text(page[page.index('<th scope="row">upstairs') :].partition("</tr>")[0]).split())
    assert line == "upstairs no data no data no data 0.0 % attic"
