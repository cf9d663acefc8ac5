"""The audit log: whoever changes, drops, moves or adds a row is found out."""

from dataclasses import replace
from pathlib import Path

import pytest

from collector.database import open_database
from collector.records import audit
from collector.records.audit import Audit, Entry, Event


@pytest.fixture
def log(tmp_path: Path) -> Audit:
    log = Audit(open_database(f"sqlite:///{tmp_path / 'registry.sqlite'}"))
    for number in range(20):
        log.append(Event("cli:ada", "approve", f"sensor door-{number}", "seen on site"), 1_000_000 + number)
    return log


def test_an_untouched_log_is_whole(log: Audit) -> None:
    verdict = log.verify()
    assert (verdict.entries, verdict.broken) == (20, None)
    assert verdict.head == log.entries()[-1].hash


def test_the_newest_entries_come_oldest_first(log: Audit) -> None:
    assert [entry.number for entry in log.entries(newest=3)] == [17, 18, 19]


CHANGES = {
    "time_ms": 5,
    "actor": "cli:bob",
    "verb": "revoke",
    "object": "sensor door-1",
    "says": "never seen",
    "number": 99,
    "hash": bytes(32),
}


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("at", [0, 7, 19])
def test_a_changed_field_is_found_at_its_row(log: Audit, field: str, at: int) -> None:
    entries = log.entries()
    entries[at] = replace(entries[at], **{field: CHANGES[field]})
    assert audit.check(entries).broken == entries[at].number


@pytest.mark.parametrize("at", range(19))
def test_a_dropped_row_and_two_in_another_order_are_found(log: Audit, at: int) -> None:
    entries = log.entries()
    assert audit.check(entries[:at] + entries[at + 1 :]).broken == at + 1
    swapped = [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]
    assert audit.check(swapped).broken == at + 1


def test_a_row_renumbered_into_the_gap_is_found(log: Audit) -> None:
    """Numbers closed up behind a dropped row do not help: the hash covers the row before."""
    entries = log.entries()
    closed = [*entries[:5], *(replace(entry, number=entry.number - 1) for entry in entries[6:])]
    assert audit.check(closed).broken == 5


def test_a_cut_end_shows_against_a_head_that_was_noted(log: Audit) -> None:
    head = log.verify().head
    shorter = audit.check(log.entries()[:-1])
    assert shorter.broken is None
    assert shorter.head != head


def test_fields_cannot_run_into_each_other(log: Audit) -> None:
    """`ab` + `c` is not `a` + `bc`."""
    first = log.entries()[0]
    moved = Entry(0, first.time_ms, first.actor + "a", "pprove", first.object, first.says, first.hash)
    assert audit.check([moved]).broken == 0
