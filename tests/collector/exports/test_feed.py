"""A feed of single devices: refused without two people's word, joined with nothing, and of the form receivers read."""

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from shop import DAY, SITE, TENANT, SmallShop, Stay, at

from collector.configuration.editor import Editor
from collector.errors import QueryError
from collector.exports import feed
from collector.notice import facts
from collector.notice.details import Details
from collector.records.audit import Audit
from tools.cli import cli

WHY = "a trial with another counter"
DEVICES = 12


def made(folder: Path) -> SmallShop:
    """DEVICES phones for two minutes at the door; the first of them is heard by the window's sensor too, louder."""
    shop = SmallShop(folder)
    shop.sensor("door")
    shop.sensor("window")
    tokens = [token * 0x0123456789ABCDEF % (1 << 64) for token in range(1, DEVICES + 1)]
    shop.hear([Stay(token, at(10), at(10, 2), -60) for token in tokens], sensor="door")
    shop.hear([Stay(tokens[0], at(10), at(10, 2), -40)], sensor="window")
    return shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """The tenant has said yes, by two people."""
    shop = made(tmp_path_factory.mktemp("feed") / "c")
    ada, grace = (Editor(shop.collector.registry, f"cli:{who}", lambda: at(12)) for who in ("ada", "grace"))
    done = ada.terms(TENANT, {"device_feed_reason": WHY})
    assert done.proposal is not None
    assert shop.collector.registry.tenant(TENANT).device_feed_reason == ""  # one is not enough
    grace.confirm(done.proposal)
    return shop


def asked(shop: SmallShop, out: Path, *words: str) -> Result:
    base = ["report", "export", SITE, "--dir", str(shop.collector.folder), "--format", "meraki", "--out", str(out)]
    return CliRunner().invoke(cli, [*base, *words])


def exported(shop: SmallShop, out: Path, *words: str) -> dict[str, Any]:
    done = asked(shop, out, *words)
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(out.read_text())
    return said


def test_without_the_tenants_word_there_is_none(tmp_path: Path) -> None:
    shop = made(tmp_path / "c")
    done = asked(shop, tmp_path / "feed.json")
    assert done.exit_code == 1
    assert "not switched on for tenant 'default'" in done.output
    assert "footfall fleet config terms" in done.output
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
    assert [row.verb for row in Audit(shop.collector.registry.engine).entries()] == []


def test_nothing_about_single_devices_leaves_a_sensitive_site(shop: SmallShop) -> None:
    tenant = shop.collector.registry.tenant(TENANT)
    with pytest.raises(QueryError, match="sensitive place"):
        feed.check_allowed(tenant, replace(shop.site, sensitive=True))


def test_it_has_the_form_that_receivers_of_the_scanning_api_read(shop: SmallShop, tmp_path: Path) -> None:
    said = exported(shop, tmp_path / "feed.json", "--secret", "shared")
    assert (said["version"], said["type"], said["secret"]) == ("3.0", "WiFi", "shared")
    data = said["data"]
    assert (data["networkId"], data["startTime"], data["endTime"]) == (
        f"{TENANT}/{SITE}",
        f"{DAY}T04:00:00Z",
        "2026-03-03T04:00:00Z",
    )
    assert [one["name"] for one in data["reportingAps"]] == ["door", "window"]
    door, window = (one["mac"] for one in data["reportingAps"])
    assert len(data["observations"]) == DEVICES
    both = next(one for one in data["observations"] if len(one["locations"][0]["rssiRecords"]) == 2)
    assert both["locations"][0]["rssiRecords"] == [{"apMac": window, "rssi": -40}, {"apMac": door, "rssi": -60}]
    assert both["latestRecord"] == {"time": f"{DAY}T10:01:59Z", "nearestApMac": window, "nearestApRssi": -40}
    assert [place["time"] for place in both["locations"]] == [f"{DAY}T10:00:59Z", f"{DAY}T10:01:59Z"]
    for one in data["observations"]:
        assert {one[name] for name in ("name", "ssid", "os", "manufacturer", "userId", "ipv4", "ipv6")} == {None}


def test_positions_come_from_the_pallet_list(shop: SmallShop, tmp_path: Path) -> None:
    table = tmp_path / "pallet.csv"
    table.write_text('name,claim,position\ndoor,x,"52.5163, 13.3777"\nwindow,y,above the window\n')
    data = exported(shop, tmp_path / "feed.json", "--positions", str(table))["data"]
    assert [(one["lat"], one["lng"]) for one in data["reportingAps"]] == [(52.5163, 13.3777), (None, None)]
    alone = next(one for one in data["observations"] if len(one["locations"][0]["rssiRecords"]) == 1)
    assert (alone["locations"][0]["lat"], alone["locations"][0]["lng"]) == (52.5163, 13.3777)


def test_two_feeds_have_no_address_in_common(shop: SmallShop, tmp_path: Path) -> None:
    """Each address is locally administered and of a single station; only its owner may read the file."""
    found = []
    for name in ("one.json", "two.json"):
        data = exported(shop, tmp_path / name)["data"]
        macs = [one["clientMac"] for one in data["observations"]]
        assert len(set(macs)) == DEVICES
        assert all(int(mac[:2], 16) & 3 == 2 for mac in macs)
        found.append(set(macs))
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert found[0] & found[1] == set()


def test_another_key_gives_other_addresses() -> None:
    tokens = np.arange(1000, dtype=np.int64)
    one, again, other = (feed.addresses(tokens, bytes([key]) * 32) for key in (1, 1, 2))
    assert one == again
    assert set(one) & set(other) == set()
    assert len(set(one)) == len(tokens)


def test_each_file_is_in_the_audit_log_with_the_reason(shop: SmallShop, tmp_path: Path) -> None:
    before = len(Audit(shop.collector.registry.engine).entries())
    exported(shop, tmp_path / "feed.json", "--from", f"{DAY}T10:00", "--to", f"{DAY}T10:01")
    (entry,) = Audit(shop.collector.registry.engine).entries()[before:]
    assert (entry.verb, entry.object) == ("export", f"site {TENANT}/{SITE}")
    assert entry.says == (
        f"feed of {DEVICES} devices in {2 * DEVICES + 2} sightings, {DAY}T10:00:00Z to {DAY}T10:01:00Z; {WHY}"
    )


def test_another_epoch_is_not_handed_on(shop: SmallShop, tmp_path: Path) -> None:
    done = asked(shop, tmp_path / "feed.json", "--from", "2026-03-01T10:00", "--to", "2026-03-01T11:00")
    assert done.exit_code == 1
    assert f"not in the running epoch {DAY}" in done.output
    assert not list(tmp_path.iterdir())


def test_the_notice_at_the_door_says_it(shop: SmallShop) -> None:
    tenant = shop.collector.registry.tenant(TENANT)
    for one, says in ((tenant, True), (replace(tenant, device_feed_reason=""), False)):
        found = facts.gather(shop.collector.settings, one, shop.site, Details(), at(12))
        assert ("feed" in found.conditions) is says
