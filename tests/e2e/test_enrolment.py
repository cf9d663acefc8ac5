"""Enrolment from end to end: a real collector, a real unit's program, plain HTTP between them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import Mosquitto
from lines import wait_for
from newcomer import Newcomer, Site, footfall

pytestmark = pytest.mark.broker


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    made = Site(tmp_path / "collector", mosquitto)
    yield made
    made.stop()


def test_a_unit_with_a_claim_becomes_a_sensor_when_somebody_approves_it(site: Site, tmp_path: Path) -> None:
    """Claim, pending, the same fingerprint at both ends, approval, member, heard by the collector; and after a flash
    that kept /etc/footfall it is the same sensor, without a claim and without anybody's help."""
    claim = site.claim("--sensor", "shop-door")
    unit = Newcomer(tmp_path / "unit", site.url, claim["code"])
    assert unit.ask("check").returncode == 0
    unit.start()
    assert unit.process
    started = unit.process.pid
    try:
        wait_for(lambda: unit.said("enrolment.json").get("state") == "pending", "a unit that waits")
        status = unit.ask("status")
        assert status.returncode == 1
        shown = site.show("shop-door")
        assert (shown["state"], shown["units"][0]["state"]) == ("pending", "waits")
        assert shown["fingerprint"] in status.stdout
        footfall("fleet", "approve", "shop-door", "--fingerprint", shown["fingerprint"], "--dir", site.folder)
        wait_for(lambda: "sensor" in unit.said("status.json"), "an agent that runs")
        assert unit.said("status.json")["sensor"] == "shop-door"
        assert unit.process.pid == started
        assert unit.process.poll() is None
        assert not (unit.run_dir / "enrolment.json").exists()
        listed = ("fleet", "list", "--dir", site.folder, "--json")
        wait_for(lambda: json.loads(footfall(*listed))[0]["connection"] == "connected", "the collector hears it")
        unit.stop()
        (unit.state_dir / "membership").unlink()  # a flash keeps all of the folder; this is the worse case
        unit.path.write_text(unit.path.read_text().replace(claim["code"], ""))
        unit.start()
        wait_for(lambda: unit.said("status.json").get("running", False), "the same sensor again")
        assert [one["state"] for one in site.show("shop-door")["units"]] == ["here"]
    finally:
        unit.stop()
    everything = (
        b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file()) + unit.log.read_bytes()
    )
    secret = claim["code"].replace("-", "")[4:-1].encode()
    assert secret not in everything
    assert claim["code"].encode() not in everything


def test_the_person_beside_the_unit_enrols_it_by_hand(site: Site, tmp_path: Path) -> None:
    """A typed claim with a slip in it is found out on the unit; with a rule nobody need approve; a second unit with the
    same code is told no more than that it will not do."""
    claim = site.claim("--approve")
    unit = Newcomer(tmp_path / "unit", "", "")
    url = site.url
    slip = claim["code"][:-1] + ("0" if claim["code"][-1] != "0" else "1")
    wrong = unit.ask("enrol", "--url", url, "--claim", slip)
    assert wrong.returncode == 1
    assert "a digit is wrong" in wrong.stderr
    done = unit.ask("enrol", "--url", url, "--claim", claim["code"].lower(), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["state"], said["sensor"], said["site"]) == ("approved", "shop-1", "shop")
    assert unit.ask("check").returncode == 0
    other = Newcomer(tmp_path / "other", url, claim["code"])
    second = other.ask("enrol")
    assert second.returncode == 1
    assert "used, expired or withdrawn" in second.stderr
    assert not (other.state_dir / "collector.pub").exists()
    assert os.stat(unit.state_dir / "sensor.key").st_mode & 0o777 == 0o600
