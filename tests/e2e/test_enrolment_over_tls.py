"""Enrolment as in production: the collector's own authority and broker; a unit knows an address and a claim."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from brokers import MOSQUITTO
from lines import wait_for
from newcomer import Newcomer, Site, footfall

from collector import folder as folders

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "collector", None, "--host", "127.0.0.1")
    yield made
    made.stop()


def test_a_claim_is_all_that_a_unit_needs_to_speak_by_mutual_tls(site: Site, tmp_path: Path) -> None:
    """Claim, approval, certificate, connection; then another unit takes the place, and the first is shut out."""
    claim = site.claim("--sensor", "shop-door")
    unit = Newcomer(tmp_path / "unit", site.url, claim["code"])
    unit.start()
    try:
        wait_for(lambda: unit.said("enrolment.json").get("state") == "pending", "a unit that waits")
        footfall("fleet", "approve", "shop-door", "--dir", site.folder)
        wait_for(lambda: bool(unit.connected), "mutual TLS")
        held = site.show("shop-door")["units"][0]
        certificates = folders.open_folder(site.folder).certificates
        assert certificates is not None
        assert [one.serial for one in certificates.of("default/shop-door")] == [held["certificate"]]
        other = Newcomer(tmp_path / "other", site.url, site.claim("--sensor", "shop-door")["code"])
        assert other.ask("enrol").returncode == 1
        footfall("fleet", "approve", "shop-door", "--dir", site.folder)
        other.start()  # it takes the connection over, and the one before cannot come back
        wait_for(lambda: bool(other.connected), "the new unit")
        wait_for(lambda: not unit.connected, "the cut")
        after = {one.serial: one.revoked_ms for one in certificates.of("default/shop-door")}
        assert len(after) == 2
        assert after[held["certificate"]] is not None
        assert sorted(when is None for when in after.values()) == [False, True]
        other.stop()
    finally:
        unit.stop()
    assert httpx.get(f"{site.url}/healthz", timeout=5).status_code == 200
