"""Verification: a whole collector is called whole, and every kind of fault that is planted is found and named."""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from shop import DAY, TENANT, SmallShop, Stay, at
from sqlalchemy import CheckConstraint, update

from collector import folder as folders
from collector import schema
from collector.folder import Collector
from collector.housekeeping import compaction, keeper, retention
from collector.service import upkeep
from collector.storage.store import KINDS, SIGHTINGS, STAYS, VISITS, WINDOWS
from collector.verification import books, files
from collector.verification.contents import FIRST
from collector.verification.finding import Finding
from tools.cli import cli

NOW_MS = at(24)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day that is over, its visits without tokens, and one that runs: folded, compacted, with files of each kind."""
    shop = SmallShop(tmp_path_factory.mktemp("made") / "collector")
    shop.hear([Stay(token, at(10), at(10, 5)) for token in range(30)])
    retention.retain(shop.collector, at(40))
    for minute in range(0, 40, 2):
        shop.hear([Stay(token, at(34, minute), at(34, minute + 1)) for token in range(20)])
    shop.hear([Stay(99, at(44), at(44, 1))])
    upkeep._fold(shop.collector, at(44))
    compaction.compact(shop.collector.store, TENANT, at(48))
    shop.hear([Stay(100, at(45), at(45, 1))])
    shop.collector.store.sweep()
    shop.collector.close()
    return shop.collector.folder


@pytest.fixture
def collector(made: Path, tmp_path: Path) -> Collector:
    shutil.copytree(made, tmp_path / "collector")
    return folders.open_folder(tmp_path / "collector")


def found(collector: Collector, *, deep: bool = True) -> list[Finding]:
    looked = files.check(collector.store, collector.registry, NOW_MS, deep=deep)
    return [*looked.findings, *books.check(collector, NOW_MS)]


def kinds(collector: Collector, *, deep: bool = True) -> list[tuple[str, bool]]:
    return [(one.check, one.fatal) for one in found(collector, deep=deep)]


def path_of(collector: Collector, kind: str) -> Path:
    return collector.folder / "data" / collector.store.manifest.files(TENANT, kind)[0].name


def test_a_whole_collector_is_called_whole(collector: Collector) -> None:
    """Compacted and folded files, a day without tokens, windows without sightings: none of it is a fault."""
    there = {kind for kind in (SIGHTINGS, WINDOWS, STAYS, VISITS) if collector.store.manifest.files(TENANT, kind)}
    assert there == {SIGHTINGS, WINDOWS, STAYS, VISITS}
    assert found(collector) == []


def test_every_kind_of_file_that_the_manifest_may_list_is_looked_at() -> None:
    (allowed,) = (str(one.sqltext) for one in schema.files.constraints if isinstance(one, CheckConstraint))
    assert set(allowed.split("'")[1::2]) == set(KINDS) == set(FIRST)


def alter(path: Path, change: Callable[[bytearray], bytes]) -> None:
    path.write_bytes(change(bytearray(path.read_bytes())))


def flipped(at_byte: int) -> Callable[[bytearray], bytes]:
    def flip(raw: bytearray) -> bytes:
        raw[at_byte] ^= 0x10
        return bytes(raw)

    return flip


def test_a_missing_file_is_named(collector: Collector) -> None:
    path_of(collector, VISITS).unlink()
    assert kinds(collector, deep=False) == [("missing", True)]


def test_a_truncated_file_is_named(collector: Collector) -> None:
    alter(path_of(collector, WINDOWS), lambda raw: bytes(raw[:-100]))
    assert kinds(collector, deep=False) == [("size", True)]


def test_a_damaged_footer_is_named(collector: Collector) -> None:
    alter(path_of(collector, WINDOWS), lambda raw: bytes(raw[:-8] + b"\xff\xff\xff\x7fPAR1"))
    assert kinds(collector, deep=False) == [("damaged", True)]


@pytest.mark.parametrize("kind", [SIGHTINGS, WINDOWS, VISITS])
def test_a_flipped_bit_of_any_page_is_named(collector: Collector, kind: str) -> None:
    """In the middle of each column's first data page, one column after the other."""
    path = path_of(collector, kind)
    whole = path.read_bytes()
    groups = pq.read_metadata(path)
    for place in range(groups.num_columns):
        column = groups.row_group(0).column(place)
        end = column.data_page_offset + column.total_compressed_size
        if column.has_dictionary_page:
            end = column.dictionary_page_offset + column.total_compressed_size
        alter(path, flipped(end - 3))
        assert [one for one, _ in kinds(collector)][:1] == ["damaged"], column.path_in_schema
        path.write_bytes(whole)


def test_a_row_count_that_is_off_is_named(collector: Collector) -> None:
    with collector.registry.engine.begin() as connection:
        one = collector.store.manifest.files(TENANT, WINDOWS)[0]
        connection.execute(update(schema.files).where(schema.files.c.id == one.id).values(rows=one.rows + 1))
    assert kinds(collector, deep=False) == [("rows", True)]


def test_a_file_of_another_day_under_a_listed_name_is_named(collector: Collector) -> None:
    """Its size and rows are made to fit: only reading it tells."""
    first, second = (collector.store.manifest.files(TENANT, WINDOWS)[place] for place in (0, -1))
    shutil.copy(collector.folder / "data" / first.name, collector.folder / "data" / second.name)
    fits = {"rows": first.rows, "bytes": first.bytes}
    with collector.registry.engine.begin() as connection:
        connection.execute(update(schema.files).where(schema.files.c.id == second.id).values(**fits))
    assert kinds(collector, deep=False) == []
    assert kinds(collector) == [("place", True)]


def test_a_file_of_another_tenants_sites_is_named(collector: Collector) -> None:
    with collector.registry.engine.begin() as connection:
        connection.execute(update(schema.sites).values(name="elsewhere"))
    assert {one for one, _ in kinds(collector)} >= {"place"}


def test_a_name_that_says_another_day_is_named(collector: Collector) -> None:
    one = collector.store.manifest.files(TENANT, WINDOWS)[0]
    with collector.registry.engine.begin() as connection:
        connection.execute(update(schema.files).where(schema.files.c.id == one.id).values(day="2026-01-01"))
    assert kinds(collector, deep=False) == [("place", True)]


def test_days_of_a_time_zone_that_was_changed_are_no_fault(collector: Collector) -> None:
    run = CliRunner().invoke(cli, ["collector", "tenant", "set", "--dir", str(collector.folder), "--turn-hour", "12"])
    assert run.exit_code == 0, run.output
    assert found(collector) == []


def test_a_foreign_file_is_named(collector: Collector) -> None:
    (path_of(collector, WINDOWS).parent / "copy of sightings.csv").write_text("token\n")
    assert kinds(collector, deep=False) == [("foreign", True)]


def test_an_orphan_is_named_and_is_no_fault_and_a_commit_under_way_is_none(collector: Collector) -> None:
    orphan = path_of(collector, WINDOWS).with_name("0123.parquet")
    orphan.write_bytes(b"")
    os.utime(orphan, (NOW_MS / 1000 - keeper.SWEEP_AGE_S + 5,) * 2)
    assert kinds(collector, deep=False) == []
    os.utime(orphan, (NOW_MS / 1000 - keeper.SWEEP_AGE_S - 5,) * 2)
    assert kinds(collector, deep=False) == [("orphan", False)]


def test_a_file_that_is_replaced_while_it_looks_is_not_missed(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the collector beside it compacts, and tidies up before we come to the file."""
    files_of = collector.store.manifest.files

    def then_gone(*said: str) -> object:
        listed = files_of(*said)
        if said[1] == VISITS:
            assert collector.store.swap(listed, [], None, 0)
            collector.store.tidy(NOW_MS)
        return listed

    monkeypatch.setattr(collector.store.manifest, "files", then_gone)
    assert kinds(collector, deep=False) == []


def test_a_ledger_that_does_not_fit_the_batches_is_named(collector: Collector) -> None:
    with collector.registry.engine.begin() as connection:
        connection.execute(update(schema.ledger).values(batches=schema.ledger.c.batches - 1, sightings=5))
    assert [one for one, _ in kinds(collector)] == ["invented", "ledger"]


def test_a_damaged_registry_is_named(collector: Collector) -> None:
    with closing(sqlite3.connect(collector.folder / "registry.sqlite")) as connection:  # where no foreign key is minded
        connection.execute("UPDATE sites SET tenant = 'nobody'")
        connection.commit()
    assert {one.check for one in books.check(collector, NOW_MS)} == {"registry"}


def test_tokens_beyond_their_time_are_named(collector: Collector) -> None:
    text = (collector.folder / "collector.toml").read_text()
    (collector.folder / "collector.toml").write_text(text.replace("replay = true", "replay = false"))
    ours = folders.open_folder(collector.folder)
    overdue = [one for one in books.check(ours, at(96)) if one.check == "overdue"]
    assert [one.of for one in overdue] == [f"tokens {TENANT}/2026-03-03"]
    assert DAY < "2026-03-03"


def command(collector: Collector, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["collector", "verify", "--dir", str(collector.folder), *words])
    return done.exit_code, done.output


def test_the_command_says_what_is_wrong_and_what_to_do(collector: Collector) -> None:
    code, said = command(collector, "--deep", "--json")
    assert (code, json.loads(said)["whole"], json.loads(said)["findings"]) == (0, True, [])
    path_of(collector, VISITS).unlink()
    code, said = command(collector)
    assert code == 1
    assert "Restore the collector from a backup" in said


def test_a_registry_that_cannot_be_read_is_said_in_a_line(collector: Collector) -> None:
    collector.close()
    for path in collector.folder.glob("registry.sqlite-*"):
        path.unlink()
    alter(collector.folder / "registry.sqlite", lambda raw: bytes(raw[:100]) + b"\xff" * (len(raw) - 100))
    code, said = command(collector)
    assert (code, "Traceback" in said) == (1, False)
    assert "Restore the collector from a backup" in said


def test_checking_leaves_everything_as_it_is(collector: Collector) -> None:
    before = {lying.name: lying.changed_s for lying in collector.store.shelf.listing()}
    time.sleep(0.01)
    assert command(collector, "--deep")[0] == 0
    assert {lying.name: lying.changed_s for lying in collector.store.shelf.listing()} == before
