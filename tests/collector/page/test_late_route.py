"""Routes that are built when they are asked for answer as those of FastAPI do."""

import threading
from pathlib import Path
from typing import Any, cast

import pytest
from browse import FakeIngest, TestClient
from fastapi import FastAPI
from fastapi.routing import APIRoute
from shop import SmallShop

from collector.ingest.mqtt import Ingest
from collector.page.app import create_app
from collector.page.late_route import LateRoute


def app_of(kind: type[APIRoute]) -> FastAPI:
    app = FastAPI()
    app.router.route_class = kind

    @app.get("/half/{number}", tags=["sums"])
    def half(number: int) -> dict[str, float]:
        """Half of a number."""
        return {"half": number / 2}

    @app.post("/half", status_code=201)
    def keep(number: int) -> int:
        return number

    return app


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/half/3"),
        ("GET", "/half/x"),
        ("POST", "/half?number=3"),
        ("GET", "/half"),
        ("GET", "/no"),
        ("GET", "/openapi.json"),
    ],
)
def test_an_answer_is_fastapis(method: str, path: str) -> None:
    late, plain = (TestClient(app_of(kind)).request(method, path) for kind in (LateRoute, APIRoute))
    assert (late.status_code, late.text, dict(late.headers)) == (plain.status_code, plain.text, dict(plain.headers))


def test_nothing_is_built_before_it_is_asked_for() -> None:
    app = app_of(LateRoute)
    half, keep = app.routes[-2:]
    assert not {"dependant", "app"} & set(vars(half))
    TestClient(app).get("/half/3")
    assert "dependant" in vars(half)
    assert "dependant" not in vars(keep)


def test_what_no_route_has_is_missed_before_and_after() -> None:
    route = app_of(LateRoute).routes[-1]
    for _time in range(2):
        with pytest.raises(AttributeError, match="weight"):
            _ = cast(Any, route).weight


def test_threads_that_ask_at_once_find_it_whole() -> None:
    route = cast(LateRoute, app_of(LateRoute).routes[-1])
    barrier, found = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        found.append(route.response_field)

    threads = [threading.Thread(target=ask) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(one) for one in found}) == 1


def test_every_route_of_the_page_can_be_built(tmp_path: Path) -> None:
    app = create_app(SmallShop(tmp_path).collector, cast(Ingest, FakeIngest()))
    routes = [route for route in app.routes if isinstance(route, LateRoute)]
    assert len(routes) == len(app.routes)
    assert all(route.app and route.dependant for route in routes)
