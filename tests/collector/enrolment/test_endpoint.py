"""The HTTP door of enrolment: what it takes, how much, how often; and that it opens nothing else."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from browse import browser
from candidates import Candidate, Office
from fastapi.testclient import TestClient
from mutators import mutate
from sqlalchemy.exc import OperationalError
from starlette.types import Message

from collector.enrolment import endpoint
from collector.enrolment.challenges import GOOD_MS
from collector.enrolment.endpoint import PATH, Endpoint
from collector.enrolment.limits import SOURCE_BURST
from collector.enrolment.reception import Reception
from footfall_sensor.wire import envelope
from footfall_sensor.wire.enrol import CHALLENGE_BYTES, ENROL_BYTES_MAX
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.member import State


class Clock:
    """Each look at it is a second later, so that no rate limit bites; `step_ms` = 0 stops it."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms, self.step_ms = now_ms, 1000

    def __call__(self) -> int:
        self.now_ms += self.step_ms
        return self.now_ms


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.new(tmp_path / "c")


@pytest.fixture
def clock(office: Office) -> Clock:
    return Clock(office.now_ms)


@pytest.fixture
def client(office: Office, clock: Clock) -> TestClient:
    return browser(office.collector, now_ms=clock)


class Http:
    """A unit's way to the real endpoint. It keeps the statuses."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.posted: list[bytes] = []

    def challenge(self) -> bytes:
        return self.client.get(PATH).content

    def submit(self, sealed: bytes) -> bytes:
        self.posted.append(sealed)
        said = self.client.post(PATH, content=sealed)
        assert said.status_code == 200, said.text
        return said.content


def test_a_unit_enrols_over_http(office: Office, client: TestClient) -> None:
    """GET, POST, and a signed answer that no cache keeps."""
    unit = Candidate(office.claim("door"))
    assert unit.ask(Http(client)).state is State.PENDING
    challenge = client.get(PATH)
    assert len(challenge.content) == CHALLENGE_BYTES
    assert challenge.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/enrol/", "/enrol/x", "/enrolment", "//enrol", "/healthz", "/api/me"])
def test_nothing_else_takes_a_body(client: TestClient, path: str) -> None:
    """The page stays a page: the door stands beside it."""
    assert client.post(path, content=b"x").status_code == 405
    assert client.request("GET", path, content=b"a body").status_code == 413


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_only_two_methods(client: TestClient, method: str) -> None:
    said = client.request(method, PATH)
    assert (said.status_code, said.headers["allow"]) == (405, "GET, POST")


def test_what_is_too_long_is_not_read(office: Office, client: TestClient, clock: Clock) -> None:
    """By its own word, or found out on the way: no more of it is taken in than the limit."""
    assert client.post(PATH, content=bytes(ENROL_BYTES_MAX)).status_code == 400
    assert client.post(PATH, content=bytes(ENROL_BYTES_MAX + 1)).status_code == 413
    taken = []

    async def endless() -> Message:
        taken.append(4096)
        return {"type": "http.request", "body": bytes(4096), "more_body": True}

    assert _call(Endpoint(office.reception, clock), b"", [], endless)["status"] == 413
    assert sum(taken) <= ENROL_BYTES_MAX + 4096


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 400, "x", "²"])
def test_a_length_that_is_none_is_refused(office: Office, clock: Clock, length: str) -> None:
    """Whatever a header says, it is no fault of ours."""
    headers = [(b"content-length", length.encode())]
    assert _call(Endpoint(office.reception, clock), b"x", headers)["status"] == 413


def test_who_holds_the_door_open_is_shown_out(office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come to its end."""
    monkeypatch.setattr(endpoint, "BODY_S_MAX", 0.05)

    async def never() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.request"}

    assert _call(Endpoint(office.reception, clock), b"", [], never)["status"] == 408


def test_a_challenge_is_good_once_and_not_for_long(office: Office, client: TestClient, clock: Clock) -> None:
    """A replay gets 409, whoever sends it."""
    unit, way = Candidate(office.claim("door")), Http(client)
    unit.ask(way)
    assert client.post(PATH, content=way.posted[0]).status_code == 409

    class Late(Http):
        def submit(self, sealed: bytes) -> bytes:
            clock.now_ms += GOOD_MS
            return super().submit(sealed)

    with pytest.raises(AssertionError, match="too old"):
        unit.ask(Late(client))


def test_who_asks_too_often_waits(client: TestClient, clock: Clock) -> None:
    """A burst passes, then 429 with a time to wait; a moment later it is let in again."""
    clock.step_ms = 0
    statuses = [client.get(PATH).status_code for _ in range(int(SOURCE_BURST) + 5)]
    assert statuses == [200] * int(SOURCE_BURST) + [429] * 5
    assert client.get(PATH).headers["retry-after"] == "60"
    assert client.get("/healthz").status_code == 200, "the page is not the door's"
    clock.now_ms += 1000
    assert client.get(PATH).status_code == 200


def test_a_registry_that_cannot_say_is_a_sentence(
    office: Office, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A FAKE fault, for a locked or full database: 503, and nothing of what went wrong in it, nor in the log."""

    def broken(*_: object) -> bytes:
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    monkeypatch.setattr(Reception, "answer", broken)
    way = Http(client)
    with pytest.raises(AssertionError, match="cannot say just now"):
        Candidate(office.claim("door")).ask(way)
    assert "secret" not in client.post(PATH, content=way.posted[0]).text
    assert "database is locked" in caplog.text
    assert "secret" not in caplog.text


def test_no_bytes_are_a_fault(office: Office, client: TestClient) -> None:
    """Five hundred mutations of real requests, signed anew or not, and plain noise: 200, 400 or 409, never 500; and
    none of them gets in."""
    way = Http(client)
    for unit in (Candidate(office.claim("door")), Candidate(office.claim("window"))):
        unit.ask(way)
    chance = random.Random(4)
    seen = set()
    for number in range(500):
        raw = chance.randbytes(chance.randrange(300)) if number % 10 == 0 else mutate(way.posted, chance)
        if raw not in way.posted:
            seen.add(client.post(PATH, content=raw[:ENROL_BYTES_MAX]).status_code)
    assert seen <= {400, 409}
    assert len([sensor for sensor in office.registry.sensors() if sensor.approved]) == 0


def test_a_mutated_body_under_a_good_signature_is_no_fault(office: Office, client: TestClient) -> None:
    """Whoever has a key can sign anything: every field is checked, and no answer is a fault."""
    unit, way = Candidate(office.claim("door")), Http(client)
    unit.ask(way)
    body = envelope.unpack(way.posted[0]).body
    chance, seen = random.Random(5), set()
    for _ in range(200):
        plain = Envelope(Kind.ENROL, unit.applicant.name, bytes(8), 1, mutate([body], chance)[:4000])
        sealed = envelope.seal(plain, lambda message: unit.applicant.backend.sign(unit.key, message))
        seen.add(client.post(PATH, content=sealed).status_code)
    assert seen <= {200, 400, 409}


def _call(
    app: Endpoint,
    body: bytes,
    headers: "list[tuple[bytes, bytes]]",
    receive: "Callable[[], object] | None" = None,
) -> Message:
    """One POST, past the HTTP server, which would refuse some of these itself."""
    sent: list[Message] = []

    async def once() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "client": ("192.0.2.1", 1)}
    asyncio.run(app(scope, receive or once, send))  # type: ignore[arg-type]
    return sent[0]
