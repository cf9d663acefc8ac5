"""Backups: taken while the collector works, restored with the same numbers, and without a token or an epoch key."""

import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import TENANT, SmallShop, Stay, at, sighting, window

from collector import folder
from collector.backups import backup, restore
from collector.database import open_database
from collector.errors import BackupError, CollectorError, DatabaseError
from collector.folder import open_folder
from collector.housekeeping import retention
from collector.options.settings import Settings
from collector.options.sources import Outside
from collector.records.audit import Audit
from collector.records.registry import Registry, Tenant
from collector.reporting import report
from footfall_sensor.sealing import Opener
from footfall_sensor.wire.messages import Birth
from tools.cli import cli

NOW_MS = at(24)
TOKENS = [0x1122334455667700 + n for n in range(30)]


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Two days: one that is over, one that runs; and a message that was refused with tokens in it."""
    shop = SmallShop(tmp_path / "collector")
    shop.hear([Stay(token, at(10), at(10, 5)) for token in TOKENS])
    retention.retain(shop.collector, at(40))
    shop.hear([Stay(token, at(34, n), at(34, n + 3)) for n, token in enumerate(TOKENS)])
    good = shop.message(window(at(35), [sighting(TOKENS[0])]), number=900)
    shop.take([good._replace(topic="footfall/1/default/nobody/batch")])
    asks = Birth("0.1", "3.11", "mips", "lean", "tokens", at(34), wants_key=True, seal=Opener().public)
    shop.take([shop.birth(asks)], at(34))
    return shop


def numbers(shop_folder: Path) -> dict[str, object]:
    collector = open_folder(shop_folder)
    built = report.build(collector.store, collector.registry, TENANT, "shop", None, NOW_MS)
    return dict(report.as_json(built)["metrics"])


def test_a_restored_collector_says_the_same_numbers(shop: SmallShop, tmp_path: Path) -> None:
    made = backup.make(shop.collector, tmp_path / "b.tar", NOW_MS)
    restore.restore(made.path, tmp_path / "elsewhere", NOW_MS)
    assert numbers(tmp_path / "elsewhere") == numbers(shop.collector.folder)


def test_nothing_in_a_backup_is_a_token_or_an_epoch_key(shop: SmallShop, tmp_path: Path) -> None:
    keys = [path.read_bytes() for path in shop.collector.folder.rglob("epoch-keys/**/*") if path.is_file()]
    raw = backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path.read_bytes()
    assert keys
    assert not [secret for secret in keys if secret in raw]
    assert not [token for token in TOKENS if token.to_bytes(8, "little") in raw]


def test_a_backup_changes_nothing_in_the_collector(shop: SmallShop, tmp_path: Path) -> None:
    said = numbers(shop.collector.folder)  # folds first
    before = sorted(shop.collector.store.manifest.names())
    backup.make(shop.collector, tmp_path / "b.tar", NOW_MS)
    assert sorted(shop.collector.store.manifest.names()) == before
    assert all(shop.collector.store.shelf.look(name) for name in before)
    assert numbers(shop.collector.folder) == said
    assert not (shop.collector.folder / backup.WORK).exists()


def test_the_restored_collector_goes_on_and_takes_nothing_twice(shop: SmallShop, tmp_path: Path) -> None:
    """Its manifest knows the batches; sensors that send again are told that it has them."""
    message = shop.message(window(at(36), [sighting(5)]), number=901)
    shop.take([message])
    restore.restore(backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path, tmp_path / "elsewhere", NOW_MS)
    other = open_folder(tmp_path / "elsewhere")
    other.intake().take([message], NOW_MS)
    assert [row.duplicates for row in other.store.manifest.ledger()] == [1]


def test_what_was_left_by_a_backup_that_was_killed_goes_with_the_next(shop: SmallShop, tmp_path: Path) -> None:
    left = shop.collector.folder / backup.WORK / "data" / "old.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    backup.make(shop.collector, tmp_path / "b.tar", NOW_MS)
    assert not left.exists()


@pytest.mark.parametrize("at_", [600, 5000, -700])
def test_a_changed_byte_is_found_before_anything_is_restored(shop: SmallShop, tmp_path: Path, at_: int) -> None:
    path = backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path
    with tarfile.open(path) as tar:
        entry = tar.getmember(backup.REGISTRY)
        place = entry.offset_data + at_ % entry.size
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    with pytest.raises(BackupError, match=r"registry\.sqlite is damaged"):
        restore.restore(path, tmp_path / "elsewhere", NOW_MS)
    assert not (tmp_path / "elsewhere").exists()


def test_half_a_backup_is_none(shop: SmallShop, tmp_path: Path) -> None:
    path = backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BackupError):
        restore.check(path)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a collector with nothing in it."""
    base = tmp_path_factory.mktemp("small")
    folder.create(base / "c", Settings())
    return backup.make(open_folder(base / "c"), base / "b.tar", NOW_MS).path


def refused(small: Path, to: Path, says: str, url: str | None = None, **told: dict[str, str]) -> None:
    with pytest.raises(CollectorError, match=says):
        restore.restore(small, to, NOW_MS, url, Outside(**told))


def test_a_restore_that_is_refused_leaves_nothing_behind(small: Path, tmp_path: Path) -> None:
    """A database that is not there, one in use, settings that are wrong or that the next start would not see."""
    used, to = f"sqlite:///{tmp_path / 'used.sqlite'}", tmp_path / "new"
    engine = open_database(used)
    Registry(engine).put_tenant(Tenant())
    refused(small, to, "not empty", environment={"FOOTFALL_DATABASE_URL": used})
    refused(small, to, "cannot be opened", environment={"FOOTFALL_DATABASE_URL": "sqlite:////nowhere/at/all"})
    refused(small, to, "FOOTFALL_HTTP_PORT", environment={"FOOTFALL_HTTP_PORT": "x"})
    refused(small, to, "--database-url", flags={"database_url": used})
    refused(small, to, "another than", "", environment={"FOOTFALL_DATABASE_URL": used})
    assert not to.exists()
    to.mkdir()  # as a mount point is there, and stays
    refused(small, to, "not empty", environment={"FOOTFALL_DATABASE_URL": used})
    assert list(to.iterdir()) == []


def test_a_restore_that_fails_half_way_leaves_nothing_behind(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        assert (tmp_path / "new" / "collector.toml").exists()
        raise DatabaseError("the server went away")

    monkeypatch.setattr(restore, "open_folder", broken)
    refused(small, tmp_path / "new", "went away")
    assert not (tmp_path / "new").exists()
    (tmp_path / "new").mkdir()
    refused(small, tmp_path / "new", "went away")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_restore_fills_the_database_that_the_environment_names(small: Path, tmp_path: Path) -> None:
    """And writes it nowhere: the environment may hold a password that is not to stand in the file."""
    told = Outside({}, {"FOOTFALL_DATABASE_URL": f"sqlite:///{tmp_path / 'there.sqlite'}"})
    restore.restore(small, tmp_path / "new", NOW_MS, None, told)
    assert not (tmp_path / "new" / backup.REGISTRY).exists()
    assert "there.sqlite" not in (tmp_path / "new" / "collector.toml").read_text()
    assert [one.name for one in open_folder(tmp_path / "new", told).registry.tenants()] == ["default"]


def test_a_folder_with_something_in_it_is_left_alone(shop: SmallShop, tmp_path: Path) -> None:
    path = backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path
    with pytest.raises(BackupError, match="not empty"):
        restore.restore(path, shop.collector.folder, NOW_MS)


def test_a_backup_is_for_its_owner_alone(shop: SmallShop, tmp_path: Path) -> None:
    assert backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path.stat().st_mode & 0o777 == 0o600


def test_the_commands_back_up_check_and_restore(shop: SmallShop, tmp_path: Path) -> None:
    file, home = str(tmp_path / "b.tar"), str(shop.collector.folder)
    run = CliRunner()
    said = json.loads(run.invoke(cli, ["collector", "backup", "--dir", home, "--out", file, "--json"]).output)
    assert said["checked"]
    assert "is whole" in run.invoke(cli, ["collector", "restore", "--dir", "x", "--check", file]).output
    done = run.invoke(cli, ["collector", "restore", "--dir", str(tmp_path / "new"), file])
    assert done.exit_code == 0, done.output
    last = Audit(open_folder(tmp_path / "new").registry.engine).entries()[-1]
    assert last.verb == "restore"


def test_a_backup_does_not_follow_links(tmp_path: Path) -> None:
    """A link in the broker's folder to the keys is a way around the list."""
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "acl").write_text("topic read x")
    (tmp_path / "epoch-keys").mkdir()
    (tmp_path / "epoch-keys" / "today.key").write_bytes(b"k" * 32)
    (tmp_path / "broker" / "keys").symlink_to(tmp_path / "epoch-keys")
    (tmp_path / "broker" / "key").symlink_to(tmp_path / "epoch-keys" / "today.key")
    assert backup.may_hold(tmp_path) == [tmp_path / "broker" / "acl"]
