"""Packages and images from the page: taken in where the release key vouches, planned, begun; by the API, too."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
from browse import TestClient, text
from residents import House, house_in
from shop import TENANT

from collector.page.body import BODY_BYTES_MAX
from collector.page.fleet.paths import STREAM_BYTES_MAX
from collector.records.audit import Audit
from collector.records.reports import Report
from footfall_sensor import keys, signing
from footfall_sensor.wire.image import Image
from footfall_sensor.wire.release import Release
from tools.device import index

SECRET, STRANGER = signing.backend().generate(), signing.backend().generate()
BOARD = "tplink,cpe210-v3"
FIRMWARE = b"firmware" * 400_000  # more than is kept in memory
Files = list[tuple[str, tuple[str, bytes]]]


def package(version: str) -> tuple[bytes, Release]:
    content = f"package {version}".encode() * BODY_BYTES_MAX  # more than a form may have
    return content, Release("footfall-sensor", version, "ipk", len(content), hashlib.sha256(content).digest())


def image(version: str) -> tuple[bytes, Image]:
    return FIRMWARE, Image((BOARD,), version, "1.0", False, len(FIRMWARE), hashlib.sha256(FIRMWARE).digest())


def sent(content: bytes, what: Image | Release, key: keys.SecretKey = SECRET) -> Files:
    """The three files of a form, the signature first."""
    signature = index.sign(key, what.note()).encode()
    three = (("a.sig", signature), ("a.bin", content), ("a.note", what.note()))
    return [("files", one) for one in three]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house_in(tmp_path_factory.mktemp("house") / "collector")
    collector = made.shop.collector
    known = {sensor.name: sensor.id for sensor in collector.registry.sensors()}
    for name in ("sensor-1", "sensor-hidden"):
        said = Report(known[name], 42, made.now_ms, True, "0.1.0", None, "24.10.4-r28739", BOARD)
        collector.registry.reports.record([said])
    return made


@pytest.fixture(scope="module")
def client(house: House) -> TestClient:
    """Somebody who sees all sites. The release key and the files come with it, as the first tests want them."""
    return house.enter("administrator-all")


def test_nothing_is_taken_in_where_no_release_key_is_known(house: House, client: TestClient) -> None:
    said = client.post("/api/fleet/uploads", files=sent(*package("0.2.0-r1")))
    assert (said.status_code, "knows no release key" in said.json()["error"]) == (409, True)
    (house.shop.collector.folder / "release.pub").write_text(SECRET.public.text(), encoding="ascii")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (sent(*package("0.2.0-r1"), STRANGER), "is not signed by this collector"),
        (sent(b"other", package("0.2.0-r1")[1]), "is not the file that was signed"),
        (sent(*package("0.2.0-r1"))[:2], "three files are wanted"),
        ([], "three files are wanted"),
    ],
)
def test_what_the_release_key_does_not_vouch_for_stays_outside(
    house: House, client: TestClient, files: Files, says: str
) -> None:
    said = client.post("/api/fleet/uploads", files=files)
    assert (said.status_code, says in said.json()["error"]) == (409, True)
    assert client.get("/api/fleet/packages").json() == []
    assert not list(house.shop.collector.folder.glob("images/*"))


def test_packages_and_images_are_taken_in_by_page_and_api(house: House, client: TestClient) -> None:
    for version in ("0.1.0-r1", "0.2.0-r1"):
        assert client.post("/api/fleet/uploads", files=sent(*package(version))).status_code == 200
    names = [one["name"] for one in client.get("/api/fleet/packages").json()]
    assert names == ["footfall-sensor-0.2.0-r1.ipk", "footfall-sensor-0.1.0-r1.ipk"]
    assert client.get(f"/api/fleet/packages/{names[0]}").json()["by"] == "web:administrator-all"
    content, release = package("0.2.0-r1")
    assert house.client().get(f"/image/{release.sha256.hex()}.ipk").content == content
    mark = {"csrf": client.headers["x-csrf-token"], "name": "winter"}
    assert client.post("/fleet/upgrades/add", data=mark, files=sent(*image("24.10.5-r28800"))).status_code == 303
    assert "winter" in text(client.get("/fleet/upgrades").text)
    done = [(one.actor, one.object) for one in Audit(house.engine).entries() if one.verb == "add"][-3:]
    objects = (f"package {names[1]}", f"package {names[0]}", "image winter")
    assert done == [("web:administrator-all", one) for one in objects]
    again = client.post("/fleet/upgrades/add", data=mark, files=sent(*package("0.2.0-r1")))
    assert (again.status_code, "a version is released once" in text(again.text)) == (409, True)


def test_a_file_is_for_who_sees_all_sites_and_has_a_limit_and_a_mark(house: House, client: TestClient) -> None:
    one = house.enter("technician-one")
    assert one.post("/api/fleet/uploads", files=sent(*package("0.3.0-r1"))).status_code == 409
    assert "Take a file in" not in one.get("/fleet/upgrades").text
    too_long = {"content-length": str(STREAM_BYTES_MAX + 1)}
    assert client.post("/api/fleet/uploads", content=b"x", headers=too_long).status_code == 413
    client.headers["x-csrf-token"], mark = "", client.headers["x-csrf-token"]
    assert client.post("/fleet/upgrades/add", files=sent(*package("0.3.0-r1"))).status_code == 403
    client.headers["x-csrf-token"] = mark


def test_a_package_is_planned_and_begun_on_the_page_within_what_somebody_sees(house: House) -> None:
    one = house.enter("technician-one")
    form = {"csrf": one.headers["x-csrf-token"], "kind": "package", "items": "footfall-sensor-0.2.0-r1.ipk"}
    form |= {"which": "all", "url": "http://collector.lan:8080/image", "stages": "1,100%", "stop_at": "3%"}
    form |= {"soak_min": "60", "night": "", "why": "faster"}
    planned = text(one.post("/fleet/upgrades/plan", data=form).text)
    assert ("Nothing was begun yet" in planned, "sensor-1" in planned, "sensor-hidden" in planned) == (
        True,
        True,
        False,
    )
    itself = "each unit would ask itself"  # the page through a tunnel to one's own machine
    assert itself not in planned
    assert itself in text(one.post("/fleet/upgrades/plan", data={**form, "url": "http://localhost:8080/image"}).text)
    for wrong in ({"which": ""}, {"items": "no.ipk"}, {"stages": "many"}, {"soak_min": "x"}, {"url": "ftp://x/y"}):
        assert one.post("/fleet/upgrades/plan", data={**form, **wrong}).status_code == 409, wrong
    german = {"accept-language": "de"}
    planned = text(one.post("/fleet/upgrades/plan", data=form, headers=german).text)
    assert "die an ihrem Standort die einzigen sind" in planned
    refused = one.post("/fleet/upgrades/plan", data={**form, "which": ""}, headers=german)
    assert "Wählen Sie, welche Sensoren" in text(refused.text), "a refusal, too"
    begun = one.post("/fleet/upgrades/begin", data=form)
    assert begun.status_code == 303
    assert "footfall-sensor 0.2.0-r1" in text(one.get(begun.headers["location"]).text)
    cargo = one.get(f"/api/{begun.headers['location'].strip('/')}").json()["cargo"]
    assert [back["version"] for back in cargo["back"]] == ["0.1.0-r1"]
    kept = house.enter("administrator-all").post("/api/fleet/packages/footfall-sensor-0.1.0-r1.ipk/remove")
    assert (kept.status_code, "rolls" in kept.json()["error"]) == (409, True)


def test_an_image_is_planned_on_the_page_and_going_back_wants_a_reason(client: TestClient) -> None:
    form = {"csrf": client.headers["x-csrf-token"], "kind": "image", "items": "winter", "which": f"site {TENANT}/shop"}
    form |= {"url": "http://collector.lan:8080/image", "stages": "100%", "stop_at": "1", "soak_min": "0", "night": ""}
    planned = text(client.post("/fleet/upgrades/plan", data=form).text)
    assert ("has no way back" in planned, "campaign 1 has it" in planned) == (True, True)
    older = client.post("/fleet/upgrades/plan", data={**form, "older": "1"})
    assert (older.status_code, "needs a reason" in text(older.text)) == (409, True)


def test_a_package_is_rolled_out_by_the_api_and_what_is_in_no_campaign_is_taken_out(client: TestClient) -> None:
    body = {"package": "footfall-sensor-0.2.0-r1.ipk", "url": "http://collector.lan:8080/image", "dry": True}
    said = client.post("/api/fleet/campaigns/packages", json=body).json()
    assert (said["stages"], said["left_out"]["sensor-1"]) == ([["sensor-hidden"]], "campaign 1 has it")
    assert client.post("/api/fleet/campaigns/packages", json={**body, "package": "no"}).status_code == 409
    path = "/fleet/upgrades/image/winter/remove"
    assert "Take this out" in text(client.get(path).text)
    assert client.post(path, data={"csrf": client.headers["x-csrf-token"]}).status_code == 303
    assert client.get("/api/fleet/images").json() == []


def test_one_large_file_is_taken_at_a_time(house: House) -> None:
    """A second one that is sent meanwhile is told to wait, before anything of it is kept."""
    headers = house.token("administrator-all", "read:fleet", "write:fleet")
    headers |= {"content-type": "multipart/form-data; boundary=x"}

    async def both() -> tuple[int, int]:
        began, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"--x\r\n"
            began.set()
            await go_on.wait()
            yield b"--x--\r\n"

        transport = httpx.ASGITransport(house.client().app)
        async with httpx.AsyncClient(transport=transport, base_url="http://footfall.example") as client:
            path = "/api/fleet/uploads"
            first = asyncio.create_task(client.post(path, content=slowly(), headers=headers))
            await asyncio.wait_for(began.wait(), 10)
            second = await client.post(path, content=b"--x--\r\n", headers=headers)
            go_on.set()
            return second.status_code, (await first).status_code

    assert asyncio.run(both()) == (503, 409)
