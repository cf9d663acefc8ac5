"""The record of issued certificates: nothing is handed out that cannot be revoked."""

from pathlib import Path

import pytest
from shop import SmallShop

from collector.errors import AuthorityError
from collector.keys.authority import DAY_MS, SENSOR_MS, Authority
from collector.keys.issued import Certificates
from footfall_sensor import signing

NOW_MS = 1_800_000_000_000


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    authority = Authority.create(tmp_path / "authority", NOW_MS)
    return Certificates(SmallShop(tmp_path / "c").collector.registry.engine, authority)


def issue(certificates: Certificates, user: str, now_ms: int = NOW_MS) -> str:
    return certificates.issue_sensor(signing.Cryptography().generate().public_raw, user, now_ms).serial_hex


def test_what_was_issued_is_on_record(certificates: Certificates) -> None:
    first, second = issue(certificates, "default/door"), issue(certificates, "default/door", NOW_MS + DAY_MS)
    issue(certificates, "default/window")
    found = certificates.of("default/door")
    assert [one.serial for one in found] == [first, second]
    assert [one.not_after_ms for one in found] == [NOW_MS + SENSOR_MS, NOW_MS + DAY_MS + SENSOR_MS]
    assert certificates.revoked(NOW_MS) == []


def test_a_revoked_user_loses_all_certificates_once(certificates: Certificates) -> None:
    """The instant is that of the first time, however often it is said."""
    serials = {issue(certificates, "default/door"), issue(certificates, "default/door")}
    issue(certificates, "default/window")
    for later_ms in (1, 2):
        certificates.revoke_users({"default/door"}, NOW_MS + later_ms)
    assert certificates.revoked(NOW_MS) == sorted((serial, NOW_MS + 1) for serial in serials)


def test_one_certificate_may_be_revoked_alone(certificates: Certificates) -> None:
    """A unit with a new key keeps its name; the certificate for the old key goes."""
    old, new = issue(certificates, "default/door"), issue(certificates, "default/door")
    certificates.revoke([old], NOW_MS)
    assert {one.serial: one.revoked_ms for one in certificates.of("default/door")} == {old: NOW_MS, new: None}


def test_the_list_forgets_what_has_run_out_anyway(certificates: Certificates) -> None:
    certificates.revoke([issue(certificates, "default/door")], NOW_MS)
    assert len(certificates.revoked(NOW_MS + SENSOR_MS)) == 1
    assert certificates.revoked(NOW_MS + SENSOR_MS + 2 * DAY_MS) == []
    assert certificates.running({"default/door"}, NOW_MS) == {"default/door"}
    assert certificates.running({"default/door"}, NOW_MS + SENSOR_MS) == set()


def test_what_is_not_issued_is_not_on_record(certificates: Certificates) -> None:
    with pytest.raises(AuthorityError):
        issue(certificates, "default/+")
    assert certificates.of("default/+") == []
