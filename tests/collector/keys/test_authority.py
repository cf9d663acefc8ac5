"""The authority: what it signs, for whom, and for how long."""

import datetime
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.errors import AuthorityError
from collector.keys import authority as module
from collector.keys.authority import DAY_MS, SENSOR_MS, Authority
from collector.keys.certificate import BACKDATED_MS, due, host_names

NOW_MS = 1_800_000_000_000


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "authority", NOW_MS)


def own_key() -> bytes:
    return ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def opened(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def test_a_sensors_certificate_is_for_its_own_key_and_name(authority: Authority) -> None:
    """The key the unit made, its user as common name, good for a client only, 90 days, from a day before."""
    public = own_key()
    issued = authority.issue_sensor(public, "default/door-1", NOW_MS)
    made = opened(issued.pem)
    key = made.public_key()
    assert isinstance(key, ed25519.Ed25519PublicKey)
    assert key.public_bytes(Encoding.Raw, PublicFormat.Raw) == public
    assert [one.value for one in made.subject] == ["default/door-1"]
    assert made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (issued.not_before_ms, issued.not_after_ms) == (NOW_MS - BACKDATED_MS, NOW_MS + SENSOR_MS)
    assert int(issued.serial_hex, 16) == made.serial_number
    made.verify_directly_issued_by(authority.certificate)


@pytest.mark.parametrize(
    "user", ["default/+", "#", "a/b/c", "door", "default/", "/door", "default/door\n", "Default/door"]
)
def test_a_name_that_is_none_of_a_sensors_gets_no_certificate(user: str, authority: Authority) -> None:
    """What could be taken for a pattern at the broker never gets that far."""
    with pytest.raises(AuthorityError, match="tenant/sensor"):
        authority.issue_sensor(own_key(), user, NOW_MS)


def test_what_is_no_key_gets_no_certificate(authority: Authority) -> None:
    with pytest.raises(AuthorityError, match="Ed25519"):
        authority.issue_sensor(b"short", "default/door", NOW_MS)


def test_the_brokers_certificate_stands_a_strict_verifier(authority: Authority) -> None:
    """Names and addresses; verified by another implementation than OpenSSL's (cryptography's own, in Rust)."""
    pair = authority.issue_server(("mqtt.example.org", "192.0.2.1"), NOW_MS)
    made = opened(pair.certificate.pem)
    assert host_names(made) == ("mqtt.example.org", "192.0.2.1")
    builder = verification.PolicyBuilder().store(verification.Store([authority.certificate])).time(_utc(NOW_MS))
    assert builder.build_server_verifier(x509.DNSName("mqtt.example.org")).verify(made, [])
    with pytest.raises(verification.VerificationError):
        builder.build_server_verifier(x509.DNSName("other.example.org")).verify(made, [])


def test_the_key_is_its_owners_alone_and_stays(authority: Authority, tmp_path: Path) -> None:
    """Opened again it is the same; a second authority is not put over the first, which every unit trusts."""
    folder = tmp_path / "authority"
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600
    assert Authority.open(folder).pem == authority.pem
    with pytest.raises(AuthorityError, match="already"):
        Authority.create(folder, NOW_MS)
    assert Authority.open(folder).pem == authority.pem
    assert "PRIVATE" not in repr(authority)


@pytest.mark.parametrize(("name", "content"), [("ca.key", None), ("ca.crt", None), ("ca.key", "x"), ("ca.crt", "x")])
def test_an_authority_that_is_not_whole_is_named(
    name: str, content: str | None, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "authority" / name
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(AuthorityError, match="Restore a backup"):
        Authority.open(tmp_path / "authority")


def test_a_key_of_another_authority_is_found_out(authority: Authority, tmp_path: Path) -> None:
    Authority.create(tmp_path / "other", NOW_MS)
    (tmp_path / "authority" / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    with pytest.raises(AuthorityError, match="do not belong together"):
        Authority.open(tmp_path / "authority")


def test_the_list_of_revoked_names_each_and_outlives_an_absent_collector(authority: Authority) -> None:
    """A list that has run out makes a broker refuse everybody; this one runs as long as the authority."""
    issued = authority.issue_sensor(own_key(), "default/door", NOW_MS)
    made = x509.load_pem_x509_crl(authority.crl([(issued.serial_hex, NOW_MS)], NOW_MS).encode())
    found = made.get_revoked_certificate_by_serial_number(int(issued.serial_hex, 16))
    assert found is not None
    assert found.revocation_date_utc == _utc(NOW_MS)
    assert made.next_update_utc == authority.certificate.not_valid_after_utc
    key = authority.certificate.public_key()
    assert made.is_signature_valid(key)  # type: ignore[arg-type]
    assert len(x509.load_pem_x509_crl(authority.crl([], NOW_MS).encode())) == 0


def test_renewal_is_due_at_two_thirds(authority: Authority) -> None:
    made = opened(authority.issue_sensor(own_key(), "default/door", NOW_MS).pem)
    life_ms = SENSOR_MS + BACKDATED_MS
    turn_ms = NOW_MS - BACKDATED_MS + life_ms * 2 // 3
    assert not due(made, turn_ms - 1000)
    assert due(made, turn_ms + 1000)


def test_nothing_outlives_the_authority(authority: Authority) -> None:
    late_ms = NOW_MS + module.AUTHORITY_MS - DAY_MS
    issued = authority.issue_sensor(own_key(), "default/door", late_ms)
    assert issued.not_after_ms == NOW_MS + module.AUTHORITY_MS


def _utc(ms: int) -> datetime.datetime:

    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC)
