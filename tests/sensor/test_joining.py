"""Joining over real HTTP: what is asked again, what is said, and what cannot be asked."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from candidates import Office, Served, StandInAuthority

from footfall_sensor import config, joining, membership, signing
from footfall_sensor.config import Config
from footfall_sensor.errors import EnrolmentError
from footfall_sensor.joining import RETRY_S_MAX, Joining, about
from footfall_sensor.posting import Post
from footfall_sensor.sealing import Opener
from footfall_sensor.wire.member import Member, State, seal_password

CODE = "7K3Q-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.new(tmp_path / "c", StandInAuthority())


@pytest.fixture
def served(office: Office) -> Iterator[Served]:
    with Served(office) as made:
        yield made


def unit(folder: Path, url: str, claim: str = "") -> Config:
    options = {"enrol_url": url, "claim": claim, "state_dir": str(folder / "etc"), "run_dir": str(folder / "run")}
    return config.from_options(options)


def test_a_unit_asks_until_somebody_has_approved_it(
    office: Office, served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says once what it waits for, leaves word for `status`, and takes the word away when it is a member."""
    chosen = unit(tmp_path, served.url, office.claim("door").code())
    joining = Joining(chosen, leave=True)
    waits = []

    def pause(wait_s: float) -> None:
        waits.append(wait_s)
        said = json.loads(chosen.enrolment_path.read_text())
        assert (said["state"], said["fingerprint"]) == ("pending", joining.fingerprint)
        if len(waits) == 3:
            office.approvals.approve("door", "cli:ada", office.now_ms, joining.fingerprint)

    assert joining.until_member(pause).sensor == "door"
    assert len(waits) == 3
    assert all(3.75 <= wait_s <= 6.25 for wait_s in waits)
    assert len(set(waits)) == 3, "units that were switched on together do not ask together"
    assert not chosen.enrolment_path.exists()
    assert membership.is_member(Path(chosen.state_dir))
    assert capsys.readouterr().err.count("pending") == 1


def test_a_collector_that_cannot_be_reached_is_asked_less_and_less_often(tmp_path: Path) -> None:
    """5 s at first, 5 min at most; what is wrong stands in the status."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    chosen = unit(tmp_path, f"http://127.0.0.1:{port}", CODE)
    waits: list[float] = []

    class Enough(Exception):
        pass

    def pause(wait_s: float) -> None:
        waits.append(wait_s)
        said = json.loads(chosen.enrolment_path.read_text())
        assert said["state"] == "unreachable"
        assert "cannot be asked" in said["says"]
        if len(waits) == 9:
            raise Enough

    with pytest.raises(Enough):
        Joining(chosen, leave=True).until_member(pause)
    assert waits[0] <= 6.25
    assert waits[-1] >= RETRY_S_MAX * 0.75
    assert max(waits) <= RETRY_S_MAX * 1.25


def test_a_refusal_is_asked_again_later(office: Office, served: Served, tmp_path: Path) -> None:
    """It may be mended at the collector: a known unit that is released, say. Every ten minutes will do."""
    chosen = unit(tmp_path, served.url)
    (tmp_path / "etc").mkdir()
    chosen.collector_key_path.write_text(office.secret.public.text())
    joining = Joining(chosen)
    assert joining.once().state is State.REFUSED
    waits: list[float] = []

    def pause(wait_s: float) -> None:
        waits.append(wait_s)
        key = joining._unit.secret.public
        office.registry.put_sensor("default", "door", "shop", key.id, key.raw)

    assert joining.until_member(pause).sensor == "door"
    assert 450 <= waits[0] <= 750


def test_an_answer_of_another_server_is_said_and_not_believed(tmp_path: Path) -> None:
    """Whatever listens there: a page of its own, an error, nothing, or more than anybody asked for."""
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot \x1b[31m\x07",
        b"SSH-2.0-OpenSSH\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1 << 20),
    ]
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    with suppress(OSError):
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        chosen = unit(
            tmp_path, f"http://127.0.0.1:{server.getsockname()[1]}", "7K3Q-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"
        )
        said = []
        for _ in answers:
            with pytest.raises(EnrolmentError) as caught:
                Joining(chosen).once()
            said.append(str(caught.value))
        thread.join(10)
    assert "no collector of Footfall's" in said[0]
    assert "answers 404: not [31m" in said[1]
    assert all(text.isprintable() for text in said)


def test_the_address_is_read_as_people_write_it() -> None:
    assert (Post("http://192.0.2.1:8080").host, Post("http://192.0.2.1:8080/").port) == ("192.0.2.1", 8080)
    assert (Post("https://fleet.example.org/enrol").port, Post("http://[2001:db8::1]:81").host) == (443, "2001:db8::1")
    for wrong in ("192.0.2.1", "ftp://x", "http://x:99999", "http://"):
        with pytest.raises(EnrolmentError, match="enrol_url"):
            Post(wrong)


def test_a_unit_says_what_it_is_where_it_knows(tmp_path: Path) -> None:
    """Board and model of OpenWrt, cut to length; a machine without them says nothing."""
    assert about("full", tmp_path).model == ""
    (tmp_path / "tmp/sysinfo").mkdir(parents=True)
    (tmp_path / "tmp/sysinfo/board_name").write_text("tplink,eap225-v3\n")
    (tmp_path / "tmp/sysinfo/model").write_text("TP-Link EAP225 v3" + "x" * 200)
    said = about("lean", tmp_path)
    assert (said.board, said.profile, len(said.model)) == ("tplink,eap225-v3", "lean", 64)


def test_the_units_key_is_made_once(office: Office, served: Served, tmp_path: Path) -> None:
    chosen = unit(tmp_path, served.url, office.claim("door").code())
    first = Joining(chosen).fingerprint
    assert Joining(chosen).fingerprint == first
    assert chosen.key_path.stat().st_mode & 0o777 == 0o600


def test_a_password_for_another_request_is_not_kept(tmp_path: Path) -> None:
    """Sealed for a key that is gone: said, and nothing is written; the next request has a key of its own."""
    chosen, asked, other = unit(tmp_path, "http://192.0.2.1", CODE), Opener(), Opener()
    member = Member(
        *(bytes(16), 1, 2, State.APPROVED, "", 60, signing.Cryptography().generate().public),
        tenant="default",
        sensor="door",
        site="shop",
        broker_host="10.77.0.1",
        broker_port=1883,
        tunnel=b"tunnel",
        password=seal_password("secret", "default/door", asked.public),
    )
    with pytest.raises(EnrolmentError, match="cannot be opened"):
        joining.keep(chosen, member, "192.0.2.1", other)
    assert not (tmp_path / "etc").exists()
    joining.keep(chosen, member, "192.0.2.1", asked)
    assert chosen.password_path.read_text() == "secret"
    assert chosen.password_path.stat().st_mode & 0o777 == 0o600
