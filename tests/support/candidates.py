"""Enrolment in one process: a real registrar behind its reception, and units that ask it through the real wire.

office = Office.new(tmp_path / "collector")
door = Candidate(office.claim(sensor="door"))
door.ask(office)           # -> Member
"""

import os
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine

from collector import folder as folders
from collector.enrolment.approval import Approvals
from collector.enrolment.challenges import Challenges
from collector.enrolment.claims import DAY_MS, Claims
from collector.enrolment.endpoint import Endpoint
from collector.enrolment.places import Offer
from collector.enrolment.reception import Reception
from collector.enrolment.registrar import Registrar
from collector.enrolment.vault import ClaimVault
from collector.errors import CollectorError
from collector.folder import Collector
from collector.keys.issuing import Gateway, Issuer, Terms
from collector.options.settings import Settings
from collector.records.audit import Audit, Entry
from collector.records.registry import Sensor, Site
from collector.records.roster import Roster
from footfall_sensor import enrolling, keys, signing
from footfall_sensor.claim import Claim
from footfall_sensor.enrolling import Applicant
from footfall_sensor.wire.enrol import About
from footfall_sensor.wire.member import Member

NOW_MS = 1_800_000_000_000
BACKEND = signing.Cryptography()


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate of the stand-in's."""

    pem: str
    serial_hex: str
    not_before_ms: int
    not_after_ms: int


class StandInAuthority:
    """A STAND-IN for the collector's authority: real Ed25519 certificates of 90 days, nothing kept on disk."""

    LIFE_MS = 90 * DAY_MS

    def __init__(self) -> None:
        self._key = ed25519.Ed25519PrivateKey.generate()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in authority")])
        self.made: list[tuple[str, str]] = []  # user, serial
        self.revoked: list[str] = []  # users, as often as it was said
        self.pem = self._sign(self._name, self._key.public_key(), NOW_MS, 1)[0]

    def issue_sensor(self, public_raw: bytes, user: str, now_ms: int) -> Made:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
        serial = x509.random_serial_number()
        pem, ends_ms = self._sign(name, ed25519.Ed25519PublicKey.from_public_bytes(public_raw), now_ms, serial)
        self.made.append((user, f"{serial:x}"))
        return Made(pem, f"{serial:x}", now_ms, ends_ms)

    def revoke_users(self, users: Collection[str], now_ms: int) -> None:
        self.revoked += users

    def _sign(self, name: x509.Name, key: ed25519.Ed25519PublicKey, now_ms: int, serial: int) -> tuple[str, int]:
        begins = datetime.fromtimestamp(now_ms // 1000, UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(serial)
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(milliseconds=self.LIFE_MS))
            .sign(self._key, None)
        )
        return made.public_bytes(serialization.Encoding.PEM).decode(), now_ms + self.LIFE_MS


class Office:
    """A collector's folder with its reception. It is the units' transport too, and keeps what went through it."""

    def __init__(
        self, collector: Collector, issuer: StandInAuthority | None = None, gateway: Gateway | None = None
    ) -> None:
        self.collector = collector
        self.registry = collector.registry
        self.registry.put_site(Site("default", "shop"))
        self.secret = keys.read_secret(collector.folder / "collector.key")
        self.issuer = issuer
        self.gateway = gateway
        self.now_ms = NOW_MS
        self.posted: list[bytes] = []
        self.answered: list[bytes] = []
        self.start()

    @classmethod
    def new(cls, folder: Path, issuer: StandInAuthority | None = None) -> "Office":
        folders.create(folder, Settings())
        return cls(folders.open_folder(folder), issuer)

    def start(self) -> None:
        """As after a restart: nothing but the folder is remembered."""
        issuer: Issuer | None = self.issuer
        terms = Terms("mqtt.example.org", 8883, issuer, self.issuer.pem if self.issuer else "", self.gateway)
        self.registrar = Registrar(self.registry.engine, ClaimVault(self.collector.folder), terms)
        self.reception = Reception(self.registrar, self.collector.identity)
        self.challenges = Challenges()

    @property
    def engine(self) -> Engine:
        return self.registry.engine

    @property
    def claims(self) -> Claims:
        return self.collector.claims()

    @property
    def approvals(self) -> Approvals:
        return Approvals(self.engine, self.issuer)

    def claim(self, sensor: str = "", approve: bool = False, days: float = 7) -> Claim:
        offer = Offer("default", "shop", sensor, approve)
        return self.claims.make(offer, self.now_ms + int(days * DAY_MS), "cli:ada", self.now_ms)[0]

    def sensor(self, name: str) -> Sensor:
        return Roster(self.engine).find(name)

    def log(self) -> list[Entry]:
        return Audit(self.engine).entries()

    def challenge(self) -> bytes:
        return self.challenges.make(self.now_ms)

    def submit(self, sealed: bytes) -> bytes:
        self.posted.append(sealed)
        asked = self.reception.read(sealed)
        if not self.challenges.take(asked.challenge, self.now_ms):
            raise StaleError("the challenge is used up or too old")
        self.answered.append(self.reception.answer(sealed, asked, self.now_ms))
        return self.answered[-1]


class StaleError(CollectorError):
    """What the endpoint answers with 409."""


class Candidate:
    """A unit that wants to be a sensor."""

    def __init__(self, claim: Claim | None = None, profile: str = "full") -> None:
        about = About("0.1.0", "mips", profile, "tplink,eap225-v3", "TP-Link EAP225 v3")
        self.applicant = Applicant(BACKEND, BACKEND.generate(), os.urandom(8), claim=claim, about=about)

    @property
    def key(self) -> keys.SecretKey:
        return self.applicant.secret

    def ask(self, office: enrolling.Transport) -> Member:
        """One request, as the unit's program makes it; the collector's key is believed from then on."""
        member = enrolling.ask(self.applicant, office, os.urandom(16))
        self.applicant = replace(self.applicant, collectors=(member.collector,))
        return member


class Served:
    """The office's endpoint behind a real HTTP server on a free port of this machine."""

    def __init__(self, office: Office) -> None:
        app = Endpoint(office.reception, lambda: office.now_ms)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> "Served":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()
