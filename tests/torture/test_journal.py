"""The journal outlives a kill, and a torn end costs nothing but itself."""

from pathlib import Path

from tools.torture.account import Account
from tools.torture.journal import Journal, Key, Mark

KEY, OTHER = Key("door", b"one boot", 0), Key("door", b"one boot", 1)


def test_an_account_follows_what_is_written(tmp_path: Path) -> None:
    journal, account = Journal(tmp_path), Account(tmp_path)
    journal.note(Mark.MEANT, KEY, b"sealed")
    account.read()
    assert account.meant == {KEY: b"sealed"}
    assert not account.waiting
    journal.note(Mark.KEPT, KEY)
    account.read()
    assert account.waiting == {KEY}
    journal.note(Mark.LEFT, KEY)
    journal.note(Mark.COUNTED, KEY, gone=1)
    journal.note(Mark.COUNTED, KEY, gone=3)
    account.read()
    assert not account.waiting
    assert account.gone == {"door": 3}


def test_sums_of_several_starts_add_up(tmp_path: Path) -> None:
    for gone in (2, 5):
        Journal(tmp_path).note(Mark.COUNTED, KEY, gone=gone)
    account = Account(tmp_path)
    account.read()
    assert account.gone == {"door": 7}


def test_a_torn_note_waits_for_its_end_and_hides_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note(Mark.MEANT, KEY, b"sealed")
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    Journal(tmp_path).note(Mark.MEANT, OTHER, b"too")
    path.write_bytes(whole + whole[:10])
    account = Account(tmp_path)
    account.read()
    assert account.meant == {KEY: b"sealed", OTHER: b"too"}
    path.write_bytes(whole + whole)
    account.read()
    assert len(account.meant) == 2


def test_only_a_batch_that_was_emitted_later_is_fresh(tmp_path: Path) -> None:
    journal, account = Journal(tmp_path), Account(tmp_path)
    for mark in (Mark.KEPT, Mark.LEFT):
        journal.note(mark, KEY)
    account.read()
    kept_s = account.kept_s[KEY]
    assert account.is_fresh("door", kept_s - 0.001)
    assert not account.is_fresh("door", kept_s)
    assert not account.is_fresh("window", 0.0)
