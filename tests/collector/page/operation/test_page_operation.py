"""The operator's pages: figures of one source, quarantine, conservation, audit log; what changes is recorded."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from browse import FakeIngest, TestClient, browser, text
from residents import House, house_in
from shop import SENSOR, TENANT, SmallShop, at, window

from collector.admission.door import Reason
from collector.housekeeping import retention
from collector.housekeeping.keeper import Keeper, Task
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.page.operation import operator as operating
from collector.page.operation import refusals, trail
from collector.page.operation.words import TASKS
from collector.records.audit import Audit, Event
from collector.records.registry import Tenant
from collector.vitals.figures import Vitals
from collector.vitals.trend import Sample
from footfall_sensor.wire.messages import TOTAL_NAMES, Health, Totals

ROOT = Path(refusals.__file__).parents[2]
SECRET = b"aabbccddeeff of a phone"
PAGES = ("", "/quarantine", "/quarantine/1", "/storage", "/conservation", "/audit")


def test_every_task_of_a_collector_has_a_name_that_people_read() -> None:
    """Of whatever begins a task anywhere."""
    begun = {
        name for path in ROOT.rglob("*.py") for name in re.findall(r'\bTask\(\s*"([^"]+)"', path.read_text("utf-8"))
    }
    assert len(begun) > 10
    assert begun <= set(TASKS)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house_in(tmp_path_factory.mktemp("house") / "collector")
    made.shop.take([Message(f"footfall/1/{TENANT}/ghost/batch", SECRET)], made.now_ms)
    made.shop.take([Message("homes/aa:bb:cc:dd:ee:ff", SECRET)], made.now_ms)
    return made


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is a look of its own."""
    monkeypatch.setattr(operating, "KEPT_S", 0.0)


@pytest.fixture
def operator(house: House) -> TestClient:
    return house.enter("operator-all")


def audited(house: House) -> list[tuple[str, str, str]]:
    return [(one.actor, one.verb, one.says) for one in Audit(house.engine).entries()]


def held(house: House) -> list[int]:
    return [one.id for one in house.shop.collector.quarantine.list()]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_reads_without_scripts_and_in_german(operator: TestClient, page: str) -> None:
    for language in ("en", "de"):
        said = operator.get(f"/operation{page}", headers={"accept-language": language})
        assert said.status_code == 200
        assert f'lang="{language}"' in said.text
        assert "<h1" in said.text


def test_the_page_has_the_figures_of_metrics_and_readyz(house: House) -> None:
    """One source: the page, /readyz and /metrics cannot differ."""
    ingest = FakeIngest(
        state="not connected: refused", waiting=7, messages_total=1234, counted={"refused_malformed": 3}
    )
    keeper = Keeper([Task("fold", 60, lambda _: None)], lambda: house.now_ms, lambda: 0.0)
    keeper.failed["fold"] = "no room"
    vitals = Vitals(house.shop.collector, ingest, keeper, lambda: house.now_ms)  # type: ignore[arg-type]
    client = browser(house.shop.collector, ingest, lambda: house.now_ms, vitals)
    status = client.get("/api/operation/status").json()
    assert (
        status["reasons"]
        == client.get("/readyz").json()["reasons"]
        == ["ingest: not connected: refused", "fold: no room"]
    )
    metrics = client.get("/metrics").text
    assert f"footfall_messages_total {float(status['settled'])}" in metrics
    assert f"footfall_ingest_queue_messages {float(status['waiting'])}" in metrics
    assert status["refused"] == {"malformed": 3}
    page = text(client.get("/operation").text)
    assert "Not ready" in page
    assert "The broker does not answer" in page
    assert "“Fold visits”" not in page  # the task's own name stands in the sentence, as in the log
    assert "“fold” fails" in page


def test_rates_stand_only_where_they_are_known_and_gaps_are_drawn_as_gaps(house: House) -> None:
    vitals = Vitals(house.shop.collector, FakeIngest(), None, lambda: house.now_ms)  # type: ignore[arg-type]
    client = browser(house.shop.collector, None, lambda: house.now_ms, vitals)
    assert client.get("/api/operation/status").json()["settled_per_s"] is None
    assert "<svg" not in client.get("/operation").text.partition("<body")[2]
    for number in range(7):
        vitals.trend.note(Sample(house.now_ms - 60_000 + number * 10_000, number * 120, number, 0))
    status = client.get("/api/operation/status").json()
    assert (status["settled_per_s"], status["refused_per_s"]) == (12.0, 0.1)
    assert status["course"][0]["settled_per_s"] is None
    page = client.get("/operation").text
    assert "gap_marks" in page
    assert "settled_marks" in page


def test_the_quarantine_says_why_and_what_to_do_and_never_what_was_in_it(house: House, operator: TestClient) -> None:
    pages = [operator.get(f"/operation/quarantine{tail}").text for tail in ("", *(f"/{one}" for one in held(house)))]
    pages += [operator.get("/api/operation/quarantine").text]
    assert "No sensor of this name is registered." in text(pages[0])
    assert any("Enrol the unit" in text(page) for page in pages)
    for page in pages:
        assert "aabbccddeeff" not in page, "what a message holds is not told"
        assert "aa:bb:cc" not in page, "nor a topic that is none of ours"


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_and_advice(reason: Reason) -> None:
    assert refusals.why(reason).endswith(".")
    assert refusals.advice(reason).endswith(".")


def test_the_quarantine_is_cut_by_reason_sensor_and_time_and_paged_by_key(
    house: House, operator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def numbers(**query: object) -> list[int]:
        said = operator.get("/api/operation/quarantine", params=query).json()  # type: ignore[arg-type]
        return [one["number"] for one in said["refusals"]]

    assert len(numbers()) == 2
    assert len(numbers(reason="unknown_sensor")) == 1
    assert numbers(sensor="default/nobody") == []
    assert len(numbers(hours=1)) == 2
    monkeypatch.setattr(refusals, "PAGE", 1)
    first = operator.get("/api/operation/quarantine").json()
    assert numbers(below=first["below"]) == [first["refusals"][0]["number"] - 1]
    assert "Older" in text(operator.get("/operation/quarantine").text)


@pytest.mark.parametrize("query", ["reason=no", "sensor=x%20y", "hours=ten", "below=-1"])
def test_nonsense_is_answered_with_a_sentence(operator: TestClient, query: str) -> None:
    assert operator.get(f"/operation/quarantine?{query}").status_code == 422


def test_letting_in_asks_first_does_it_by_the_door_and_is_recorded(house: House, operator: TestClient) -> None:
    late = house.shop.message(window(at(11)), number=900)
    house.shop.take([Message(late.topic.replace(SENSOR, "stranger"), late.payload)], house.now_ms)
    number = held(house)[0]
    asked = operator.get(f"/operation/quarantine/replay?id={number}")
    assert "Let messages in" in text(asked.text)
    assert "replay" not in {verb for _, verb, _ in audited(house)}, "to ask does nothing"
    done = operator.post("/operation/quarantine/replay", data={"id": str(number)})
    assert done.status_code == 303
    page = text(operator.get(done.headers["location"]).text)
    assert "0 stored, 1 refused again" in page
    assert ("web:operator-all", "replay", "0 stored, 1 refused again, 0 passed over") in audited(house)


def test_purging_takes_what_was_named_and_is_recorded(house: House, operator: TestClient) -> None:
    assert operator.post("/operation/quarantine/purge", data={}).status_code == 409, "nothing was named"
    before = held(house)
    assert "go for good" in text(operator.get("/operation/quarantine/purge?everything=1").text)
    assert held(house) == before
    done = operator.post("/operation/quarantine/purge", data={"reason": "bad_topic"})
    assert "1 message is gone." in text(operator.get(done.headers["location"]).text)
    assert ("web:operator-all", "purge", "1 messages: reason bad_topic") in audited(house)
    assert len(held(house)) == len(before) - 1


def test_a_link_cannot_put_a_sentence_on_the_page(operator: TestClient) -> None:
    assert "call this number" not in operator.get("/operation/quarantine?done=call+this+number").text


def test_who_may_only_read_changes_nothing(house: House) -> None:
    token = house.token("operator-all", "read:operation")
    client = house.client()
    assert client.get("/api/operation/quarantine", headers=token).status_code == 200
    assert client.post("/api/operation/quarantine/purge?everything=true", headers=token).status_code == 403
    assert (
        browser(house.shop.collector).post("/operation/quarantine/purge", data={"everything": "1"}).status_code == 403
    )


def test_what_is_missing_stands_first_and_is_the_sum_that_verify_makes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    shop = SmallShop(tmp_path_factory.mktemp("lost") / "collector", settings=Settings())
    shop.collector.registry.put_tenant(Tenant("other"))
    shop.take([shop.message(window(at(10)), "a-whole", 0), shop.message(window(at(10)), "z-lossy", 0)], at(10, 1))
    for sensor, emitted in (("a-whole", 1), ("z-lossy", 9)):
        lossy = emitted > 1
        totals = dict.fromkeys(TOTAL_NAMES, 0) | {"batches_emitted": emitted, "batches_dropped_full": 2 * lossy}
        health = Health(Totals(**totals), uptime_s=60.0, time_ms=at(10, 1), spool_batches=int(lossy), radio="replay")
        shop.take([shop.health(health, sensor)], at(10, 1))
    client = browser(shop.collector, now_ms=lambda: at(10, 2))
    rows = client.get("/api/operation/conservation").json()
    first, second = rows["balances"]
    assert (first["sensor"], first["difference"], rows["different"]) == ("z-lossy", 9 - 1 - 1 - 2, 1)
    assert (first["emitted"], first["committed"], first["spooled"], first["dropped_full"]) == (9, 1, 1, 2)
    assert second["difference"] == 0
    only = client.get("/api/operation/conservation?only=different").json()["balances"]
    assert [one["sensor"] for one in only] == ["z-lossy"]
    assert [one["sensor"] for one in client.get("/api/operation/conservation?sensor=a-w").json()["balances"]] == [
        "a-whole"
    ]
    assert "5 batches were sent and are nowhere" in text(client.get("/operation").text)


def test_the_audit_log_is_searched_paged_and_downloaded(
    house: House, operator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Audit(house.engine)
    for number in range(3):
        log.append(Event("cli:test", "configure", f"site {TENANT}/shop-{number}", "=1+1"), at(26 + 24 * number))

    def found(**query: object) -> list[str]:
        said = operator.get("/api/operation/audit", params=query).json()  # type: ignore[arg-type]
        return [one["object"] for one in said["entries"]]

    assert found(actor="cli:test", verb="configure") == [f"site {TENANT}/shop-{number}" for number in (2, 1, 0)]
    assert found(object="shop-1") == [f"site {TENANT}/shop-1"]
    assert found(object="shop_1") == [], "no pattern, but a text"
    assert found(verb="configure", begin="2026-03-04", end="2026-03-04") == [f"site {TENANT}/shop-1"]
    monkeypatch.setattr(trail, "PAGE", 2)
    rows = list(csv.DictReader(io.StringIO(operator.get("/operation/audit.csv?verb=configure").text)))
    assert [row["object"] for row in rows] == [f"site {TENANT}/shop-{number}" for number in (2, 1, 0)]
    assert rows[0]["says"] == "'=1+1", "no spreadsheet is to take it for a formula"
    page = operator.get("/operation/audit?verb=configure&begin=2026-03-01")
    assert "shop-2" in page.text
    assert operator.get("/operation/audit?begin=yesterday").status_code == 422


def test_the_plan_of_deletion_is_what_retention_does(tmp_path_factory: pytest.TempPathFactory) -> None:
    shop = SmallShop(tmp_path_factory.mktemp("kept") / "collector", settings=Settings())
    shop.hear([], at(10), at(10, 1))
    now = [at(12)]
    client = browser(shop.collector, now_ms=lambda: now[0])
    storage = client.get("/api/operation/storage").json()
    assert storage["due"] == []
    assert "None was made yet." in client.get("/operation/storage").text
    log = Audit(shop.collector.registry.engine)
    log.append(Event("cli:test", "backup", "file /mnt/b.tar", "3 files, 4 bytes, read back and whole"), at(12))
    assert "file /mnt/b.tar" in client.get("/operation/storage").text
    now[0] = at(12) + 8 * 86_400_000
    assert "more than a week old" in client.get("/operation/storage").text
    now[0] = at(12)
    coming = shop.collector.registry.tenants()[0]
    for going in storage["plan"]:
        due = retention.due(shop.collector.store, coming, shop.collector.settings.keep, going["over_ms"])
        assert (going["data"], going["day"]) in {(one.data, one.day) for one in due}
        before = retention.due(shop.collector.store, coming, shop.collector.settings.keep, going["over_ms"] - 1)
        assert (going["data"], going["day"]) not in {(one.data, one.day) for one in before}


def test_no_answer_of_the_operator_holds_a_number_of_people(house: House, operator: TestClient) -> None:
    """Twenty devices were heard: the rows that are stored are told, and never how many people there were."""
    for path in ("status", "storage", "conservation"):
        said = json.dumps(operator.get(f"/api/operation/{path}").json())
        assert "visitors" not in said
        assert "people" not in said


def test_however_many_follow_the_collector_is_looked_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr(operating, "KEPT_S", 60.0)
    real = operating.status.look
    monkeypatch.setattr(operating.status, "look", lambda *given: looks.append(1) or real(*given))
    client = browser(house.shop.collector)
    assert {client.get("/api/operation/status").status_code for _ in range(3)} == {200}
    assert len(looks) == 1
