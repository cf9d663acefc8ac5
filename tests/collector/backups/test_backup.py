"""Backups: taken while the collector works, restored with the same numbers, and without a token or an epoch key."""

import hashlib
import json
import re
import tarfile
import threading
import time
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import SENSOR, TENANT, SmallShop, Stay, at, sighting, window, windows
from sqlalchemy import select

from collector import folder, schema
from collector.backups import backup, restore
from collector.database import open_database
from collector.errors import BackupError, CollectorError, DatabaseError
from collector.folder import open_folder
from collector.housekeeping import compaction, retention
from collector.images.catalogue import Catalogue, Entry
from collector.options.settings import Settings
from collector.options.sources import Outside
from collector.plans.book import Plans
from collector.plans.plan import PICTURE, Plan, Spot
from collector.records.audit import Audit
from collector.records.registry import Registry, Tenant
from collector.reporting import report
from collector.stays import fold
from collector.verification import books
from footfall_sensor.sealing import Opener
from footfall_sensor.wire.image import Image
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


def test_what_is_stored_while_a_backup_is_taken_is_in_it_whole_or_not_at_all(tmp_path: Path) -> None:
    """Under load: batches are committed, folded and compacted all the while. The restored collector says just what one
    says that was given the batches which the backup lists, and no others."""
    shop = SmallShop(tmp_path / "collector")
    stays = [Stay(token, at(10, token % 20), at(10, token % 20 + 9)) for token in range(1, 21)]
    batches = windows(stays, at(10), at(10, 29))
    messages = [shop.message(batch, number=number) for number, batch in enumerate(batches)]
    taken = threading.Event()

    def load() -> None:
        for number, message in enumerate(messages):
            shop.take([message])
            if number % 20 == 0:
                fold.refresh(shop.collector.store, Tenant(TENANT), [shop.site], at(11))
                compaction.compact(shop.collector.store, TENANT, at(40))
            if taken.is_set():
                return

    working = threading.Thread(target=load)
    working.start()
    while not shop.collector.manifest.rows(TENANT):
        time.sleep(0.001)
    made = backup.make(shop.collector, tmp_path / "b.tar", NOW_MS)
    taken.set()
    working.join()
    restore.restore(made.path, tmp_path / "restored", NOW_MS)
    with open_folder(tmp_path / "restored").registry.engine.connect() as connection:
        there = set(connection.scalars(select(schema.batches.c.number)))
    assert 0 < len(there) < len(batches), "it was taken in the midst of it"
    other = SmallShop(tmp_path / "other")
    other.take([other.message(batch, number=number) for number, batch in enumerate(batches) if number in there])
    assert numbers(tmp_path / "restored") == numbers(tmp_path / "other")


def test_site_plans_and_the_images_of_the_catalogue_go_along(shop: SmallShop, tmp_path: Path) -> None:
    content = b"image" * 1000
    image = Image(("acme,x",), "24.10.5-r28800", "1.0", False, len(content), hashlib.sha256(content).digest())
    collector = shop.collector
    images = Catalogue(collector.registry.engine, collector.image_files)
    entry = images.add(Entry("cpe", image, b"k" * 8, b"s" * 64), BytesIO(content), "cli:ada", NOW_MS)
    (collector.folder / "images" / "0000.partial").write_bytes(b"of an upload that was cut off")
    plan = Plan(PICTURE, b"as it is drawn", 200.0, 100.0)
    Plans(collector.registry.engine).put(TENANT, "shop", plan, "web:ada", NOW_MS)
    Plans(collector.registry.engine).place(TENANT, "shop", {SENSOR: Spot(20, 30)}, "web:ada", NOW_MS)
    made = backup.make(collector, tmp_path / "b.tar", NOW_MS)
    assert (made.images, made.image_bytes, made.left_out) == (1, len(content), ())
    found = restore.restore(made.path, tmp_path / "new", NOW_MS)
    assert (found.images, found.image_bytes) == (1, len(content))
    assert [path.name for path in (tmp_path / "new" / "images").iterdir()] == [entry.file]
    assert (tmp_path / "new" / "images" / entry.file).read_bytes() == content
    plans = Plans(open_folder(tmp_path / "new").registry.engine)
    assert (there := plans.of(TENANT, "shop")) is not None
    assert there.content == plan.content
    assert plans.spots(TENANT, "shop") == {SENSOR: Spot(20, 30)}
    without = backup.make(collector, tmp_path / "without.tar", NOW_MS, images=False)
    assert (without.images, without.left_out) == (0, (entry.file,)), "what is not in it is named"
    assert restore.restore(without.path, tmp_path / "bare", NOW_MS).left_out == (entry.file,)
    found_there = list(books.check(open_folder(tmp_path / "bare"), NOW_MS))
    assert [(one.check, one.of, one.fatal) for one in found_there] == [("image", "cpe", False)]


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


def test_mosquitto_starts_from_the_restored_folder(tmp_path: Path) -> None:
    """Its configuration names files by absolute paths; what the operator has written into it stays."""
    old, new = tmp_path / "old", tmp_path / "new"
    assert CliRunner().invoke(cli, ["collector", "init", "--dir", str(old), "--host", "here"]).exit_code == 0
    with (old / "mosquitto.conf").open("a") as conf:
        conf.write(f"log_dest file {tmp_path}/elsewhere.log\n")
    path = backup.make(open_folder(old), tmp_path / "b.tar", NOW_MS).path
    before = (old / "mosquitto.conf").read_text()
    old.rename(tmp_path / "gone")
    restore.restore(path, new, NOW_MS)
    text = (new / "mosquitto.conf").read_text()
    user = re.compile("^user .*$", re.MULTILINE)
    assert user.sub("", text) == user.sub("", before.replace(str(old), str(new)))
    named = [Path(word) for word in text.split() if word.startswith(f"{new}/")]
    assert {one.name for one in named} >= {"acl", "ca.crt", "server.crt", "server.key", "revoked.crl"}
    assert all((one.parent if one.suffix == ".pid" else one).exists() for one in named)
    assert {one.stat().st_gid for one in (new / "broker").iterdir()} == {(new / "broker").stat().st_gid}


def test_a_restore_says_which_objections_it_cannot_read(shop: SmallShop, tmp_path: Path) -> None:
    """Their key is in no backup, and without it their sites get no key."""
    shop.collector.objections.add(TENANT, "", bytes.fromhex("001b638445e6"), None, "cli:test", NOW_MS)
    path = backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path
    done = CliRunner().invoke(cli, ["collector", "restore", "--dir", str(tmp_path / "new"), str(path)])
    assert "1 objections" in done.stderr
    assert "objections.key" in done.stderr
    assert "footfall collector serve" in done.stdout


def test_a_backup_that_fails_leaves_no_part_of_it(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever failed: here the copy of the registry, where the collector's own disk is full."""

    def full(*_: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(backup, "open_database", full)
    with pytest.raises(DatabaseError):
        backup.make(open_folder(small.parent / "c"), tmp_path / "b.tar", NOW_MS)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_for_its_owner_alone(shop: SmallShop, tmp_path: Path) -> None:
    assert backup.make(shop.collector, tmp_path / "b.tar", NOW_MS).path.stat().st_mode & 0o777 == 0o600


def test_the_commands_back_up_check_and_restore(shop: SmallShop, tmp_path: Path) -> None:
    file, home = str(tmp_path / "b.tar"), str(shop.collector.folder)
    run = CliRunner()
    said = json.loads(run.invoke(cli, ["collector", "backup", "--dir", home, "--out", file, "--json"]).output)
    assert said["checked"]
    noted = Audit(shop.collector.registry.engine).entries()[-1]
    assert (noted.verb, noted.object) == ("backup", f"file {file}")
    assert noted.says.endswith("read back and whole")
    assert "is whole" in run.invoke(cli, ["collector", "restore", "--check", file]).output
    assert run.invoke(cli, ["collector", "restore", file]).exit_code == 2, "into which folder?"
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
