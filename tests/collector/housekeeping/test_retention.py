"""Retention: tokens go six hours after their day, what they say stays, and gone means gone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import DAY, TENANT, SmallShop, Stay, at

from collector.housekeeping import retention
from collector.options.keep import Keep
from collector.records.audit import Audit
from collector.records.registry import Site
from collector.reporting import report
from collector.storage.store import OPEN_STAYS, READERS_S, SIGHTINGS, SIGNS, STAYS, VISITS, WINDOWS
from tools.cli import cli

DAY_MS = 86_400_000
END_MS = at(28)  # the business day turns at 04:00
OVER_MS = END_MS + retention.LATE_MS
TOKENS = range(1, 31)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(token, at(10, token), at(10, token + 5)) for token in TOKENS])
    return shop


def due(shop: SmallShop, now_ms: int, keep: Keep | None = None) -> list[tuple[str, str]]:
    tenant = shop.collector.registry.tenant(TENANT)
    return [(one.data, one.day) for one in retention.due(shop.collector.store, tenant, keep or Keep(), now_ms)]


def retain(shop: SmallShop, now_ms: int) -> None:
    retention.retain(shop.collector, now_ms)
    shop.collector.store.tidy(now_ms + READERS_S * 1000)


def said(shop: SmallShop) -> dict[str, object]:
    built = report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", None, at(24))
    return {name: answer.get("value", answer.get("cells")) for name, answer in report.as_json(built)["metrics"].items()}


def stored_bytes(shop: SmallShop) -> bytes:
    return b"".join(path.read_bytes() for path in shop.collector.folder.rglob("*") if path.is_file())


def kinds(shop: SmallShop) -> list[str]:
    manifest = shop.collector.store.manifest
    return [kind for kind in (SIGHTINGS, WINDOWS, STAYS, OPEN_STAYS, VISITS, SIGNS) if manifest.files(TENANT, kind)]


def test_tokens_are_due_six_hours_after_their_day(shop: SmallShop) -> None:
    assert due(shop, OVER_MS - 1) == []
    assert due(shop, OVER_MS) == [("tokens", DAY)]


def test_visits_stay_without_tokens_and_every_number_is_the_same(shop: SmallShop) -> None:
    before = said(shop)
    retain(shop, OVER_MS)
    assert kinds(shop) == [WINDOWS, VISITS, SIGNS]
    assert said(shop) == before
    (file,) = shop.collector.store.manifest.files(TENANT, VISITS)
    kept = shop.collector.store.table(file)["token"].to_pylist()
    assert len(set(kept)) == len(TOKENS)
    assert not set(kept) & set(TOKENS)


def test_the_numbers_that_stand_for_tokens_are_drawn_anew_each_time(tmp_path: Path) -> None:
    found = []
    for name in "ab":
        shop = SmallShop(tmp_path / name)
        shop.hear([Stay(token, at(10), at(10, 5)) for token in TOKENS])
        retain(shop, OVER_MS)
        (file,) = shop.collector.store.manifest.files(TENANT, VISITS)
        found.append(set(shop.collector.store.table(file)["token"].to_pylist()))
    assert not found[0] & found[1]


def test_a_device_has_one_number_at_all_sites_of_its_day(shop: SmallShop) -> None:
    """Sites are judged one after another; who was at both must still be one."""
    shop.collector.registry.put_site(Site(TENANT, "other"))
    shop.sensor("elsewhere", "other")
    shop.intake.refresh()
    shop.hear([Stay(token, at(12), at(12, 5)) for token in range(21, 41)], sensor="elsewhere")
    retain(shop, OVER_MS)
    numbers: dict[str, set[int]] = {"shop": set(), "other": set()}
    for file in shop.collector.store.manifest.files(TENANT, VISITS):
        for row in shop.collector.store.table(file, ["site", "token"]).to_pylist():
            numbers[row["site"]].add(row["token"])
    assert (len(numbers["shop"]), len(numbers["other"])) == (30, 20)
    assert len(numbers["shop"] & numbers["other"]) == 10


def test_no_token_is_left_on_the_disk(tmp_path: Path) -> None:
    """Every byte of the collector's folder is searched, as the token is written in Parquet and on the wire."""
    shop = SmallShop(tmp_path / "collector")
    tokens = [0x1122334455667700 + n for n in range(20)]
    shop.hear([Stay(token, at(10), at(10, 5)) for token in tokens])
    assert shop.collector.store.manifest.files(TENANT, SIGHTINGS)
    retain(shop, OVER_MS)
    on_disk = stored_bytes(shop)
    assert not [token for token in tokens if token.to_bytes(8, "little") in on_disk]
    assert len(list(shop.collector.store.shelf.listing())) == len(kinds(shop))


def test_what_comes_after_the_end_counts_and_opens_no_visit(shop: SmallShop) -> None:
    retain(shop, OVER_MS)
    before = said(shop)
    shop.hear([Stay(token, at(12), at(12, 30)) for token in range(100, 115)])
    shop.hear([Stay(TOKENS[0], at(10), at(11))])  # the same device as before, as nobody can tell any more
    assert due(shop, OVER_MS) == [("tokens", DAY)]
    retain(shop, OVER_MS)
    assert kinds(shop) == [WINDOWS, VISITS, SIGNS]
    after = said(shop)
    assert after["devices_seen"] == before["devices_seen"] + 16  # type: ignore[operator]
    assert (after["visitors"], after["visits"], after["dwell"]) == (
        before["visitors"],
        before["visits"],
        before["dwell"],
    )


def test_visits_and_windows_go_when_settings_say_so(shop: SmallShop) -> None:
    retain(shop, OVER_MS)
    keep = Keep(visits_days=10, windows_days=20)
    assert due(shop, OVER_MS + 9 * DAY_MS, keep) == []
    assert due(shop, OVER_MS + 11 * DAY_MS, keep) == [("visits", DAY)]
    assert due(shop, OVER_MS + 21 * DAY_MS, keep) == [("visits", DAY), ("windows", DAY)]


def test_what_goes_is_in_the_audit_log(shop: SmallShop) -> None:
    retain(shop, OVER_MS)
    last = Audit(shop.collector.registry.engine).entries()[-1]
    assert (last.verb, last.object) == ("delete", f"tokens {TENANT}/{DAY}")
    assert "files" in last.says


def test_the_command_shows_first_and_proves_afterwards(shop: SmallShop) -> None:
    """The day of these tests is long over: what the command finds is due today."""
    folder = str(shop.collector.folder)
    dry = CliRunner().invoke(cli, ["collector", "retention", "--dir", folder, "--dry-run", "--json"])
    assert json.loads(dry.output)["due"][0]["data"] == "tokens"
    assert SIGHTINGS in kinds(shop)
    done = CliRunner().invoke(cli, ["collector", "retention", "--dir", folder, "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output) | {"due": []} == {"due": [], "deleted": True, "left": 0, "on_disk": 0}
    assert SIGHTINGS not in kinds(shop)
