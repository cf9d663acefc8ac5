"""The collector's end of the broker's connection: which broker it takes, and what it says where there is none."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import MOSQUITTO, free_port
from house import PLACE, House

from collector import clock
from collector.brokering import addresses, files, identities
from collector.errors import BrokerError
from collector.ingest import connection
from collector.ingest.address import client_context
from collector.ingest.mqtt import Ingest
from collector.keys.authority import Authority

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("connecting") / "collector", "--host", "mqtt.example.org")
    made.start_broker()
    yield made
    made.close()


def shake(house: House, context: ssl.SSLContext, name: str) -> str:
    raw = socket.create_connection((PLACE, house.port), 10)
    with context.wrap_socket(raw, server_hostname=name) as client:
        return str(client.version())


def test_the_broker_is_taken_under_its_names_only(house: House) -> None:
    """Those that init was told and this machine's own, by strict rules (RFC 5280), in TLS 1.3."""
    context = client_context(identities.of_ingest(house.folder).authority)
    for name in ("mqtt.example.org", *files.LOCAL_NAMES):
        assert shake(house, context, name) == "TLSv1.3"
    for name in ("other.example.org", "127.0.0.2", "footfall-broker"):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake(house, context, name)


def test_a_broker_of_another_authority_is_not_taken(house: House, tmp_path: Path) -> None:
    """Who stands in for the broker with a certificate of his own learns nothing of the collector's."""
    Authority.create(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(house, client_context(tmp_path / "other" / "ca.crt"), PLACE)


def test_a_broker_that_is_away_is_named_with_how_to_start_it(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection, "CONNECT_WAIT_S", 0.1)
    opened = house.open()
    settings = opened.settings.model_copy(update={"broker_port": free_port()})
    with pytest.raises(BrokerError, match=f"mosquitto -c {house.folder}/mosquitto.conf"):
        Ingest(addresses.of_ingest(house.folder, settings), opened.intake(), clock.now_ms).start()


@pytest.mark.parametrize("name", ["ca.crt", "collector.crt", "collector.key"])
def test_a_file_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    house = House(tmp_path / "collector")
    (house.folder / "authority" / name).unlink()
    with pytest.raises(BrokerError, match=name):
        identities.of_ingest(house.folder).context()
