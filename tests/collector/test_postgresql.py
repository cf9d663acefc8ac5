"""PostgreSQL as registry and manifest: the same promises as SQLite's, on a real server, with two collectors at once."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from browse import browser
from postgres import Postgres
from shop import DAY, TENANT, SmallShop, Stay, at, sighting, window
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import OperationalError
from tables import described, migrate

from collector import schema
from collector.backups import backup, restore
from collector.database import open_database, writing
from collector.errors import StoreError
from collector.folder import open_folder
from collector.housekeeping import ranges, retention
from collector.options.settings import Settings
from collector.page.live import changes
from collector.records.audit import Audit, Event
from collector.records.reports import Report
from collector.reporting import report
from collector.stays import fold
from collector.storage import batches, epochs, manifest
from collector.storage.manifest import Manifest
from collector.storage.store import SIGHTINGS
from collector.verification import conservation
from collector.watch.past import Past, StateChange
from collector.watch.seen import Sample, Seen
from footfall_sensor.wire.reports import EpochCount, Health, Totals

NAMES = (f"footfall_{number}" for number in itertools.count())


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.database(next(NAMES))


@pytest.fixture
def shop(url: str, tmp_path: Path) -> Iterator[SmallShop]:
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True, database_url=url))
    yield shop
    shop.collector.registry.engine.dispose()


def test_migrations_make_the_tables_that_a_new_registry_has(postgres: Postgres) -> None:
    migrated = create_engine(postgres.database(next(NAMES)))
    migrate(migrated)
    made = open_database(postgres.database(next(NAMES)))
    assert described(migrated) == described(made)
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    migrated.dispose()
    made.dispose()


def test_messages_become_a_report(shop: SmallShop) -> None:
    shop.hear([Stay(token, at(10, token), at(10, token + 5)) for token in range(1, 31)])
    built = report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", None, at(24))
    assert report.as_json(built)["metrics"]["visits"]["value"] == 30


def test_the_operators_pages_and_what_they_follow_read_it(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 5))])
    Audit(shop.collector.registry.engine).append(Event("cli:test", "set", "100%_of it"), at(10))
    before = changes.look(shop.collector.registry.engine)
    client = browser(shop.collector, now_ms=lambda: at(24))
    for path in (
        "",
        "/quarantine",
        "/storage",
        "/conservation",
        "/audit?object=100%25_of",
        "/audit.csv?actor=cli:test",
    ):
        assert client.get(f"/operation{path}").status_code == 200
    assert client.get("/api/operation/status").json()["database"] == "postgresql"
    assert client.get("/api/operation/storage").json()["kinds"][0]["rows"] > 0
    assert len(client.get("/api/operation/audit?object=100%25_of").json()["entries"]) == 1
    shop.hear([Stay(1, at(11), at(11, 5))], at(11), at(11, 5))
    after = changes.look(shop.collector.registry.engine)
    assert {kind for kind in after if after[kind] != before[kind]} == {"site"}


def test_two_collectors_that_take_the_same_messages_store_each_once(shop: SmallShop) -> None:
    """A broker may give a message to one collector and, after a fault, to another."""
    messages = [shop.message(window(at(10, n), [sighting(n)]), number=n) for n in range(60)]
    other = open_folder(shop.collector.folder)
    other.store.blinding = None
    intakes = [shop.collector.intake(), other.intake()]

    def take(intake_at: int) -> None:
        for start in range(0, len(messages), 5):
            intakes[intake_at].take(messages[start : start + 5], at(24))

    both = [threading.Thread(target=take, args=(place,)) for place in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    files = shop.collector.store.manifest.files(TENANT, SIGHTINGS)
    tokens = sorted(token for file in files for token in shop.collector.store.table(file)["token"].to_pylist())
    assert tokens == list(range(60))
    (row,) = shop.collector.store.manifest.ledger()
    assert (row.batches, row.duplicates) == (60, 60)
    other.registry.engine.dispose()


class ServerGone(OperationalError):
    """As psycopg says it, when the connection breaks after COMMIT was sent and before it was answered."""

    def __init__(self) -> None:
        super().__init__("COMMIT", None, psycopg.OperationalError("server closed the connection unexpectedly"))


@contextmanager
def unconfirmed(monkeypatch: pytest.MonkeyPatch, manifest: Manifest, name: str) -> Iterator[None]:
    """The transaction is committed, and its end is not heard of."""
    real = getattr(manifest, name)

    def in_doubt(*arguments: object) -> None:
        real(*arguments)
        raise ServerGone

    with monkeypatch.context() as patched:
        patched.setattr(manifest, name, in_doubt)
        yield


def test_a_commit_that_the_server_could_not_confirm_keeps_its_files(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches come again and are known: the files of the first time are all that there is of them."""
    message = shop.message(window(at(10), [sighting(7)]), number=0)
    with unconfirmed(monkeypatch, shop.collector.store.manifest, "add"), pytest.raises(StoreError):
        shop.take([message])
    assert len(shop.take([message])) == 1  # acknowledged
    (file,) = shop.collector.manifest.files(TENANT, SIGHTINGS)
    assert shop.collector.store.table(file)["token"].to_pylist() == [7]


def test_a_fold_that_the_server_could_not_confirm_keeps_its_files(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.hear([Stay(token, at(10), at(10, 5)) for token in range(20)])
    store, tenant = shop.collector.store, shop.collector.registry.tenant(TENANT)
    with unconfirmed(monkeypatch, store.manifest, "swap"), pytest.raises(StoreError):
        fold.refresh(store, tenant, [shop.site], at(24))
    assert [name for name in store.manifest.names() if store.shelf.look(name) is None] == []
    fold.refresh(store, tenant, [shop.site], at(24))
    assert sum(file.rows for file in store.manifest.files(TENANT, "open_stays")) == 20


def test_a_commit_that_did_not_happen_leaves_its_files_to_the_sweep(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = shop.message(window(at(10), [sighting(7)]), number=0)
    with monkeypatch.context() as patched:
        patched.setattr(shop.collector.store.manifest, "add", lambda *_: (_ for _ in ()).throw(ServerGone()))
        with pytest.raises(StoreError):
            shop.take([message])
    assert shop.collector.store.orphans()
    shop.take([message])
    shop.collector.store.sweep()
    assert not shop.collector.store.orphans()
    (file,) = shop.collector.manifest.files(TENANT, SIGHTINGS)
    assert shop.collector.store.table(file)["token"].to_pylist() == [7]


def test_two_collectors_that_fold_the_same_day_fold_it_once(shop: SmallShop) -> None:
    shop.hear([Stay(token, at(10), at(10, 5)) for token in range(20)])
    other = open_folder(shop.collector.folder)
    tenant, changed = shop.collector.registry.tenant(TENANT), []

    def refresh(store: object) -> None:
        changed.append(fold.refresh(store, tenant, [shop.site], 0))  # type: ignore[arg-type]

    both = [threading.Thread(target=refresh, args=(store,)) for store in (shop.collector.store, other.store)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert [DAY] in changed
    assert sum(file.rows for file in shop.collector.store.manifest.files(TENANT, "open_stays")) == 20
    other.registry.engine.dispose()


def test_the_audit_log_is_whole_when_many_write_at_once(shop: SmallShop) -> None:
    log = Audit(shop.collector.registry.engine)

    def write(who: int) -> None:
        for number in range(20):
            log.append(Event(f"cli:{who}", "approve", f"sensor {number}"), number)

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    verdict = log.verify()
    assert (verdict.entries, verdict.broken) == (80, None)


def test_what_came_long_ago_is_known_as_ranges_and_the_books_still_balance(shop: SmallShop) -> None:
    """Decisions 069 and 073: rows become ranges, epochs are joined, and no number is taken twice."""
    engine, store = shop.collector.registry.engine, shop.collector.store
    sent = [window(at(10, number), [sighting(number + 1)] if number % 3 else []) for number in range(40)]
    messages = [shop.message(batch, number=number) for number, batch in enumerate(sent) if number not in (7, 8)]
    shop.take(messages[:20], at(10))
    later_ms = at(10) + ranges.ROWS_KEPT_MS + 1
    assert ranges.close(engine, later_ms) == 20
    shop.take(messages[15:], later_ms)
    assert ranges.close(engine, later_ms + ranges.ROWS_KEPT_MS + 1) == 18
    with engine.connect() as connection:
        there = [(row.first, row.last) for row in connection.execute(select(schema.batch_ranges))]
        assert connection.scalar(select(func.count()).select_from(schema.batches)) == 0
        assert sorted(there) == [(0, 6), (9, 39)]
        (ledger,) = store.manifest.ledger()
        assert (ledger.batches, ledger.duplicates) == (38, 5)
        assert epochs.sums(connection) == batches.counts(connection) == {(ledger.sensor_id, ledger.boot): 38}
    (key,) = {(ledger.sensor_id, ledger.boot)}
    assert store.manifest.known([(*key, 7), (*key, 9), (*key, 40)]) == {(*key, 9): b""}
    shop.take(messages, at(200))
    assert store.manifest.ledger()[0].batches == 38, "all of it came again, and none is new"
    for day in range(10):
        made = window(at(24 * day + 34), [sighting(1)], epoch=f"day-{day}")
        shop.take([shop.message(made, number=100 + day)], at(24 * day + 34))
    said = (EpochCount("day-8", 2, 0, 0, 0), EpochCount("day-9", 3, 1, 1, 0))
    shop.take([shop.health(Health(Totals(batches_emitted=60, batches_dropped_full=2), 60.0, at(500), epochs=said))])
    assert epochs.join(engine, at(24 * 60)) > 0
    assert [one.difference for one in conservation.by_epoch(engine)] == [1, 0]
    with engine.connect() as connection:
        assert epochs.sums(connection) == {key: 48}


def test_tokens_go_and_a_backup_is_restored_into_another_database(
    shop: SmallShop, postgres: Postgres, tmp_path: Path
) -> None:
    shop.hear([Stay(token, at(10), at(10, 5)) for token in range(30)])
    retention.retain(shop.collector, at(28) + retention.LATE_MS)
    before = report.as_json(report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", None, at(24)))
    made = backup.make(shop.collector, tmp_path / "b.tar", at(24))
    new_url = postgres.database(next(NAMES))
    restore.restore(made.path, tmp_path / "elsewhere", at(24), database_url=new_url)
    other = open_folder(tmp_path / "elsewhere")
    assert other.registry.engine.dialect.name == "postgresql"
    after = report.as_json(report.build(other.store, other.registry, TENANT, "shop", None, at(24)))
    assert after == before
    other.registry.engine.dispose()


def test_a_commit_waits_for_the_one_that_has_begun_so_that_numbers_of_files_grow(shop: SmallShop) -> None:
    """The fold goes by the highest number it has seen: a lower one that is listed later it would pass over."""
    sent = [shop.message(window(at(10), [sighting(1)]), number=0)]
    other = threading.Thread(target=shop.collector.intake().take, args=(sent, at(24)))
    with writing(shop.collector.registry.engine).begin() as begun:
        manifest.in_turn(begun)
        other.start()
        other.join(0.5)
        assert other.is_alive()
        assert shop.collector.store.manifest.files(TENANT, SIGHTINGS) == []
    other.join(20)
    assert len(shop.collector.store.manifest.files(TENANT, SIGHTINGS)) == 1


def test_the_past_of_sensors_and_their_page_read_it(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 5))], at(10), at(10, 30))
    engine, sensor = shop.collector.registry.engine, shop.collector.registry.sensors()[0]
    past, before = Past(engine), None
    for minutes, hot_c in ((0, 40.0), (10, 60.0), (20, None)):
        health = Health(Totals(frames=100 * minutes), 60.0, at(10, minutes), temperature_c=hot_c)
        report_ = Report(sensor.id, 1, at(10, minutes), True, "", health)
        past.add([Seen(sensor, at(10, minutes), report_, before)], at(10, minutes))
        before = Sample.of(report_)
    (hour,) = past.hours(sensor.id, 0)
    assert (hour.frames, hour.temperature_c) == (2000, 60.0)
    past.add_states([StateChange(sensor.id, at(9), "silent", ""), StateChange(sensor.id, at(10), "ok", "")])
    assert past.newest_states()[sensor.id].state == "ok"
    assert [one.state for one in past.states(sensor.id, at(9, 30))] == ["silent", "ok"]
    page = browser(shop.collector).get(f"/fleet/sensor/{TENANT}/{sensor.name}?hours=744")
    assert page.status_code == 200
    assert sum(count for _, count in shop.collector.manifest.received(sensor.id, 0, 3_600_000)) > 0
