"""Two units with one key are told from one unit with a history, whatever that history is."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.admission.clones import SKEW_MS, STARTS_MAX, Life, Order

HEALTH_MS = 60_000
WINDOW_MS = 30_000
FIVE_MINUTES_MS = 5 * 60_000


def test_a_later_number_is_fresh_and_an_earlier_one_has_been_here() -> None:
    life = Life()
    assert [life.signal(1, number, 0) for number in (0, 3, 3, 1, 4)] == [
        Order.FRESH,
        Order.FRESH,
        Order.REPEATED,
        Order.REPEATED,
        Order.FRESH,
    ]


def test_a_start_is_over_when_the_next_has_spoken() -> None:
    life = Life()
    life.signal(1, 0, 0)
    life.signal(2, 0, 1000)
    assert life.signal(1, 9, 2000) is Order.OVER
    assert life.death(1, 10) is Order.OVER
    assert life.newest == 2


def test_each_death_counts_once_and_only_the_newest_start_can_die() -> None:
    """A will is sealed before its connection, so its number lies below those of the messages before it."""
    life = Life()
    assert life.death(1, 0) is Order.OVER  # nobody has heard of this start
    for number in (1, 2, 3):
        life.signal(1, number, number * 1000)
    assert [life.death(1, number) for number in (0, 0, 4, 0)] == [
        Order.FRESH,
        Order.REPEATED,
        Order.FRESH,
        Order.REPEATED,
    ]


def test_starts_are_forgotten_oldest_first_and_memory_is_bounded() -> None:
    life = Life()
    for boot in range(10 * STARTS_MAX):
        life.signal(boot, 0, boot)
    assert len(life.starts) == STARTS_MAX
    assert min(life.starts) == 9 * STARTS_MAX
    assert life.changed <= life.starts.keys()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 32))
def test_one_unit_is_never_two(seed: int) -> None:
    """Restarts at any time, outages with a spool that holds several starts, redelivery, backlogs and old recordings."""
    random = Random(seed)
    life = Life()
    at_ms, spool, sent = 0, [], []
    for boot in range(random.randint(2, 8)):
        spooled: list[tuple[int, int]] = []
        number = -1
        offline = random.random() < 0.3  # this start never reaches the collector; its batches come later
        for _ in range(random.randint(1, 12)):
            at_ms += random.choice((5, 1000, WINDOW_MS, HEALTH_MS))
            spooled.append((boot, at_ms + random.randint(-60_000, SKEW_MS)))  # its clock may be ahead, or behind
            if offline:
                continue
            number += 1
            sent.append((boot, number))
            life.signal(boot, number, at_ms)
            if random.random() < 0.4:  # redelivered by the broker, or replayed by somebody who recorded it
                life.signal(*random.choice(sent), at_ms)
            if random.random() < 0.5 and spool:
                old_boot, start_ms = spool.pop(random.randrange(len(spool)))
                life.batch(old_boot, start_ms, at_ms)
        at_ms += random.randint(2 * SKEW_MS, 4 * SKEW_MS) if random.random() < 0.2 else 15_000
        spool += spooled
    for old_boot, start_ms in spool:
        at_ms += 500
        life.batch(old_boot, min(start_ms, at_ms), at_ms)
    assert not life.cloned


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 32))
def test_two_units_that_both_speak_are_found_within_five_minutes(seed: int) -> None:
    """Each says how it is once a minute, in whatever step with the other."""
    random = Random(seed)
    life = Life()
    offsets = {1: 0, 2: random.randrange(1, HEALTH_MS)}
    numbers = dict.fromkeys(offsets, 0)
    at_ms = 0
    while not life.cloned and at_ms <= FIVE_MINUTES_MS:
        at_ms += 1000
        for boot, offset in offsets.items():
            if (at_ms - offset) % HEALTH_MS < 1000 and at_ms >= offset:
                life.signal(boot, numbers[boot], at_ms)
                numbers[boot] += 1
    assert life.cloned
    assert at_ms <= FIVE_MINUTES_MS


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1 << 32))
def test_two_connections_that_throw_each_other_out_are_found_within_five_minutes(seed: int) -> None:
    """The broker lets the later of two with one name win; each comes back a second to half a minute later."""
    random = Random(seed)
    life = Life()
    at_ms, boot, numbers = 0, 1, {1: 0, 2: 0}
    while not life.cloned and at_ms <= FIVE_MINUTES_MS:
        life.signal(boot, numbers[boot], at_ms)
        numbers[boot] += 1
        life.death(boot, numbers[boot])
        at_ms, boot = at_ms + random.randint(1000, 30_000), 3 - boot
    assert life.cloned
    assert at_ms <= FIVE_MINUTES_MS


@pytest.mark.parametrize("known", [True, False])
def test_a_twin_that_only_sends_batches_is_found_within_five_minutes(known: bool) -> None:
    """Its windows begin after the newer start was heard of, so they come out of no spool."""
    life = Life()
    if known:
        life.signal(2, 0, -HEALTH_MS)
    life.signal(1, 0, 0)
    at_ms = 0
    while not life.cloned and at_ms <= FIVE_MINUTES_MS:
        at_ms += WINDOW_MS
        life.batch(2, at_ms - WINDOW_MS, at_ms + 300)
        life.batch(1, at_ms - WINDOW_MS, at_ms + 500)
        if at_ms % HEALTH_MS == 0:
            life.signal(1, at_ms // HEALTH_MS, at_ms + 700)
    assert life.cloned
    assert at_ms <= FIVE_MINUTES_MS


def test_a_backlog_of_the_start_before_that_another_collector_held_up_is_no_twin() -> None:
    """It comes at once, not again and again."""
    life = Life()
    life.signal(1, 0, 0)
    life.signal(2, 0, 100_000)
    for number in range(1, 9):
        life.signal(1, number, 200_000 + number * 100)
        life.signal(2, number, 200_000 + number * 100 + 50)
    assert not life.cloned
