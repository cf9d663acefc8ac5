"""Images by the API: within what somebody sees, the plan that the command makes; files, for whoever knows them."""

import hashlib
from io import BytesIO

import pytest
from residents import House, house_in
from shop import TENANT

from collector.images.catalogue import Catalogue, Entry
from collector.records.audit import Audit
from collector.records.reports import Report
from footfall_sensor.wire.image import Image

BOARD, NEW = "tplink,cpe210-v3", "24.10.5-r28800"
CONTENT = b"image" * 1000
IMAGE = Image((BOARD,), NEW, "1.0", False, len(CONTENT), hashlib.sha256(CONTENT).digest())
FILE = f"{IMAGE.sha256.hex()}.bin"
ROLL = {"images": ["cpe"], "url": "http://collector.lan:8080/image", "stages": "1,100%"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    made = house_in(folder / "collector")
    collector = made.shop.collector
    known = {sensor.name: sensor.id for sensor in collector.registry.sensors()}
    said = [
        Report(
            number, 42, made.now_ms, True, "0.1.0", None, "24.10.4-r28739", BOARD if name == "sensor-1" else "acme,x"
        )
        for name, number in known.items()
    ]
    collector.registry.reports.record(said)
    catalogue = Catalogue(collector.registry.engine, collector.image_files)
    catalogue.add(Entry("cpe", IMAGE, b"k" * 8, b"s" * 64, {BOARD: "card"}), BytesIO(CONTENT), "cli:ada", made.now_ms)
    return made


def test_the_catalogue_is_listed_and_an_image_is_shown(house: House) -> None:
    client = house.enter("technician-one")
    assert [one["name"] for one in client.get("/api/fleet/images").json()] == ["cpe"]
    said = client.get("/api/fleet/images/cpe").json()
    assert (said["version"], said["boards"], said["recovery"]) == (NEW, [BOARD], {BOARD: "card"})
    assert client.get("/api/fleet/images/other").status_code == 404


def test_a_file_is_served_to_who_knows_its_hash_and_nothing_else_is(house: House) -> None:
    client = house.client()
    assert client.get(f"/image/{FILE}").content == CONTENT
    for name in ("0" * 64 + ".bin", "collector.key", "..%2fcollector.key", FILE.removesuffix(".bin"), FILE + ".note"):
        assert client.get(f"/image/{name}").status_code in (303, 404)


@pytest.mark.parametrize(
    ("asked", "status", "begins"),
    [
        ({"range": "bytes=3000-"}, 206, 3000),
        ({"range": "bytes=3000-", "if-range": f'"{IMAGE.sha256.hex()}"'}, 206, 3000),
        ({"range": "bytes=3000-", "if-range": '"another"'}, 200, 0),
        ({"range": "bytes=9000-"}, 416, len(CONTENT)),
    ],
)
def test_a_fetch_that_was_cut_goes_on_where_it_was(
    house: House, asked: dict[str, str], status: int, begins: int
) -> None:
    client = house.client()
    for encoding in ("identity", "gzip"):
        said = client.get(f"/image/{FILE}", headers={**asked, "accept-encoding": encoding})
        assert (said.status_code, "content-encoding" in said.headers) == (status, False)
        if status != 416:
            assert said.content == CONTENT[begins:]
            assert said.headers["etag"] == f'"{IMAGE.sha256.hex()}"'


def test_a_plan_names_the_stages_and_who_is_left_out_and_why(house: House) -> None:
    said = house.enter("administrator-all").post("/api/fleet/campaigns/images", json={**ROLL, "dry": True}).json()
    assert (said["campaign"], said["stages"]) == (None, [["sensor-1"]])
    assert set(said["left_out"].values()) == {"its board is acme,x, and none of the images is for it"}
    seen = house.enter("technician-one").post("/api/fleet/campaigns/images", json={**ROLL, "dry": True}).json()
    assert "sensor-hidden" not in {name for stage in seen["stages"] for name in stage} | set(seen["left_out"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"images": ["nothere"]}, "there is no image"),
        ({"url": "ftp://h/x"}, "url"),
        ({"older": True}, "needs a reason"),
        ({"sensors": ["sensor-hidden"]}, "there is no sensor"),
        ({"stages": "50%"}, "100%"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_with_the_reason(house: House, change: dict[str, object], says: str) -> None:
    done = house.enter("technician-one").post("/api/fleet/campaigns/images", json={**ROLL, **change})
    assert (done.status_code, says in done.text) == (409, True)


def test_a_campaign_begins_is_shown_on_its_page_and_keeps_its_image(house: House) -> None:
    client = house.enter("administrator-all")
    begun = client.post("/api/fleet/campaigns/images", json={**ROLL, "tenants": [TENANT], "why": "a new kernel"}).json()
    said = client.get(f"/api/fleet/campaigns/{begun['campaign']}").json()
    assert (said["kind"], said["cargo"]["images"][0]["version"], said["terms"]["answer_s"]) == ("image", NEW, 1800)
    assert said["cargo"]["images"][0]["url"].endswith(f"/image/{FILE}")
    entry = Audit(house.engine).entries(1)[-1]
    assert (entry.actor, entry.verb, "a new kernel" in entry.says) == ("web:administrator-all", "begin", True)
    assert f"cpe {NEW} ({BOARD})" in client.get(f"/fleet/campaigns/{begun['campaign']}").text
    kept = client.post("/api/fleet/images/cpe/remove")
    assert (kept.status_code, "rolls cpe out" in kept.text) == (409, True)
    client.post(f"/api/fleet/campaigns/{begun['campaign']}/cancel", json={"why": "enough"})
    assert house.enter("technician-one").post("/api/fleet/images/cpe/remove").status_code == 409
    assert client.post("/api/fleet/images/cpe/remove").json() == []
    assert house.client().get(f"/image/{FILE}").status_code == 404
