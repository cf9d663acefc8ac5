"""The spool: bounded, honest about what it dropped, and not to be confused by a crash."""

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from footfall_sensor.errors import SpoolError
from footfall_sensor.spool import SEGMENT_BYTES, Key, Spool
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX

BOOT = b"boot id."
RECORD_HEAD = 26  # size, checksum, boot, number, sightings
SMALLEST = 2 * SEGMENT_BYTES  # a spool is never smaller


def _key(number: int) -> Key:
    return Key(BOOT, number)


def _envelope(number: int, size: int = 100) -> bytes:
    return number.to_bytes(4, "little") * (size // 4)


def _fill(spool: Spool, count: int, size: int = 100) -> None:
    for number in range(count):
        assert spool.put(_key(number), _envelope(number, size), sightings=10)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_batch_is_kept_until_the_collector_has_spoken(tmp_path: Path) -> None:
    """What was put can be read again and again, byte for byte, until it is forgotten; then its file goes too."""
    spool = Spool(tmp_path / "spool")
    _fill(spool, 3)
    assert [_key(0), _key(1), _key(2)] == list(spool.waiting())
    assert (len(spool), spool.sightings) == (3, 30)
    for number in (1, 1, 0, 2):
        assert _envelope(number) == spool.read(_key(number))
    assert [spool.forget(_key(number)) for number in (1, 1, 0, 2)] == [10, None, 10, 10]
    assert spool.read(_key(1)) is None
    assert (len(spool), spool.sightings, spool.size_bytes) == (0, 0, 0)
    assert _files(tmp_path / "spool") == []


def test_age_of_the_oldest_is_said_to_a_tenth_of_a_second(tmp_path: Path) -> None:
    """0 where nothing waits, and where the clock stands before what is there."""
    now_s = [100.0]
    spool = Spool(tmp_path, now_s=lambda: now_s[0])
    assert spool.oldest_s == 0.0
    _fill(spool, 1)
    ages = []
    for now_s[0] in (100.0, 107.26, 99.0):
        ages.append(spool.oldest_s)
    assert ages == [0.0, 7.3, 0.0]


def test_a_spool_takes_four_mebibytes_where_nothing_else_is_said(tmp_path: Path) -> None:
    """In files of 64 KiB at most, the first of them numbered 1."""
    assert Spool(tmp_path).bytes_max == 4_194_304
    spool = Spool(tmp_path)
    size = (65_536 - 2 * RECORD_HEAD) // 2
    assert all(spool.put(_key(number), bytes(size), 1) for number in range(3))
    assert [(path.name, path.stat().st_size) for path in _files(tmp_path)] == [
        ("00000001.seg", 65_536),
        ("00000002.seg", 32_768),
    ]


def test_oldest_go_first_and_are_counted(tmp_path: Path) -> None:
    """A full spool drops its oldest batches, says how many and how many sightings, and never grows beyond its limit."""
    spool = Spool(tmp_path, SMALLEST)
    for number in range(100):
        assert spool.put(_key(number), _envelope(number, 4000), sightings=7)
        on_disk = sum(path.stat().st_size for path in _files(tmp_path))
        assert spool.size_bytes == on_disk <= SMALLEST
    left = list(spool.waiting())
    assert [_key(number) for number in range(100 - len(left), 100)] == left
    assert len(left) >= 16  # half the limit, at least, is in use
    assert (100 - len(left), 7 * (100 - len(left))) == (spool.dropped_batches, spool.dropped_sightings)
    assert _envelope(99, 4000) == spool.read(_key(99))


def test_largest_envelope_fits(tmp_path: Path) -> None:
    """Envelopes of the greatest size allowed are kept, and found again after a restart."""
    spool = Spool(tmp_path, SMALLEST)
    _fill(spool, 3, ENVELOPE_BYTES_MAX)
    assert list(spool.waiting()) == list(Spool(tmp_path, SMALLEST).waiting())


def test_batches_survive_a_restart_in_their_order(tmp_path: Path) -> None:
    """What waits when the agent ends waits when it starts again, with its sightings; new ones come behind."""
    before = Spool(tmp_path)
    _fill(before, 500, 400)
    for number in range(200):
        before.forget(_key(number))
    after = Spool(tmp_path)
    assert set(before.waiting()) <= set(after.waiting())
    assert sorted(after.waiting()) == list(after.waiting())
    assert _envelope(499, 400) == after.read(_key(499))
    after.put(Key(b"new boot", 0), b"new", 1)
    assert Key(b"new boot", 0) == list(after.waiting())[-1]
    assert (after.torn_records, after.dropped_batches) == (0, 0)


def test_batch_put_again_replaces_the_one_that_waits(tmp_path: Path) -> None:
    """The same captures played again put the same keys: each waits once, and forgetting it frees its room."""
    spool = Spool(tmp_path)
    _fill(spool, 3)
    again = Spool(tmp_path)
    _fill(again, 3)
    assert [_key(0), _key(1), _key(2)] == list(again.waiting())
    assert again.sightings == 30
    twice = Spool(tmp_path)  # both records of a key may lie in the folder now
    assert [_key(0), _key(1), _key(2)] == list(twice.waiting())
    for number in range(3):
        assert _envelope(number) == twice.read(_key(number))
        twice.forget(_key(number))
    assert _files(tmp_path) == []


def test_batch_put_twice_takes_room_once(tmp_path: Path) -> None:
    """What was replaced holds no file: when the collector has spoken once for each, the folder is empty."""
    spool = Spool(tmp_path)
    for _ in range(2):
        _fill(spool, 3)
    assert (len(spool), spool.sightings) == (3, 30)
    for number in range(3):
        spool.forget(_key(number))
    assert _files(tmp_path) == []


def test_torn_tail_costs_only_the_torn_record(tmp_path: Path) -> None:
    """A crash in the middle of a write, at any byte of the last record, leaves every earlier batch as it was."""
    _fill(Spool(tmp_path / "whole"), 5)
    (segment,) = _files(tmp_path / "whole")
    raw = segment.read_bytes()
    record = RECORD_HEAD + 100
    assert 5 * record == len(raw)
    torn = tmp_path / "torn"
    torn.mkdir()
    for cut in range(4 * record + 1, len(raw)):
        (torn / segment.name).write_bytes(raw[:cut])
        spool = Spool(torn)
        assert [_key(number) for number in range(4)] == list(spool.waiting())
        assert [_envelope(number) for number in range(4)] == [spool.read(key) for key in spool.waiting()]
        assert spool.torn_records == 1
        assert spool.put(_key(9), _envelope(9), 10)  # what comes next is not hidden behind the torn bytes
        assert [*range(4), 9] == [key.number for key in Spool(torn).waiting()]


def test_flipped_bit_is_found(tmp_path: Path) -> None:
    """No damaged record is taken for a batch, wherever in it the bit flipped; records before it are."""
    _fill(Spool(tmp_path), 3)
    (segment,) = _files(tmp_path)
    raw = segment.read_bytes()
    for at in range(RECORD_HEAD + 100, 2 * (RECORD_HEAD + 100)):
        damaged = bytearray(raw)
        damaged[at] ^= 0x10
        segment.write_bytes(damaged)
        assert [_key(0)] == list(Spool(tmp_path).waiting())


def test_batch_damaged_while_it_waited_is_dropped_and_counted(tmp_path: Path) -> None:
    """A batch that no longer has its checksum is never sent: the collector would count it against the sensor."""
    spool = Spool(tmp_path)
    _fill(spool, 2)
    (segment,) = _files(tmp_path)
    raw = bytearray(segment.read_bytes())
    raw[RECORD_HEAD + 50] ^= 1
    segment.write_bytes(raw)
    assert spool.read(_key(0)) is None
    assert _envelope(1) == spool.read(_key(1))
    assert (spool.dropped_batches, spool.dropped_sightings, spool.torn_records) == (1, 10, 1)
    assert [_key(1)] == list(spool.waiting())


def test_batches_whose_file_is_gone_are_dropped_and_counted(tmp_path: Path) -> None:
    """Someone emptied the folder: no batch is sent, none is forgotten silently, and the spool works on."""
    spool = Spool(tmp_path)
    _fill(spool, 2)
    _files(tmp_path)[0].unlink()
    assert [spool.read(_key(0)), spool.read(_key(1))] == [None, None]
    assert (spool.dropped_batches, spool.dropped_sightings) == (2, 20)
    assert spool.put(_key(2), b"new", 1)
    assert spool.read(_key(2)) == b"new"


@pytest.mark.parametrize("name", ["00000001.seg.new", "notes.txt", "abc.seg"])
def test_foreign_files_are_left_alone(name: str, tmp_path: Path) -> None:
    """What is not the spool's is neither read nor deleted."""
    (tmp_path / name).write_bytes(b"mine")
    spool = Spool(tmp_path)
    _fill(spool, 1)
    spool.forget(_key(0))
    assert (tmp_path / name).read_bytes() == b"mine"


def test_segment_of_rubbish_is_counted_and_removed(tmp_path: Path) -> None:
    """A segment without one good record does not stay for ever."""
    (tmp_path / "00000004.seg").write_bytes(b"\xff" * 1000)
    spool = Spool(tmp_path)
    assert (len(spool), spool.torn_records) == (0, 1)
    assert _files(tmp_path) == []


def test_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """The sentence holds the path."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SpoolError, match=r"the spool .*file cannot be used"):
        Spool(tmp_path / "file")
    with pytest.raises(SpoolError, match="cannot be used: Not a directory"):
        Spool(tmp_path / "file" / "below")


def test_trouble_other_than_a_full_file_system_costs_only_the_new_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When files cannot be opened for a moment, what waits is kept; the batch that found no place is counted."""
    spool = Spool(tmp_path)
    _fill(spool, 3)

    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as trouble:
        trouble.setattr(Path, "open", refuse)
        assert not spool.put(_key(3), b"new", 4)
    assert [_key(0), _key(1), _key(2)] == list(spool.waiting())
    assert (spool.dropped_batches, spool.dropped_sightings) == (1, 4)
    assert spool.put(_key(4), b"new", 4)


# A file system that is really full.

TMPFS_BYTES = 96 << 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A RAM file system of 96 KiB, less than the spool was promised."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=20)
    except (OSError, subprocess.CalledProcessError) as exc:
        pytest.skip(f"cannot mount a small file system here (root is needed): {exc}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=20)


def test_full_file_system_drops_the_oldest_and_goes_on(small_disk: Path) -> None:
    """When the disk is fuller than promised, the newest batches are kept, the rest is counted, and nothing is torn."""
    spool = Spool(small_disk / "spool")
    for number in range(200):
        assert spool.put(_key(number), _envelope(number, 3000), 5)
    waiting = list(spool.waiting())
    assert waiting
    assert waiting[-1] == _key(199)
    assert len(waiting) + spool.dropped_batches == 200
    assert 5 * spool.dropped_batches == spool.dropped_sightings
    assert [_envelope(key.number, 3000) for key in waiting] == [spool.read(key) for key in waiting]
    again = Spool(small_disk / "spool")
    assert (waiting, 0) == (list(again.waiting()), again.torn_records)


def test_disk_full_of_others_files_counts_what_it_cannot_keep(small_disk: Path) -> None:
    """Not even one batch fits: each is counted as dropped, none is half written; with room again, all works."""
    spool = Spool(small_disk / "spool")
    hog = small_disk / "hog"
    with pytest.raises(OSError, match="No space left"), hog.open("wb", buffering=0) as file:
        file.writelines(bytes(4096) for _ in range(TMPFS_BYTES))
    assert [spool.put(_key(number), _envelope(number), 3) for number in range(2)] == [False, False]
    assert (len(spool), spool.dropped_batches, spool.dropped_sightings) == (0, 2, 6)
    assert _files(small_disk / "spool") == []
    hog.unlink()
    assert spool.put(_key(2), _envelope(2), 3)
    assert [_key(2)] == list(Spool(small_disk / "spool").waiting())


class SpoolMachine(RuleBasedStateMachine):
    """Any order of puts, words of the collector, losses and restarts, against a plain dictionary."""

    keys = Bundle("keys")

    @initialize(bytes_max=st.sampled_from([SMALLEST, 3 * SEGMENT_BYTES]))
    def open(self, bytes_max: int) -> None:
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.bytes_max = bytes_max
        self.spool = Spool(Path(self.folder.name), bytes_max)
        self.contents: dict[Key, bytes] = {}  # of everything ever put
        self.waiting: list[Key] = []  # as the spool last said
        self.put_total = self.forgotten_total = self.dropped_before = self.revived_total = 0

    @rule(target=keys, size=st.integers(1, ENVELOPE_BYTES_MAX), sightings=st.integers(0, 512))
    def put(self, size: int, sightings: int) -> Key:
        key = _key(self.put_total)
        self.contents[key] = (self.put_total.to_bytes(4, "little") * (size // 4 + 1))[:size]
        assert self.spool.put(key, self.contents[key], sightings)
        self.put_total += 1
        assert key in self.spool
        return key

    @rule(key=keys)
    def forget(self, key: Key) -> None:
        was_there = key in self.spool
        assert was_there == (self.spool.forget(key) is not None)
        self.forgotten_total += was_there

    @rule(key=keys)
    def read(self, key: Key) -> None:
        assert self.spool.read(key) == (self.contents[key] if key in self.spool else None)

    @rule()
    def restart(self) -> None:
        """What waited waits; of what was forgotten, some may come back, to be sent and forgotten once more."""
        before = set(self.spool.waiting())
        self.dropped_before += self.spool.dropped_batches
        self.spool = Spool(Path(self.folder.name), self.bytes_max)
        after = set(self.spool.waiting())
        assert before <= after
        self.revived_total += len(after - before)
        assert self.spool.torn_records == 0

    @invariant()
    def nothing_is_lost_uncounted(self) -> None:
        dropped = self.dropped_before + self.spool.dropped_batches
        assert self.put_total + self.revived_total == len(self.spool) + self.forgotten_total + dropped

    @invariant()
    def order_is_that_of_arrival(self) -> None:
        waiting = list(self.spool.waiting())
        assert sorted(waiting) == waiting

    @invariant()
    def limit_holds_and_size_is_true(self) -> None:
        on_disk = sum(path.stat().st_size for path in Path(self.folder.name).iterdir())
        assert self.spool.size_bytes == on_disk <= self.bytes_max

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestSpoolConserves = SpoolMachine.TestCase
TestSpoolConserves.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
