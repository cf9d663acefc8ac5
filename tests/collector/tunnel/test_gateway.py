"""The gateway: what a lean unit is given at its approval, and who loses it."""

from base64 import b64decode
from dataclasses import replace
from ipaddress import IPv4Interface
from pathlib import Path

import pytest
from candidates import Candidate, Office
from sqlalchemy import select

from collector import folder as folders
from collector import schema
from collector.enrolment.reception import Unfit
from collector.errors import QueryError
from collector.mosquitto import passwords
from collector.options.settings import Settings
from collector.tunnel import wireguard
from collector.tunnel.gateway import TunnelGateway
from collector.tunnel.wireguard import Peers
from footfall_sensor import uci
from footfall_sensor.errors import Malformed
from footfall_sensor.sealing import Opener
from footfall_sensor.wire.member import open_password

NETWORK = IPv4Interface("10.77.0.1/24")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    folders.create(tmp_path / "c", Settings())
    collector = folders.open_folder(tmp_path / "c")
    server = wireguard.open_server(tmp_path / "wireguard", NETWORK, 51820)
    return Office(collector, gateway=TunnelGateway(collector.registry.engine, server, "mqtt.example.org", 1883))


def lean(office: Office, sensor: str = "door", approve: bool = True) -> tuple[Candidate, Opener]:
    """A lean unit with a key for its tunnel; its requests all carry one key for what is sealed."""
    unit, opener = Candidate(office.claim(sensor, approve=approve), profile="lean"), Opener()
    key = b64decode(wireguard.generate()[1])
    unit.applicant = replace(unit.applicant, wireguard=key, sealing=opener.public)
    return unit, opener


def kept(office: Office, user: str = "default/door") -> str:
    """The hash at the broker."""
    with office.engine.begin() as connection:
        wanted = select(schema.peers.c.password).where(schema.peers.c.user_name == user)
        return str(connection.scalar(wanted))


def fits(password: str, hashed: str) -> bool:
    salt = b64decode(hashed.split("$")[3])
    return passwords.hashed(password, salt) == hashed


def test_a_lean_unit_is_told_its_tunnel_and_its_password(office: Office) -> None:
    """The broker's address within the tunnel instead of that outside; the password opens for this request alone."""
    unit, opener = lean(office)
    member = unit.ask(office)
    assert (member.broker_host, member.broker_port, member.tls) == ("10.77.0.1", 1883, False)
    assert uci.parse(member.tunnel.decode())[0].options["addresses"] == ("10.77.0.2/32",)
    password = open_password(member.password, "default/door", opener).decode()
    assert fits(password, kept(office))
    assert password.encode() not in office.answered[-1]
    for user, other in (("default/door", Opener()), ("default/window", opener)):
        with pytest.raises(Malformed):
            open_password(member.password, user, other)


def test_who_asks_again_gets_a_new_password_and_keeps_its_address(office: Office) -> None:
    """The log says once that there is a tunnel, and again when its key is another."""
    unit, opener = lean(office)
    first = unit.ask(office)
    again = unit.ask(office)
    old, new = (open_password(one.password, "default/door", opener).decode() for one in (first, again))
    assert (fits(old, kept(office)), fits(new, kept(office))) == (False, True)
    assert again.tunnel == first.tunnel
    assert [entry.verb for entry in office.log()].count("tunnelled") == 1
    unit.applicant = replace(unit.applicant, wireguard=b64decode(wireguard.generate()[1]))
    assert unit.ask(office).tunnel == first.tunnel
    assert [entry.verb for entry in office.log()].count("tunnelled") == 2


def test_without_a_key_for_the_tunnel_there_is_none(office: Office) -> None:
    """A member all the same, and told what to do."""
    unit, _ = lean(office)
    unit.applicant = replace(unit.applicant, wireguard=b"")
    member = unit.ask(office)
    assert (member.tunnel, member.password) == (b"", b"")
    assert "footfall-tunnel key" in member.says


def test_a_key_that_gives_the_password_to_all_is_refused(office: Office) -> None:
    """A point of small order as the request's key: the answer would be sealed with what everybody knows."""
    unit, _ = lean(office)
    unit.applicant = replace(unit.applicant, sealing=bytes(32))
    with pytest.raises(Unfit, match="small order"):
        unit.ask(office)


def test_no_two_units_have_one_tunnel(office: Office) -> None:
    """A copied image with the key in it: the second is not let in, and the log of the collector says what to do."""
    first, _ = lean(office, "door")
    first.ask(office)
    second, _ = lean(office, "window")
    second.applicant = replace(second.applicant, wireguard=first.applicant.wireguard)
    with pytest.raises(QueryError, match="default/door has this WireGuard key already"):
        second.ask(office)


def test_who_loses_its_place_loses_tunnel_and_password_at_that_moment(office: Office) -> None:
    """Not only when the new unit asks for its own: between the two the old one would still be let in."""
    first, _ = lean(office)
    first.ask(office)
    peers = Peers(office.engine, NETWORK)
    second, _ = lean(office, approve=False)
    second.ask(office)
    assert peers.find("default/door") is not None
    office.approvals.approve("door", "cli:ada", office.now_ms)
    assert peers.find("default/door") is None
    assert second.ask(office).tunnel
