"""Pages that follow: over a real socket, from a real uvicorn."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
import uvicorn
from browse import FakeIngest
from residents import House, house_in

from collector.ingest.mqtt import Ingest
from collector.page.app import create_app
from collector.page.live import changes, hub
from collector.page.live.hub import SEATS_A_PERSON_MAX, Hub
from collector.people.user import EVERYWHERE, OPEN, RIGHTS, Person, Role
from collector.records.audit import Audit, Event

STREAM = {"accept": "text/event-stream"}
SOMEBODY = Person("somebody", Role.OPERATOR, RIGHTS[Role.OPERATOR], EVERYWHERE)


@dataclass
class Served:
    """The application behind a real socket."""

    url: str
    app: Any
    server: uvicorn.Server

    @property
    def hub(self) -> Hub:
        return cast(Hub, self.app.state.live)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_in(tmp_path_factory.mktemp("house") / "collector")


@contextmanager
def serving(house: House, heartbeat_s: float = 0.3) -> Iterator[Served]:
    app = create_app(house.shop.collector, cast(Ingest, FakeIngest()), lambda: house.now_ms, open_page=False)
    app.state.live._heartbeat_s = heartbeat_s
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    app.state.live.stopping = lambda: server.should_exit
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", app, server)
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "an open page holds up the server's stop"


@pytest.fixture(scope="module")
def served(house: House) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "LOOK_S", 0.1)
        patch.setattr(hub, "STEP_S", 0.05)
        patch.setattr(changes, "TICK_S", 0.2)
        with serving(house) as found:
            yield found


@contextmanager
def following(house: House, served: Served, name: str) -> Iterator[Iterator[str]]:
    """The lines that somebody's open page hears."""
    client = house.enter(name)
    cookies = {"footfall": str(client.cookies["footfall"])}
    with (
        httpx.Client(base_url=served.url, cookies=cookies, timeout=20) as browser,
        browser.stream("GET", "/live", headers=STREAM) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield answer.iter_lines()


def until(lines: Iterator[str], wanted: str) -> list[str]:
    """What was heard up to a line. The stream's own timeout ends a wait in vain."""
    heard = []
    for line in lines:
        heard.append(line)
        if line == wanted:
            return heard
    raise AssertionError(f"{wanted} was not heard, but {heard}")


def soon(holds: Callable[[], bool]) -> bool:
    give_up_s = time.monotonic() + 20
    while not holds() and time.monotonic() < give_up_s:
        time.sleep(0.02)
    return holds()


def note(house: House) -> None:
    """Somebody does something that the audit log has."""
    Audit(house.engine).append(Event("cli:test", "set", "nothing", "12345 people"), house.now_ms)


def test_a_page_hears_that_something_is_new_and_nothing_else(house: House, served: Served) -> None:
    with following(house, served, "operator-all") as lines:
        until(lines, "event: operation")
        note(house)
        heard = until(lines, "event: audit")
        assert next(lines) == "data: changed"
        assert not any(any(sign.isdigit() for sign in line) for line in heard), "no number of anything"


def test_everybody_hears_only_of_what_they_may_see(house: House, served: Served) -> None:
    with following(house, served, "administrator-all") as lines:
        until(lines, "retry: 5000")
        assert soon(lambda: served.hub.taken > 0)
        time.sleep(0.3)  # a look has been taken: what comes now is new
        note(house)
        heard = until(lines, "event: people")
    assert "event: audit" not in heard
    assert "event: operation" not in heard


def test_a_session_that_is_over_ends_its_open_pages(house: House, served: Served) -> None:
    with following(house, served, "analyst-all") as lines:
        until(lines, "retry: 5000")
        house.people.disable("analyst-all", True, "cli:test", house.now_ms)
        try:
            until(lines, "event: over")
        finally:
            house.people.disable("analyst-all", False, "cli:test", house.now_ms)


def test_to_sign_out_ends_open_pages(house: House, served: Served) -> None:
    client = house.enter("technician-all")
    cookies = {"footfall": str(client.cookies["footfall"])}
    with httpx.stream("GET", f"{served.url}/live", headers=STREAM, cookies=cookies, timeout=20) as answer:
        lines = answer.iter_lines()
        until(lines, "retry: 5000")
        assert client.post("/logout").status_code == 303
        until(lines, "event: over")


def test_an_open_page_is_no_use_of_a_session_and_ends_with_it(house: House, served: Served) -> None:
    with following(house, served, "operator-all") as lines:
        until(lines, "event: operation")
        house.now_ms += 3_600_000
        try:
            until(lines, "event: over")
        finally:
            house.now_ms -= 3_600_000


def test_a_seat_is_free_again_when_the_browser_is_gone(house: House, served: Served) -> None:
    assert soon(lambda: served.hub.taken == 0)
    with following(house, served, "analyst-one") as lines:
        until(lines, "")
        assert served.hub.taken == 1
    assert soon(lambda: served.hub.taken == 0)


def test_a_quiet_page_hears_a_heartbeat(house: House, served: Served) -> None:
    with following(house, served, "analyst-one") as lines:
        until(lines, ":")


def test_who_is_not_let_in_hears_nothing(house: House, served: Served) -> None:
    assert httpx.get(f"{served.url}/live", headers=STREAM).status_code == 303
    token = house.token("operator-all", "read:operation")
    assert httpx.get(f"{served.url}/live", headers={**STREAM, **token}).status_code == 400, "tokens are for programs"
    assert house.enter("operator-all").get("/live").status_code == 400, "it is a stream, and no page"


def test_the_server_answers_others_while_pages_follow(house: House, served: Served) -> None:
    """The event loop does not wait, and no thread of those that make pages is kept."""
    with following(house, served, "operator-all"), following(house, served, "administrator-all"):
        assert httpx.get(f"{served.url}/healthz").json()["ok"] is True


def test_a_person_and_all_together_have_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fill() -> None:
        full = Hub(dict, lambda _: {})
        seats = [full.sit(OPEN, None) for _ in range(SEATS_A_PERSON_MAX)]
        assert all(seats)
        assert full.sit(OPEN, None) is None
        full.leave(cast(Any, seats[0]))
        assert full.sit(OPEN, None) is not None
        monkeypatch.setattr(hub, "SEATS_MAX", full.taken)
        assert full.sit(SOMEBODY, None) is None

    asyncio.run(fill())


def test_a_stop_of_the_server_ends_open_pages(house: House) -> None:
    with serving(house) as found, following(house, found, "operator-all") as lines:
        until(lines, "retry: 5000")
        found.server.should_exit = True
        until(lines, "event: over")


def test_a_sites_page_follows_unless_it_is_held_still(house: House) -> None:
    client = house.enter("analyst-all")
    assert '<main id="main" tabindex="-1" data-live="site">' in client.get("/?site=shop").text
    assert "data-live" not in client.get("/?site=shop&still=1").text
