"""Footfall's own certificate authority: a key in the collector's folder that says who may speak to the broker.

It signs for three kinds of holders, told apart by extended key usage and name: the broker (its host names), this
collector, and sensors, whose common name is `tenant/sensor`: what mosquitto takes for the user name. A sensor's
certificate is for the key that the unit made itself; no private key of a unit is ever here.
"""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

from footfall_sensor.config import OPTIONS
from footfall_sensor.wire.envelope import SENSOR_NAME

from ..errors import AuthorityError
from . import keyfile
from .certificate import (
    BACKDATED_MS,
    Certificate,
    Pair,
    alternative,
    builder,
    described,
    issued_by,
    key_pem,
    named,
    unit_name,
    usage,
    utc,
)

DAY_MS = 86_400_000
AUTHORITY_MS = 3650 * DAY_MS
SENSOR_MS = 90 * DAY_MS
CLIENT_MS = 90 * DAY_MS  # the collector's own
SERVER_MS = 365 * DAY_MS
EVICTION_MS = 10 * 60 * 1000
COLLECTOR_USER = "footfall-collector"
TUNNEL_USER = "footfall-tunnel"  # at a cluster: the mosquitto in the tunnel of lean units
ALERTS_USER = "footfall-alerts"  # publishes alerts at the broker, and nothing else
KEY_NAME, CERTIFICATE_NAME = "ca.key", "ca.crt"


def collector_user(worker: int = 0) -> str:
    """The collector's name at the broker, or that of a worker of it."""
    return f"{COLLECTOR_USER}-{worker}" if worker else COLLECTOR_USER


USER = re.compile(f"{OPTIONS['tenant'].metadata['match']}/{SENSOR_NAME.pattern}")


@dataclass(frozen=True, slots=True)
class Authority:
    """An opened authority."""

    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def create(cls, folder: Path, now_ms: int | None = None) -> "Authority":
        """Make an authority in `folder`. Raises AuthorityError where one is there, or it cannot be kept."""
        now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        key = ec.generate_private_key(ec.SECP256R1())
        name = named(f"Footfall authority {x509.random_serial_number():x}"[:40])
        certificate = (
            builder(name, name, key.public_key(), now_ms, now_ms + AUTHORITY_MS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            keyfile.create(folder / KEY_NAME, key_pem(key))
            (folder / CERTIFICATE_NAME).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        except FileExistsError as exc:
            raise AuthorityError(f"{folder} already holds an authority; every unit trusts it, so it stays") from exc
        except OSError as exc:
            raise AuthorityError(
                f"no authority can be kept in {folder}: {exc.strerror}. Look at who owns the folder"
            ) from exc
        return cls(certificate, key)

    @classmethod
    def open(cls, folder: Path) -> "Authority":
        """The authority in `folder`. Raises AuthorityError."""
        try:
            certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE_NAME).read_bytes())
            key = serialization.load_pem_private_key((folder / KEY_NAME).read_bytes(), None)
        except OSError as exc:
            raise AuthorityError(f"no authority can be read in {folder}: {exc.strerror}. Restore a backup") from exc
        except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
            raise AuthorityError(f"the authority in {folder} is damaged: {exc}. Restore a backup") from exc
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise AuthorityError(f"key and certificate in {folder} do not belong together. Restore a backup")
        return cls(certificate, key)

    @property
    def pem(self) -> str:
        """Its certificate: what units and the collector trust."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue_sensor(self, public_raw: bytes, user: str, now_ms: int) -> Certificate:
        """A certificate for a unit's own Ed25519 key. Raises AuthorityError for a name that is none of a sensor's."""
        if not USER.fullmatch(user):
            raise AuthorityError(f"'{user}' is no user of a sensor's: tenant/sensor is wanted, in small letters")
        try:
            public = ed25519.Ed25519PublicKey.from_public_bytes(public_raw)
        except ValueError as exc:
            raise AuthorityError(f"the key of {user} is no Ed25519 key: {exc}. Let the unit enrol anew") from exc
        own = [x509.UniformResourceIdentifier(unit_name(user, public_raw))]
        return self._issue(user, public, ExtendedKeyUsageOID.CLIENT_AUTH, now_ms, SENSOR_MS, own)

    def issue_client(
        self, user: str = COLLECTOR_USER, now_ms: int | None = None, life_ms: int = CLIENT_MS, unit: bytes = b""
    ) -> Pair:
        """Key and certificate of a client on this machine. unit: the key of the unit that it stands in for."""
        now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        key = ed25519.Ed25519PrivateKey.generate()
        names = [x509.UniformResourceIdentifier(unit_name(user, unit))] if unit else []
        issued = self._issue(user, key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH, now_ms, life_ms, names)
        return Pair(issued, key_pem(key).decode())

    def issue_server(self, names: Sequence[str], now_ms: int) -> Pair:
        """Key and certificate of the broker, for these host names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        issued = self._issue(
            "footfall-broker",
            key.public_key(),
            ExtendedKeyUsageOID.SERVER_AUTH,
            now_ms,
            SERVER_MS,
            [alternative(name) for name in names],
        )
        return Pair(issued, key_pem(key).decode())

    def crl(self, revoked: Iterable[tuple[str, int]], now_ms: int) -> str:
        """The list of revoked certificates (serial in hex, when), PEM.

        It is good as long as the authority is: the broker refuses everybody once its list has run out, and what makes
        a new one is the same collector whose absence would be the reason.
        """
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(utc(now_ms - BACKDATED_MS))
            .next_update(self.certificate.not_valid_after_utc)
            .add_extension(issued_by(self.certificate), critical=False)
            .add_extension(x509.CRLNumber(now_ms), critical=False)
        )
        for serial_hex, when_ms in revoked:
            one = x509.RevokedCertificateBuilder().serial_number(int(serial_hex, 16)).revocation_date(utc(when_ms))
            made = made.add_revoked_certificate(one.build())
        return made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def _issue(
        self,
        common_name: str,
        public: CertificatePublicKeyTypes,
        purpose: x509.ObjectIdentifier,
        now_ms: int,
        life_ms: int,
        names: Sequence[x509.GeneralName] = (),
    ) -> Certificate:
        ends_ms = min(now_ms + life_ms, int(self.certificate.not_valid_after_utc.timestamp() * 1000))
        made = (
            builder(named(common_name), self.certificate.subject, public, now_ms, ends_ms)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(issued_by(self.certificate), critical=False)
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return described(made.sign(self._key, hashes.SHA256()))
