"""Fixtures that tests of several parts share."""

from collections.abc import Iterator
from pathlib import Path

import portals
import pytest
from brokers import MOSQUITTO, Mosquitto
from dealing import deal
from hypothesis import HealthCheck, settings
from postgres import BIN, Postgres

# How long an example takes says how busy the machine is, and nothing about what is tested.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, long ones come first in each."""
    if given := getattr(config, "workerinput", None):
        items[:] = deal(items, [item.nodeid.partition("::")[0] for item in items], given["workercount"])


@pytest.fixture(scope="session", autouse=True)
def loop() -> Iterator[None]:
    """See portals."""
    yield
    portals.end()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running mosquitto on a free port: host, port, stop(), start(), kill()."""
    if not MOSQUITTO:
        pytest.skip("mosquitto is not installed; `make test` installs it (Debian package mosquitto)")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A running PostgreSQL: database(name) gives the URL of a new, empty database."""
    if not BIN:
        pytest.skip("PostgreSQL is not installed; `make test` installs it (Debian package postgresql)")
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real captures beside the repository; read in place, never copied."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real captures (../shared/data, see there) are not on this machine")
    return SHARED_DATA
