"""The store: what is committed is there once and for good; what is not, is not there at all."""

import contextlib
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from shop import TENANT, SmallShop, Stay, at, sighting, window

from collector import durable
from collector.errors import StoreError
from collector.options.settings import Settings
from collector.storage.disk import Floor
from collector.storage.shelf import LocalShelf
from collector.storage.store import READERS_S, SIGHTINGS, VISITS, WINDOWS, part_name


def stored_tokens(shop: SmallShop) -> list[int]:
    files = shop.collector.store.manifest.files(TENANT, SIGHTINGS)
    return sorted(token for file in files for token in shop.collector.store.table(file)["token"].to_pylist())


def files_on_disk(shop: SmallShop) -> set[Path]:
    return set(durable.parquet_files(shop.collector.folder / "data"))


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector")
    made.sensor()
    return made


def test_messages_that_come_one_to_five_times_in_any_order_count_once(shop: SmallShop) -> None:
    messages = [shop.message(window(at(10, n), [sighting(100 * n + i) for i in range(3)]), number=n) for n in range(40)]
    often = [message for message in messages for _ in range(random.Random(1).randint(1, 5))]
    random.Random(2).shuffle(often)
    for start in range(0, len(often), 7):
        shop.take(often[start : start + 7])
    assert stored_tokens(shop) == sorted(100 * n + i for n in range(40) for i in range(3))
    (row,) = shop.collector.store.manifest.ledger()
    assert (row.batches, row.sightings, row.duplicates) == (40, 120, len(often) - 40)


def test_the_same_batch_twice_in_one_handful_counts_once(shop: SmallShop) -> None:
    message = shop.message(window(at(10), [sighting(1)]), number=0)
    shop.take([message, message])
    shop.take([message, message])
    assert stored_tokens(shop) == [1]
    (row,) = shop.collector.store.manifest.ledger()
    assert (row.batches, row.duplicates) == (1, 3)


def test_silent_windows_are_stored_too(shop: SmallShop) -> None:
    shop.take([shop.message(window(at(10)), number=0)])
    (file,) = shop.collector.store.manifest.files(TENANT, WINDOWS)
    assert shop.collector.store.table(file)["start_ms"].to_pylist() == [at(10)]


def test_a_commit_over_the_turn_of_the_day_goes_into_both_days(shop: SmallShop) -> None:
    shop.take(
        [shop.message(window(at(3, 59), [sighting(1)]), number=0), shop.message(window(at(4), [sighting(2)]), number=1)]
    )
    assert shop.collector.store.manifest.days(TENANT, SIGHTINGS) == ["2026-03-01", "2026-03-02"]


def test_files_that_no_manifest_lists_are_swept(shop: SmallShop) -> None:
    shop.take([shop.message(window(at(10), [sighting(1)]), number=0)])
    kept = files_on_disk(shop)
    some = next(iter(kept))
    (some.parent / "0123.parquet").write_bytes(some.read_bytes())
    (some.parent / "4567.partial").write_bytes(b"half a fi")
    assert shop.collector.store.sweep() == 2
    assert files_on_disk(shop) == kept
    assert stored_tokens(shop) == [1]


class PowerCutError(BaseException):
    """Stands for the end of the process at this very place."""


STEPS = ("os.fsync", "pathlib.Path.rename", "collector.durable.sync_folder", "collector.storage.manifest.Manifest.add")


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_leaves_the_state_before_or_after(
    shop: SmallShop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each crash the same messages are taken again, as the broker would give them: nothing lost or doubled."""
    shop.take([shop.message(window(at(9), [sighting(9)]), number=0)])
    messages = [shop.message(window(at(10), [sighting(10), sighting(11)]), number=1)]
    for place in range(1, 8):
        calls = 0
        with monkeypatch.context() as patch:
            target, _, name = step.rpartition(".")
            real = _resolve(target, name)

            def cut(*arguments: object, real=real, place=place) -> object:
                nonlocal calls
                calls += 1
                if calls == place:
                    raise PowerCutError
                return real(*arguments)

            patch.setattr(step, cut)
            try:
                shop.take(messages)
            except PowerCutError:
                assert stored_tokens(shop) == [9]
        shop.collector.store.sweep()
        if calls < place:
            break
    shop.take(messages)
    assert stored_tokens(shop) == [9, 10, 11]
    assert len(files_on_disk(shop)) == 4


def _resolve(target: str, name: str) -> object:
    import collector.durable
    import collector.storage.manifest

    return getattr(
        {
            "os": os,
            "pathlib.Path": Path,
            "collector.durable": collector.durable,
            "collector.storage.manifest.Manifest": collector.storage.manifest.Manifest,
        }[target],
        name,
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 3 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk needs mount, which needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            continue
    assert shutil.disk_usage(path.parent).free == 0


def test_a_full_disk_is_said_and_loses_nothing(small_disk: Path) -> None:
    """Nothing is stored or acknowledged while the disk is full; with room again the same messages are taken."""
    shop = SmallShop(small_disk / "collector", settings=Settings(replay=True, disk_floor_mib=0))
    shop.sensor()
    filler = small_disk / "filler"
    fill(filler)
    messages = [shop.message(window(at(10), [sighting(n) for n in range(400)]), number=0)]
    with pytest.raises(StoreError, match="Free some space"):
        shop.take(messages)
    filler.unlink()
    assert stored_tokens(shop) == []
    shop.take(messages)
    assert stored_tokens(shop) == list(range(400))
    assert shop.collector.store.sweep() == 0


def test_intake_stops_before_the_disk_does(tmp_path: Path) -> None:
    """Below the floor nothing is stored or acknowledged, and the message says what to do."""
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True, disk_floor_mib=1 << 40))
    with pytest.raises(StoreError, match="disk_floor_mib"):
        shop.take([shop.message(window(at(10), [sighting(1)]), number=0)])
    assert files_on_disk(shop) == set()


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def test_a_disk_that_turns_read_only_is_said_and_loses_nothing(small_disk: Path) -> None:
    """The folder of the file is there already, so the fault comes late; the cleaning up after it must not hide it."""
    shop = SmallShop(small_disk.parent / "collector")
    shop.sensor()
    shop.collector.store.shelf = LocalShelf(small_disk)
    shop.collector.store.floor = Floor()
    shop.take([shop.message(window(at(10), [sighting(1)]), number=0)])
    half = next(durable.parquet_files(small_disk)).with_suffix(".partial")
    half.write_bytes(b"half a fi")
    remount(small_disk, "ro")
    messages = [shop.message(window(at(11), [sighting(2)]), number=1)]
    for _ in range(2):
        with pytest.raises(StoreError, match="Read-only file system"):
            shop.take(messages)
    assert shop.collector.store.sweep() == 0
    remount(small_disk, "rw")
    shop.take(messages)
    assert stored_tokens(shop) == [1, 2]
    assert shop.collector.store.sweep() == 1


def test_a_file_that_cannot_be_listed_is_not_left(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 5))])
    before = files_on_disk(shop)
    stay = pa.table({"start_ms": [at(10)], "end_ms": [at(10, 5)]})
    made = shop.collector.store.write(VISITS, TENANT, "", "2026-03-02", stay)
    with shop.collector.registry.engine.begin() as connection:
        connection.exec_driver_sql("alter table files rename to away")
    with pytest.raises(StoreError, match="manifest cannot be written"):
        shop.collector.store.swap([], [made], 1, 0)
    assert files_on_disk(shop) == before


def test_files_lie_where_other_engines_look_for_partitions() -> None:
    """Hive's form; what is folded is of no epoch, and its path names none."""
    assert part_name(SIGHTINGS, "shops", "today", "2026-11-27") == "shops/sightings/epoch=today/day=2026-11-27"
    assert part_name(VISITS, "shops", "", "2026-11-27") == "shops/visits/day=2026-11-27"


def test_who_is_overtaken_by_another_collector_looks_again(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both saw that the batch was not there: the second lists nothing, leaves no file, and counts it as one more."""
    first, second = (shop.message(window(at(10, n), [sighting(n)]), number=n) for n in range(2))
    shop.take([first])
    manifest, looks = shop.collector.store.manifest, list[int]()
    plain = manifest.known
    monkeypatch.setattr(manifest, "known", lambda keys: (looks.append(1), plain(keys) if len(looks) > 1 else {})[1])
    shop.take([first, second])
    assert len(looks) == 2
    assert stored_tokens(shop) == [0, 1]
    (row,) = manifest.ledger()
    assert (row.batches, row.duplicates) == (2, 1)
    assert len(files_on_disk(shop)) == len(manifest.names())


def test_a_file_that_no_commit_left_is_a_stranger_and_no_sweep_takes_it(shop: SmallShop) -> None:
    shop.take([shop.message(window(at(10), [sighting(1)]), number=0)])
    note = shop.collector.folder / "data" / "read me.txt"
    note.write_text("somebody's")
    store = shop.collector.store
    assert [one.name for one in store.strangers()] == ["read me.txt"]
    assert (store.orphans(), store.sweep(), note.exists()) == ([], 0, True)


def test_a_file_that_was_replaced_stays_as_long_as_somebody_may_read_it(shop: SmallShop) -> None:
    shop.take([shop.message(window(at(10), [sighting(1)]), number=0)])
    store, there = shop.collector.store, files_on_disk(shop)
    assert store.swap(store.manifest.files(TENANT, SIGHTINGS), [], None, now_ms=1000)
    store.tidy(1000 + READERS_S * 1000 - 1)
    assert files_on_disk(shop) == there
    store.tidy(1000 + READERS_S * 1000)
    assert [SIGHTINGS in path.parts for path in there - files_on_disk(shop)] == [True]
