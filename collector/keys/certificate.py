"""What certificates of Footfall look like (X.509, RFC 5280): pure forms, signed elsewhere."""

import datetime
import ipaddress
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

BACKDATED_MS = 86_400_000  # clocks of units, and of machines that were just made, are behind more often than ahead


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was issued."""

    pem: str
    serial_hex: str
    not_before_ms: int
    not_after_ms: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with a key that was made for it here."""

    certificate: Certificate
    key_pem: str = field(repr=False)


def described(made: x509.Certificate) -> Certificate:
    """A certificate as the rest of the collector knows it."""
    return Certificate(
        pem=made.public_bytes(serialization.Encoding.PEM).decode(),
        serial_hex=f"{made.serial_number:x}",
        not_before_ms=int(made.not_valid_before_utc.timestamp() * 1000),
        not_after_ms=int(made.not_valid_after_utc.timestamp() * 1000),
    )


def host_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names and addresses that a broker's certificate is for."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(one.value) for one in names)


def due(certificate: x509.Certificate, now_ms: int) -> bool:
    """Whether two thirds of a certificate's life are over: time for the next."""
    begins, ends = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    return now_ms / 1000 > begins + (ends - begins) * 2 / 3


def builder(
    subject: x509.Name, issuer: x509.Name, public: CertificatePublicKeyTypes, now_ms: int, ends_ms: int
) -> x509.CertificateBuilder:
    """What all our certificates have."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc(now_ms - BACKDATED_MS))
        .not_valid_after(utc(ends_ms))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def issued_by(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Names the authority in what it signs."""
    own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def usage(signs_certificates: bool) -> x509.KeyUsage:
    """What a key may do."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def named(common_name: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def alternative(name: str) -> x509.GeneralName:
    """A host name or an address."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def unit_name(user: str, public_raw: bytes) -> str:
    """A unit's second name in its certificate, a URI (RFC 5280, 4.2.1.6): that of one key in a sensor's place.

    A broker that reads no list of revoked certificates tells by it who has the place now from who had it.
    """
    return f"footfall:{user}:{public_raw.hex()}"


def utc(ms: int) -> datetime.datetime:
    """UTC milliseconds as X.509 wants them: whole seconds."""
    return datetime.datetime.fromtimestamp(ms // 1000, datetime.UTC)


def key_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """A private key in PKCS#8, without a passphrase: who starts a broker at night has none to type."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
