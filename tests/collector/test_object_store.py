"""The store in an S3 bucket (moto's server): the same rows and numbers as in a folder, and the same promises."""

import hashlib
import io
import random
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from shop import TENANT, SmallShop, Stay, at, sighting, window

from collector.backups import backup, restore
from collector.errors import StoreError
from collector.folder import open_folder
from collector.housekeeping import compaction, keeper, retention
from collector.housekeeping.publish import OPEN, Publisher
from collector.images.files import Files
from collector.options import store_url
from collector.options.settings import Settings
from collector.reporting import report
from collector.service import upkeep
from collector.stays import fold
from collector.storage.manifest import Manifest
from collector.storage.store import KINDS, SIGHTINGS, SIGNS, VISITS, WINDOWS
from collector.verification import files
from tools.torture.object_store import BUCKET, CREDENTIALS, ObjectStore
from tools.torture.proxy import Proxy, Weather

OVER_MS = at(28) + retention.LATE_MS
TOKENS = [0x1122334455667700 + n for n in range(30)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        made = ObjectStore(tmp_path_factory.mktemp("moto"))
        yield made
        made.close()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    return f"tests/{request.node.name}"


@pytest.fixture
def shop(server: ObjectStore, prefix: str, tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector", settings=Settings(replay=True, store_url=server.url(prefix)))
    made.sensor()
    return made


def tokens(shop: SmallShop) -> list[int]:
    store = shop.collector.store
    listed = store.manifest.files(TENANT, SIGHTINGS)
    return sorted(token for file in listed for token in store.table(file)["token"].to_pylist())


def rows(shop: SmallShop) -> dict[str, list[str]]:
    """Every stored row, by kind; the numbers that stand for tokens of ended days are drawn, and left out."""
    store, found = shop.collector.store, {}
    for kind in KINDS:
        drop = {"token"} if kind == VISITS else set()
        listed = [row for file in store.manifest.files(TENANT, kind) for row in store.table(file).to_pylist()]
        found[kind] = sorted(repr({name: row[name] for name in row.keys() - drop}) for row in listed)
    return {kind: sorted("".join(sorted(row)) for row in listed) for kind, listed in found.items()}


def numbers(shop: SmallShop, now_ms: int = at(24)) -> dict[str, object]:
    built = report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", None, now_ms)
    return dict(report.as_json(built)["metrics"])


def test_a_day_in_a_bucket_is_the_day_in_a_folder(shop: SmallShop, tmp_path: Path) -> None:
    """Commits, turns of the fold, late batches, compaction, retention: after each the same rows and numbers."""
    local = SmallShop(tmp_path / "local")
    for one in (local, shop):
        draw = random.Random(4)
        for token in TOKENS[:18]:
            start_ms = at(10, draw.randrange(50))
            one.hear([Stay(token, start_ms, start_ms + draw.choice((20_000, 300_000)), draw.choice((-50, -80)))])
        upkeep._fold(one.collector, at(12))
        one.hear([Stay(TOKENS[0], at(10, 55), at(10, 57))])
    assert rows(shop) == rows(local)
    assert numbers(shop) == numbers(local)
    gone = [compaction.compact(one.collector.store, TENANT, at(48)) for one in (local, shop)]
    assert gone[0] == gone[1] > 30
    assert rows(shop) == rows(local)
    assert files.check(shop.collector.store, shop.collector.registry, at(24), deep=True).findings == ()
    for one in (local, shop):
        retention.retain(one.collector, OVER_MS)
    assert rows(shop) == rows(local)
    assert numbers(shop) == numbers(local)
    assert len(rows(shop)[VISITS]) >= 18


def test_what_is_due_is_gone_from_the_bucket_too(shop: SmallShop, server: ObjectStore, prefix: str) -> None:
    shop.hear([Stay(token, at(10), at(10, 5)) for token in TOKENS])
    retention.retain(shop.collector, OVER_MS)
    shop.collector.store.tidy(OVER_MS + 10**6)
    kept = [name.split("/")[2] for name in server.names(prefix) if name.startswith("data/")]
    assert sorted(kept) == [SIGNS, VISITS, WINDOWS]
    stored = [server.files.open_input_stream(f"{BUCKET}/{prefix}/{name}").read() for name in server.names(prefix)]
    assert not [token for token in TOKENS for raw in stored if token.to_bytes(8, "little") in raw]


class PowerCutError(BaseException):
    """Stands for the end of the process at this very place."""


def test_a_crash_between_put_and_manifest_leaves_orphans_that_age_sweeps(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [shop.message(window(at(10), [sighting(1)]), number=0)]

    def cut(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "add", cut)
        with pytest.raises(PowerCutError):
            shop.take(messages)
    store = shop.collector.store
    assert (tokens(shop), len(store.orphans())) == ([], 2)
    shop.take(messages)
    now_s = time.time()
    assert store.sweep(now_s - keeper.SWEEP_AGE_S) == 0  # another collector may be about to list them
    assert store.sweep(now_s + 5) == 2
    assert (tokens(shop), store.orphans()) == ([1], [])


@pytest.fixture
def link(server: ObjectStore) -> Iterator[Proxy]:
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


def test_a_bucket_that_is_away_takes_nothing_loses_nothing_and_says_what_to_look_at(
    server: ObjectStore, link: Proxy, prefix: str, tmp_path: Path
) -> None:
    url = server.url(prefix, link.port)
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True, store_url=url))
    shop.hear([Stay(token, at(10), at(10, 5)) for token in TOKENS])
    before = numbers(shop)
    message = shop.message(window(at(11), [sighting(5)]), number=900)
    store = shop.collector.store
    link.weather = Weather(down=True)
    link.reset()
    for attempt in (
        lambda: shop.take([message]),
        lambda: numbers(shop),
        lambda: store.sweep(0),
        lambda: files.check(store, shop.collector.registry, at(24)),
        lambda: backup.make(shop.collector, tmp_path / "b.tar", at(24)),
    ):
        with pytest.raises(StoreError, match="endpoint and the network") as said:
            attempt()
        assert not [secret for secret in CREDENTIALS.values() if secret in str(said.value)]
    link.weather = Weather()
    assert numbers(shop) == before
    shop.take([message])
    assert (5 in tokens(shop), shop.collector.store.manifest.ledger()[0].duplicates) == (True, 0)


def test_a_bucket_that_is_not_there_is_said(server: ObjectStore, tmp_path: Path) -> None:
    url = server.url("x").replace(f"//{BUCKET}/", "//nowhere/")
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True, store_url=url))
    with pytest.raises(StoreError, match="bucket's name"):
        shop.take([shop.message(window(at(11), [sighting(5)]), number=900)])


def test_two_collectors_do_not_share_a_prefix(shop: SmallShop, tmp_path: Path) -> None:
    """Each would sweep away the other's files."""
    store = shop.collector.store
    for _ in range(2):
        store.shelf.claim(shop.collector.owner)
    other = SmallShop(tmp_path / "other", settings=shop.collector.settings)
    with pytest.raises(StoreError, match="another collector"):
        other.collector.store.shelf.claim(other.collector.owner)


def test_a_lost_and_a_cut_object_are_named(shop: SmallShop, server: ObjectStore, prefix: str) -> None:
    shop.hear([Stay(1, at(10), at(10, 5))])
    sightings, windows = (shop.collector.store.manifest.files(TENANT, kind)[0].name for kind in (SIGHTINGS, WINDOWS))
    server.files.delete_file(f"{BUCKET}/{prefix}/data/{sightings}")
    with server.files.open_output_stream(f"{BUCKET}/{prefix}/data/{windows}") as stream:
        stream.write(b"PAR1")
    found = files.check(shop.collector.store, shop.collector.registry, at(24)).findings
    assert sorted(one.check for one in found) == ["missing", "size"]
    with pytest.raises(StoreError, match="verify names files"):
        fold.refresh(shop.collector.store, shop.collector.registry.tenant(TENANT), [shop.site], at(24))


def test_a_backup_of_a_bucket_restores_into_a_folder_and_into_another_bucket(
    shop: SmallShop, server: ObjectStore, prefix: str, tmp_path: Path
) -> None:
    shop.hear([Stay(token, at(10), at(10, 5)) for token in TOKENS])
    retention.retain(shop.collector, at(40))
    shop.hear([Stay(token, at(34, n), at(34, n + 3)) for n, token in enumerate(TOKENS)])
    said = numbers(shop, at(36))
    made = backup.make(shop.collector, tmp_path / "b.tar", at(36))
    raw = made.path.read_bytes()
    assert not [token for token in TOKENS if token.to_bytes(8, "little") in raw]
    for name, url in (("folder", ""), ("bucket", server.url(f"{prefix}/again"))):
        restore.restore(made.path, tmp_path / name, at(36), store_url=url)
        opened = open_folder(tmp_path / name)
        built = report.build(opened.store, opened.registry, TENANT, "shop", None, at(36))
        assert dict(report.as_json(built)["metrics"]) == said
        assert (tmp_path / name / "data").exists() == (name == "folder")
    assert len(server.names(f"{prefix}/again/data")) == len(opened.store.manifest.names())


def test_open_tables_lie_in_the_same_bucket_and_are_read_by_another_engine(
    shop: SmallShop, server: ObjectStore, prefix: str
) -> None:
    shop.hear([Stay(token, at(10), at(10, 5)) for token in TOKENS])
    retention.retain(shop.collector, OVER_MS)
    assert len(Publisher.of(shop.collector).publish(TENANT)) == 1
    options = dict(store_url.parse(server.url(prefix)).table_options())
    visits = pl.read_delta(f"s3://{BUCKET}/{prefix}/{OPEN}/{VISITS}", storage_options=options)
    assert visits["device"].n_unique() == len(TOKENS)
    assert not set(visits["device"]) & set(TOKENS)
    assert files.check(shop.collector.store, shop.collector.registry, OVER_MS).findings == ()


def test_an_image_that_one_collector_has_taken_in_is_served_by_another(shop: SmallShop, tmp_path: Path) -> None:
    """Each keeps a copy of what was asked for; one that has another hash than its name is none."""
    own = shop.collector.image_files
    assert own.shared is not None
    other = Files(tmp_path / "other", own.shared)
    content = b"image" * 100_000
    sha256 = hashlib.sha256(content).digest()
    name, changed = f"{sha256.hex()}.bin", f"{bytes(32).hex()}.bin"
    own.put(name, sha256, io.BytesIO(content), "cpe")
    assert (other.has(name), other.has(changed), other.path(changed)) == (True, False, None)
    path = other.path(name)
    assert path is not None
    assert path.read_bytes() == content
    own.shared.put(path, changed)
    assert (other.has(changed), other.path(changed)) == (True, None)
    assert shop.collector.store.strangers() == []
    own.remove(name)
    assert (own.has(name), Files(tmp_path / "third", own.shared).path(name)) == (False, None)
    assert [one.name for one in (tmp_path / "other").iterdir()] == [name]
