"""Objections at the collector: kept sealed, made into lists that cannot be compared, and read back by nobody."""

import os
from math import sqrt
from pathlib import Path

import pytest
from sqlalchemy import select, update

from collector import folder as folders
from collector import schema
from collector.database import open_database
from collector.errors import QueryError, VaultError
from collector.keys.vault import Vault
from collector.objections.book import EVERYWHERE, Objections, parse_address
from collector.objections.lists import VALID_MS, WEEK_MS, ObjectionLists, rests_on
from collector.options.settings import Settings
from collector.records.audit import Audit
from footfall_sensor.keyed import KeyedHash
from footfall_sensor.objections import Objectors
from footfall_sensor.wire import objections as wire
from footfall_sensor.wire.objections import ENTRIES_MAX, FEW_MAX, PREFIX_BYTES

PHONE = bytes.fromhex("0017f2aabbcc")
NOW_MS = 1_781_258_400_000
OUI_SPACE = 46_302 * 2**24  # addresses that makers can give, 2^39.5: trust in a list is told against them


class Book:
    """Objections and lists over a real registry database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = open_database(f"sqlite:///{folder / 'registry.sqlite'}")
        self.vault = Vault(folder / "objections.key")
        self.objections = Objections(self.engine, self.vault)
        self.lists = ObjectionLists(self.engine, self.objections, self.vault)
        if not self.objections.all():
            self.vault.make()

    def add(self, address: bytes = PHONE, site: str = "shop", until_ms: int | None = None, tenant: str = "t") -> int:
        return self.objections.add(tenant, site, address, until_ms, "cli:test", NOW_MS)[0].id

    def list(self, site: str = "shop", now_ms: int = NOW_MS, what: object = 0) -> wire.Objections:
        self.lists.renew("t", site, rests_on(what), now_ms)
        return self.lists.message("t", site, now_ms, now_ms + VALID_MS)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


@pytest.mark.parametrize(
    "typed", ["00:17:f2:aa:bb:cc", "00-17-F2-AA-BB-CC", " 0017f2aabbcc ", "0017.f2aa.bbcc", "00:17:F2:aa:BB:cc\n"]
)
def test_address_is_read_as_people_write_it(typed: str) -> None:
    assert parse_address(typed) == PHONE


@pytest.mark.parametrize("typed", ["", "00:17:f2:aa:bb", "00:17:f2:aa:bb:cg", "0017:f2aa:bbcc", "00:17-f2:aa:bb:cc"])
def test_other_text_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_address(typed)
    assert not typed or typed not in str(refused.value)


@pytest.mark.parametrize("typed", ["00:00:00:00:00:00", "ffffffffffff"])
def test_address_that_no_phone_has_is_refused(typed: str) -> None:
    with pytest.raises(QueryError, match="no phone"):
        parse_address(typed)


def test_address_is_in_no_file_of_the_collector_in_any_spelling(book: Book) -> None:
    """Not in the database and its write-ahead log, before and after; the audit log tells the deed alone."""
    number = book.add()
    for _ in range(2):
        stored = b"".join(path.read_bytes() for path in book.folder.iterdir())
        assert PHONE not in stored
        assert PHONE.hex().encode() not in stored.lower()
        assert b"00:17:f2" not in stored.lower()
        if book.objections.all():
            book.objections.withdraw(number, "cli:test", NOW_MS)
    said = [(entry.verb, entry.object, entry.says) for entry in Audit(book.engine).entries()]
    assert said == [
        ("object", "objection 1", "tenant t, site shop"),
        ("withdraw", "objection 1", "tenant t, site shop"),
    ]


def test_key_is_for_its_owner_alone_and_made_once(book: Book) -> None:
    book.add()
    key = book.vault.path.read_bytes()
    assert book.vault.path.stat().st_mode & 0o777 == 0o600
    book.add(bytes(5) + b"\1")
    assert (book.vault.path.read_bytes(), len(key)) == (key, 32)
    assert [path.name for path in book.folder.glob("objections*")] == ["objections.key"]


def test_what_was_sealed_opens_with_its_key_and_for_its_tenant_only(book: Book) -> None:
    book.add()
    with book.engine.begin() as connection:
        sealed = connection.execute(select(schema.objections.c.sealed)).scalar_one()
    assert book.vault.open(sealed, "objection of t") == PHONE
    with pytest.raises(VaultError):
        book.vault.open(sealed, "objection of other")
    book.vault.path.write_bytes(os.urandom(32))
    with pytest.raises(VaultError, match="not the key"):
        Vault(book.vault.path).open(sealed, "objection of t")


def test_lost_key_is_said_and_no_list_is_made_without_it(book: Book) -> None:
    """Nor is another key made in its place: the objections would be lost in silence."""
    book.add()
    book.vault.path.unlink()
    lost = Book(book.folder)
    with pytest.raises(VaultError, match="Put it back"):
        lost.list()
    with pytest.raises(VaultError, match="Put it back"):
        lost.add(bytes(5) + b"\1")
    assert not book.vault.path.exists()


def test_folder_with_objections_gets_no_key_in_the_place_of_a_lost_one(tmp_path: Path) -> None:
    """Without objections it does, and the lists are made anew under it."""
    folders.create(tmp_path / "c", Settings())
    opened = folders.open_folder(tmp_path / "c")
    opened.lists.renew("t", "shop", bytes(32), NOW_MS)
    opened.vault.path.unlink()
    opened = folders.open_folder(tmp_path / "c")
    assert opened.vault.there
    opened.lists.renew("t", "shop", bytes(32), NOW_MS)
    assert len(opened.lists.message("t", "shop", NOW_MS, NOW_MS)) == 0
    opened.objections.add("t", "shop", PHONE, None, "cli:test", NOW_MS)
    opened.vault.path.unlink()
    assert not folders.open_folder(tmp_path / "c").vault.there


def test_same_objection_is_taken_once(book: Book) -> None:
    assert book.add() == book.add()
    assert book.add(site=EVERYWHERE) != book.add()
    assert book.add(site="another") == book.add(site=EVERYWHERE)
    assert book.add(tenant="u", site=EVERYWHERE) not in {book.add(), book.add(site=EVERYWHERE)}


def test_objection_holds_where_and_as_long_as_it_says(book: Book) -> None:
    book.add(b"onehre", "shop")
    book.add(b"everyw", EVERYWHERE)
    book.add(b"untilt", "shop", until_ms=NOW_MS + 1000)
    book.add(b"others", EVERYWHERE, tenant="u")
    assert set(book.objections.addresses("t", "shop", NOW_MS)) == {b"onehre", b"everyw", b"untilt"}
    assert set(book.objections.addresses("t", "shop", NOW_MS + 1000)) == {b"onehre", b"everyw"}
    assert set(book.objections.addresses("t", "mall", NOW_MS)) == {b"everyw"}


def test_objection_that_is_over_is_deleted_with_its_address(book: Book) -> None:
    book.add(until_ms=NOW_MS + 1000)
    assert book.objections.drop_ended(NOW_MS + 999) == 0
    assert book.objections.drop_ended(NOW_MS + 1000) == 1
    with book.engine.begin() as connection:
        assert connection.execute(select(schema.objections)).all() == []
    assert Audit(book.engine).entries()[-1].object == "objection 1"


def test_unknown_number_cannot_be_withdrawn(book: Book) -> None:
    with pytest.raises(QueryError, match="no objection 7"):
        book.objections.withdraw(7, "cli:test", NOW_MS)


def test_full_list_refuses_one_more_and_says_what_to_do(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.objections.book.ENTRIES_MAX", 3)
    for number in range(3):
        book.add(bytes(5) + bytes([number + 1]), EVERYWHERE if number else "shop")
    with pytest.raises(QueryError, match="--sensitive"):
        book.add(bytes(5) + b"\7")


# Lists.


def test_unit_finds_on_the_list_whoever_objected(book: Book) -> None:
    """The collector's list and the unit's look-up agree, over the wire."""
    macs = [os.urandom(6) for _ in range(40)]
    for mac in macs:
        book.add(mac)
    objectors = Objectors(wire.Objections.decode(book.list().encode()))
    assert all(mac in objectors for mac in macs)
    assert len(objectors) <= len(macs)


def test_version_grows_with_every_change_and_only_then(book: Book) -> None:
    first, again, other = (book.list(what=what).version for what in (1, 1, 2))
    assert first == again < other
    assert first == NOW_MS // 1000


def test_version_grows_also_over_a_database_that_was_put_back(book: Book) -> None:
    """A backup knows an older version; what is made from it later still has a higher number than what units hold."""
    for what in range(3):
        held = book.list(what=what).version
    with book.engine.begin() as connection:
        connection.execute(update(schema.objection_lists).values(version=5))
    assert book.list(what=9, now_ms=NOW_MS + 60_000).version > held


def test_key_lasts_a_week_and_is_of_one_site(book: Book) -> None:
    same = [book.list(what=what, now_ms=NOW_MS + what * (WEEK_MS - 1)).key for what in (0, 1)]
    next_week, elsewhere = book.list(now_ms=NOW_MS + WEEK_MS).key, book.list("mall").key
    assert same[0] == same[1]
    assert len({same[0], next_week, elsewhere}) == 3
    assert not any(key in (book.folder / "registry.sqlite").read_bytes() for key in (*same, next_week, elsewhere))


def entries(message: wire.Objections) -> set[bytes]:
    return {message.prefixes[at : at + PREFIX_BYTES] for at in range(0, len(message.prefixes), PREFIX_BYTES)}


def test_lists_of_two_sites_or_two_weeks_share_no_entry_above_chance(book: Book) -> None:
    """300 who objected everywhere: two lists have as many entries in common as two lists of strangers."""
    for number in range(300):
        book.add(number.to_bytes(6, "big"), EVERYWHERE) if number else None
    lists = [entries(book.list()), entries(book.list("mall")), entries(book.list(now_ms=NOW_MS + WEEK_MS))]
    by_chance = 299 * 299 / 2**20
    assert all(len(one) >= 298 for one in lists)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert len(lists[one] & lists[other]) <= by_chance + 5 * sqrt(by_chance) + 1


@pytest.mark.parametrize(("count", "candidates"), [(FEW_MAX, 700_000), (ENTRIES_MAX, 40_000)])
def test_entry_fits_tens_of_thousands_of_addresses(count: int, candidates: int) -> None:
    """A thief with list and key tries addresses: 2^18 of one maker are tried here, and how many fit an entry is told
    for all makers' addresses, 2^39.5: at least 40,000 an entry at 24 bits, 700,000 at 20.
    """
    bits, hashed = wire.width(count), KeyedHash(bytes(range(32)))
    listed = {wire.prefix(hashed.digest(b"objector%d" % number), bits) for number in range(count)}
    tries = 2**18
    fits = sum(wire.prefix(hashed.digest(b"\x00\x17\xf2" + n.to_bytes(3, "big")), bits) in listed for n in range(tries))
    expected = len(listed) * tries / 2**bits
    assert abs(fits - expected) <= 4 * sqrt(expected)
    assert OUI_SPACE / 2**bits >= candidates
    assert fits / len(listed) / tries * OUI_SPACE == pytest.approx(OUI_SPACE / 2**bits, rel=4 / sqrt(expected))
