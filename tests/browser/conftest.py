"""One filled store for all, a collector a process, a Chromium a module; `signed_in(role)`: somebody at a browser."""

import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.people.user import Role
from tools.browsing import chromium
from tools.browsing.chromium import SignedIn, Visitor
from tools.browsing.stage import SMALL, Stage, fill, opened
from tools.run.broker import find_mosquitto


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder that the line filled: once, however many processes test."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed; `make test` installs it")
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "stage"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "whole").exists():
            shutil.rmtree(shared / "filled", ignore_errors=True)
            fill(shared / "filled", SMALL)
            (shared / "whole").touch()
    return shared / "filled"


@pytest.fixture(scope="session")
def stage(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A running collector over a copy of the filled store, whose page wants one to sign in."""
    folder = tmp_path_factory.mktemp("stage") / "collector"
    shutil.copytree(filled, folder)
    with opened(folder, SMALL) as stage:
        yield stage


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium. Ends with its module: while Playwright runs, no other test of its process can use asyncio."""
    if chromium.found() is None:
        pytest.skip("Chromium is not installed; `make test` installs it")
    with chromium.chromium() as started:
        yield started


@pytest.fixture
def signed_in(browser: Any, stage: Stage) -> Iterator[SignedIn]:
    """signed_in(role, size=…, scripts=…, language=…): a Visitor; role None has not signed in. No trouble may be left.

    `visitor.visit(path)` gives Playwright's page. What the browser complains of fails the test; a test that provokes
    complaints clears `visitor.troubles`.
    """
    visitors: list[Visitor] = []

    def come(role: Role | None, **how: Any) -> Visitor:
        visitors.append(chromium.visitor(browser, stage, role, **how))
        return visitors[-1]

    yield come
    troubles = [trouble for one in visitors for trouble in one.troubles]
    for one in visitors:
        one.context.close()
    assert not troubles
