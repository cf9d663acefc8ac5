"""The oracle finds nothing in a good run, and each fault when it is planted."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from tools.torture.evidence import Row, Sent, Stored, Whole
from tools.torture.journal import Key
from tools.torture.oracle import judge
from tools.torture.rows import rows_of
from tools.torture.sender import POISON, made_up

BOOT, WHOLE_BOOT = b"one boot", b"replayed"
SENSOR = "door"
KEYS = [Key(SENSOR, BOOT, number) for number in range(6)]
BATCHES = {key: made_up(Random(key.number), 1_800_000_000_000 + key.number, rows=3) for key in KEYS}
EPOCH = BATCHES[KEYS[0]].epoch
ROWS = {key: rows_of(SENSOR, made.columns, made.start_ms) for key, made in BATCHES.items()}
BAD = Key(SENSOR, BOOT, 99)
WHOLE = Whole(("tape", WHOLE_BOOT), batches=2, sightings=3)
WHOLE_ROWS: list[Row] = [("tape", token, *range(11)) for token in range(3)]


def sealed(key: Key, body: bytes) -> bytes:
    return envelope.seal(Envelope(Kind.BATCH, *key, body), lambda _: bytes(64))


@pytest.fixture
def sent() -> Sent:
    """Six good batches and one that is poison, all kept and answered; and a whole sensor."""
    meant = {key: sealed(key, batch.encode(made)) for key, made in BATCHES.items()} | {BAD: sealed(BAD, POISON)}
    return Sent(meant, frozenset(meant), frozenset(meant), {SENSOR: 1}, (WHOLE,))


@pytest.fixture
def stored() -> Stored:
    """All of it."""
    return Stored(
        keys=frozenset(KEYS) | {Key("tape", WHOLE_BOOT, number) for number in range(2)},
        rows=Counter([*(row for rows in ROWS.values() for row in rows), *WHOLE_ROWS]),
        windows=Counter((SENSOR, made.start_ms) for made in BATCHES.values()),
        ledger={(SENSOR, BOOT): (6, 18), WHOLE.start: (2, 3)},
        epochs={(SENSOR, BOOT, EPOCH): (6, 18), (*WHOLE.start, "of a capture"): (2, 3)},
    )


def without(stored: Stored, *keys: Key) -> Stored:
    """The same store without these batches, and rightly counted."""
    windows = Counter((SENSOR, BATCHES[key].start_ms) for key in keys)
    left = 6 - len(keys)
    return replace(
        stored,
        keys=stored.keys - set(keys),
        rows=stored.rows - Counter(row for key in keys for row in ROWS[key]),
        windows=stored.windows - windows,
        ledger={**stored.ledger, (SENSOR, BOOT): (left, 3 * left)},
        epochs={**stored.epochs, (SENSOR, BOOT, EPOCH): (left, 3 * left)},
    )


def test_a_good_run_is_good(sent: Sent, stored: Stored) -> None:
    verdict = judge(sent, stored)
    assert verdict.ok, verdict.says
    assert (verdict.emitted, verdict.stored, verdict.poisoned, verdict.waiting) == (9, 8, 1, 0)


def test_a_batch_that_was_answered_and_is_not_there_is_lost(sent: Sent, stored: Stored) -> None:
    verdict = judge(sent, without(stored, KEYS[2], KEYS[4]))
    assert (verdict.lost, verdict.doubled, verdict.invented) == (2, 0, 0)


def test_a_batch_that_is_counted_under_another_epoch_is_found_though_the_sum_is_right(
    sent: Sent, stored: Stored
) -> None:
    verdict = judge(sent, replace(stored, epochs={(SENSOR, BOOT, EPOCH): (5, 15), (SENSOR, BOOT, "later"): (1, 3)}))
    assert (verdict.lost, verdict.conservation_error) == (0, 8)


def test_a_batch_that_waits_in_its_spool_is_not_lost(sent: Sent, stored: Stored) -> None:
    waits = replace(sent, left=sent.left - {KEYS[2]})
    verdict = judge(waits, without(stored, KEYS[2]))
    assert verdict.ok
    assert verdict.waiting == 1


def test_what_the_sender_counts_as_dropped_is_not_lost_and_no_more_than_that(sent: Sent, stored: Stored) -> None:
    counted = replace(sent, gone={SENSOR: 2})  # the poison, and one more
    verdict = judge(counted, without(stored, KEYS[2]))
    assert verdict.ok
    assert verdict.dropped == 1
    assert judge(counted, without(stored, KEYS[2], KEYS[3])).lost == 1


def test_a_batch_that_was_only_meant_may_be_there_or_not(sent: Sent, stored: Stored) -> None:
    meant = replace(sent, kept=sent.kept - {KEYS[5]}, left=sent.left - {KEYS[5]})
    assert judge(meant, stored).ok
    assert judge(meant, without(stored, KEYS[5])).ok


def test_a_missing_row_loses_its_batch(sent: Sent, stored: Stored) -> None:
    rows = stored.rows - Counter([ROWS[KEYS[1]][0]])
    assert judge(sent, replace(stored, rows=rows)).lost == 1


def test_a_row_that_is_there_twice_doubles_its_batch(sent: Sent, stored: Stored) -> None:
    rows = stored.rows + Counter(ROWS[KEYS[1]])
    verdict = judge(sent, replace(stored, rows=rows))
    assert (verdict.lost, verdict.doubled, verdict.invented) == (0, 1, 0)


def test_a_row_that_was_changed_is_lost_and_invented(sent: Sent, stored: Stored) -> None:
    good = ROWS[KEYS[0]][0]
    rows = stored.rows - Counter([good]) + Counter([(*good[:5], -1, *good[6:])])
    verdict = judge(sent, replace(stored, rows=rows))
    assert (verdict.lost, verdict.invented) == (1, 1)


@pytest.mark.parametrize("key", [Key(SENSOR, BOOT, 7), Key("stranger", BOOT, 0), BAD], ids=str)
def test_a_batch_that_nobody_sent_or_that_no_store_may_take_is_invented(sent: Sent, stored: Stored, key: Key) -> None:
    assert judge(sent, replace(stored, keys=stored.keys | {key})).invented == 1


def test_a_file_that_is_listed_and_cannot_be_read_is_a_loss(sent: Sent, stored: Stored) -> None:
    assert judge(sent, replace(stored, broken=["a.parquet is gone"])).lost == 1


@pytest.mark.parametrize("said", [(5, 18), (6, 19), (0, 0)])
def test_a_ledger_that_is_wrong_is_told(sent: Sent, stored: Stored, said: tuple[int, int]) -> None:
    verdict = judge(sent, replace(stored, ledger={**stored.ledger, (SENSOR, BOOT): said}))
    assert verdict.conservation_error == abs(6 - said[0]) + abs(18 - said[1])


def test_a_window_too_many_is_invented_and_one_too_few_is_told(sent: Sent, stored: Stored) -> None:
    window = next(iter(stored.windows))
    assert judge(sent, replace(stored, windows=stored.windows + Counter([window]))).invented == 1
    assert judge(sent, replace(stored, windows=stored.windows - Counter([window]))).conservation_error == 1


def test_a_whole_sensors_batches_are_held_against_its_own_sums(sent: Sent, stored: Stored) -> None:
    last = Key("tape", WHOLE_BOOT, 1)
    assert judge(sent, replace(stored, keys=stored.keys - {last})).lost == 1
    assert judge(sent, replace(stored, rows=stored.rows + Counter(WHOLE_ROWS[:1]))).doubled == 1
    assert not judge(sent, replace(stored, rows=stored.rows - Counter(WHOLE_ROWS[:1]))).ok
