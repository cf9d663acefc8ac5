"""People: roles, passwords, sessions and tokens, as the registry has them."""

from pathlib import Path

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from sqlalchemy import Engine

from collector import folder as folders
from collector import schema
from collector.database import writing
from collector.folder import Collector
from collector.options.settings import Settings
from collector.people import passwords
from collector.people.book import LOCKED_AT, ONE_TIME_MS, People
from collector.people.errors import PeopleError
from collector.people.limits import ACCOUNT, ADDRESS, FORGOTTEN_MS, SLOTS, Tries
from collector.people.sessions import AGE_MAX_MS, IDLE_MS, PER_USER_MAX, Sessions, begin, matches
from collector.people.tokens import Tokens
from collector.people.user import EVERYWHERE, NOWHERE, OF_THE_WHOLE, RIGHTS, Right, Role, Sites, rights
from collector.records.audit import Audit
from collector.records.registry import Site, Tenant

NOW = 1_772_000_000_000
GOOD = "three blue lamps burn"
SHOP = Sites(frozenset({("default", "shop")}))


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Collector:
    folder = tmp_path_factory.mktemp("people") / "collector"
    folders.create(folder, Settings())
    made = folders.open_folder(folder)
    made.registry.put_tenant(Tenant("other"))
    for tenant, name in (("default", "shop"), ("default", "mall"), ("other", "shop")):
        made.registry.put_site(Site(tenant, name))
    return made


@pytest.fixture
def engine(collector: Collector) -> Engine:
    """The same registry for each test, without people."""
    with writing(collector.registry.engine).begin() as connection:
        for table in (schema.api_tokens, schema.sessions, schema.users):
            connection.execute(table.delete())
    return collector.registry.engine


@pytest.fixture
def people(engine: Engine) -> People:
    return People(engine)


def signed_in(people: People, name: str = "ada", role: Role = Role.ANALYST, sites: Sites = SHOP) -> str:
    """A session of a new user who has chosen a password."""
    first = people.add(name, role, sites, "cli:test", NOW)
    return people.choose(name, first, GOOD, NOW)


def test_the_table_of_roles_is_this() -> None:
    """Spelled out once more, so that nobody widens it by a slip."""
    assert {role.value: sorted(given) for role, given in RIGHTS.items()} == {
        "technician": ["read:fleet", "write:fleet"],
        "administrator": ["read:fleet", "read:people", "read:report", "write:fleet", "write:people"],
        "operator": ["read:operation", "write:operation"],
        "analyst": ["read:report"],
    }


@pytest.mark.parametrize("role", Role)
def test_who_is_limited_to_sites_has_no_part_in_what_is_of_the_whole_collector(role: Role) -> None:
    assert not rights(role, SHOP) & OF_THE_WHOLE


def test_sites_are_a_tenants_own() -> None:
    seen = Sites.of_words(["default/shop", "other/*"])
    assert seen.has("default", "shop")
    assert seen.has("other", "anything")
    assert not seen.has("default", "mall")
    assert not seen.has("default", "")
    assert not seen.has("default", "*")
    assert Sites.decoded(seen.encoded()) == seen
    assert Sites.of_words(seen.words()) == seen
    assert SHOP.common(Sites.of_words(["default/*"])) == SHOP
    assert EVERYWHERE.common(SHOP) == SHOP == SHOP.common(EVERYWHERE)
    assert SHOP.common(Sites.of_words(["other/shop"])) == NOWHERE


@pytest.mark.parametrize("word", ["", "shop", "/shop", "default/", "a" * 33 + "/shop", "default/\n"])
def test_what_is_no_site_is_refused(word: str) -> None:
    with pytest.raises(PeopleError, match="names no site"):
        Sites.of_words([word])


def test_passwords_are_hashed_as_owasp_says_or_better() -> None:
    kept = extract_parameters(passwords.hashed(GOOD))
    assert kept.type is Type.ID
    assert kept.memory_cost >= 19 * 1024
    assert kept.time_cost >= 2
    assert kept.parallelism >= 1
    assert kept.salt_len >= 16


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert passwords.fits("schöne lange Wörter", passwords.hashed("schöne lange Wörter"))


@pytest.mark.parametrize("bad", ["short", "x" * 12, "a" * 300, "ada-ada-ada-1"])
def test_a_poor_password_is_refused(bad: str) -> None:
    with pytest.raises(PeopleError):
        passwords.check(bad, "ada")


def test_the_first_user_is_an_administrator_with_a_password_for_a_day(people: People) -> None:
    first = people.first(NOW)
    assert first is not None
    [user] = people.all()
    assert (user.name, user.role, user.must_change) == ("admin", Role.ADMINISTRATOR, True)
    assert people.first(NOW + 1) is None, "it is told once"
    assert people.sign_in("admin", first, NOW + ONE_TIME_MS) is None, "a day is over"
    again = people.first(NOW + ONE_TIME_MS)
    assert again is not None, "nobody has come in yet, and nobody else could"
    assert people.sign_in("admin", first, NOW + ONE_TIME_MS) is None
    assert people.sign_in("admin", again, NOW + ONE_TIME_MS) is not None


def test_no_first_user_is_made_where_somebody_is(people: People) -> None:
    people.add("ada", Role.ANALYST, SHOP, "cli:test", NOW)
    assert people.first(NOW + 2 * ONE_TIME_MS) is None


def test_the_registry_holds_no_secret(people: People, engine: Engine) -> None:
    first = people.add("ada", Role.ANALYST, SHOP, "cli:test", NOW)
    secret = people.choose("ada", first, GOOD, NOW)
    _, token = Tokens(engine).add("ada", "export", ["read:report"], None, 30, "cli:test", NOW)
    with engine.connect() as connection:
        rows = [connection.execute(table.select()).all() for table in schema.metadata.sorted_tables]
    database = Path(str(engine.url.database))
    files = [path.read_bytes().decode("latin-1") for path in database.parent.glob(f"{database.name}*")]
    said = repr(rows) + "".join(files)
    for canary in (first, GOOD, secret, token, token.removeprefix("ff_")):
        assert canary not in said
    assert "argon2id" in said, "the search would find something"


def test_a_session_ends_idle_and_by_age(people: People, engine: Engine) -> None:
    secret, sessions = signed_in(people), Sessions(engine)
    assert sessions.find(secret, NOW + IDLE_MS - 1) is not None
    assert sessions.find(secret, NOW + 2 * IDLE_MS - 1) is None
    secret = people.sign_in("ada", GOOD, NOW) or ""
    for passed_ms in range(0, AGE_MAX_MS, IDLE_MS // 2):
        assert sessions.find(secret, NOW + passed_ms) is not None
    assert sessions.find(secret, NOW + AGE_MAX_MS) is None, "though it was never idle"


def test_a_session_ends_at_sign_out_and_with_a_new_password(people: People, engine: Engine) -> None:
    sessions, first = Sessions(engine), signed_in(people)
    second = people.sign_in("ada", GOOD, NOW) or ""
    people.sign_out(second, "ada", NOW)
    assert sessions.find(second, NOW) is None
    assert sessions.find(first, NOW) is not None
    third = people.choose("ada", GOOD, "four red lamps burn", NOW)
    assert sessions.find(first, NOW) is None
    assert sessions.find(third, NOW) is not None
    people.reset("ada", "cli:test", NOW)
    assert sessions.find(third, NOW) is None


def test_a_disabled_user_is_out_at_once_and_old_sessions_stay_dead(people: People, engine: Engine) -> None:
    sessions, secret = Sessions(engine), signed_in(people)
    people.disable("ada", True, "cli:test", NOW)
    assert sessions.find(secret, NOW) is None
    assert people.sign_in("ada", GOOD, NOW) is None
    people.disable("ada", False, "cli:test", NOW)
    assert sessions.find(secret, NOW) is None
    assert people.sign_in("ada", GOOD, NOW) is not None


def test_signing_in_begins_another_session_and_ends_the_browsers_old_one(people: People, engine: Engine) -> None:
    old = signed_in(people)
    new = people.sign_in("ada", GOOD, NOW, before=old) or ""
    assert new != old
    assert Sessions(engine).find(old, NOW) is None


def test_a_user_has_few_sessions(people: People, engine: Engine) -> None:
    first = signed_in(people)
    for number in range(PER_USER_MAX):
        with writing(engine).begin() as connection:
            begin(connection, "ada", NOW + 1 + number)
    with engine.connect() as connection:
        assert len(connection.execute(schema.sessions.select()).all()) == PER_USER_MAX
    assert Sessions(engine).find(first, NOW + 20) is None


def test_a_forms_mark_is_its_sessions_and_does_not_tell_of_it(people: People, engine: Engine) -> None:
    one = Sessions(engine).find(signed_in(people), NOW)
    other = Sessions(engine).find(signed_in(people, "bob"), NOW)
    assert one is not None
    assert other is not None
    assert matches(one, one.csrf)
    assert not matches(one, other.csrf)
    assert not matches(one, "")
    assert one.secret not in one.csrf


def test_a_change_of_role_and_sites_holds_from_the_next_request_on(people: People, engine: Engine) -> None:
    secret = signed_in(people)
    people.give_role("ada", Role.TECHNICIAN, "cli:test", NOW)
    people.give_sites("ada", Sites.of_words(["default/mall"]), "cli:test", NOW)
    found = Sessions(engine).find(secret, NOW)
    assert found is not None
    assert not found.person.may(Right.READ_REPORT)
    assert found.person.sites.words() == ["default/mall"]


def test_the_last_administrator_stays(people: People) -> None:
    people.first(NOW)
    for change in (
        lambda: people.disable("admin", True, "cli:test", NOW),
        lambda: people.give_role("admin", Role.ANALYST, "cli:test", NOW),
        lambda: people.give_sites("admin", SHOP, "cli:test", NOW),
    ):
        with pytest.raises(PeopleError, match="last administrator"):
            change()
    people.add("ada", Role.ADMINISTRATOR, EVERYWHERE, "cli:test", NOW)
    people.disable("admin", True, "cli:test", NOW)


def test_what_cannot_be_is_refused(people: People) -> None:
    with pytest.raises(PeopleError, match="name has"):
        people.add("Ada Lovelace", Role.ANALYST, SHOP, "cli:test", NOW)
    with pytest.raises(PeopleError, match="whole collector"):
        people.add("ada", Role.OPERATOR, SHOP, "cli:test", NOW)
    with pytest.raises(PeopleError, match="there is no site default/nowhere"):
        people.add("ada", Role.ANALYST, Sites.of_words(["default/nowhere"]), "cli:test", NOW)
    with pytest.raises(PeopleError, match="default/shpo; near it: default/shop"):  # of forty sites nobody knows all
        people.add("ada", Role.ANALYST, Sites.of_words(["default/shpo"]), "cli:test", NOW)
    people.add("ada", Role.ANALYST, SHOP, "cli:test", NOW)
    with pytest.raises(PeopleError, match="already"):
        people.add("ada", Role.ANALYST, SHOP, "cli:test", NOW)
    with pytest.raises(PeopleError, match="no user 'bob'"):
        people.reset("bob", "cli:test", NOW)


def test_a_token_does_what_its_scopes_and_its_owner_may(people: People, engine: Engine) -> None:
    tokens = Tokens(engine)
    signed_in(people, role=Role.TECHNICIAN, sites=Sites.of_words(["default/*"]))
    kept, secret = tokens.add("ada", "watch", ["read:fleet"], SHOP, 30, "cli:test", NOW)
    assert secret.startswith("ff_")
    found = tokens.find(secret, NOW)
    assert found is not None
    assert found.rights == {Right.READ_FLEET}
    assert found.sites == SHOP
    people.give_role("ada", Role.ANALYST, "cli:test", NOW)
    assert tokens.find(secret, NOW).rights == frozenset()  # type: ignore[union-attr]
    people.give_role("ada", Role.TECHNICIAN, "cli:test", NOW)
    people.give_sites("ada", Sites.of_words(["default/mall"]), "cli:test", NOW)
    assert tokens.find(secret, NOW).sites == NOWHERE  # type: ignore[union-attr]
    assert tokens.find(secret, NOW + 30 * 86_400_000) is None
    people.disable("ada", True, "cli:test", NOW)
    assert tokens.find(secret, NOW) is None
    people.disable("ada", False, "cli:test", NOW)
    tokens.revoke(kept.id, "cli:test", NOW)
    assert tokens.find(secret, NOW) is None


def test_a_token_cannot_be_made_to_do_more_than_its_owner(people: People, engine: Engine) -> None:
    tokens = Tokens(engine)
    signed_in(people)
    with pytest.raises(PeopleError, match="more than its owner"):
        tokens.add("ada", "x", ["read:fleet"], None, 30, "cli:test", NOW)
    with pytest.raises(PeopleError, match="see more"):
        tokens.add("ada", "x", ["read:report"], EVERYWHERE, 30, "cli:test", NOW)
    with pytest.raises(PeopleError, match="scopes are"):
        tokens.add("ada", "x", ["read:everything"], None, 30, "cli:test", NOW)
    with pytest.raises(PeopleError, match="1 to 366 days"):
        tokens.add("ada", "x", ["read:report"], None, 3660, "cli:test", NOW)
    kept, _ = tokens.add("ada", "x", ["read:report"], None, 30, "cli:test", NOW)
    with pytest.raises(PeopleError, match="no token"):
        tokens.revoke(kept.id, "web:bob", NOW, user="bob")


def test_everything_that_changes_is_in_the_audit_log(people: People, engine: Engine) -> None:
    before = len(Audit(engine).entries())
    signed_in(people, role=Role.ADMINISTRATOR, sites=EVERYWHERE)
    signed_in(people, "bob")
    kept, _ = Tokens(engine).add("ada", "x", ["read:report"], None, 30, "cli:test", NOW)
    Tokens(engine).revoke(kept.id, "cli:test", NOW)
    people.sign_in("bob", GOOD, NOW)
    people.give_role("bob", Role.TECHNICIAN, "web:ada", NOW)
    people.give_sites("bob", NOWHERE, "web:ada", NOW)
    people.reset("bob", "web:ada", NOW)
    people.disable("bob", True, "web:ada", NOW)
    people.disable("bob", False, "web:ada", NOW)
    people.note_tries("bob", LOCKED_AT, NOW)
    people.note_tries("nobody", LOCKED_AT, NOW)
    said = [(entry.actor, entry.verb, entry.object) for entry in Audit(engine).entries()[before:]]
    assert said == [
        ("cli:test", "add user", "user ada"),
        ("web:ada", "change password", "user ada"),
        ("cli:test", "add user", "user bob"),
        ("web:bob", "change password", "user bob"),
        ("cli:test", "add token", "user ada"),
        ("cli:test", "revoke token", "user ada"),
        ("web:bob", "sign in", "user bob"),
        ("web:ada", "set role", "user bob"),
        ("web:ada", "set sites", "user bob"),
        ("web:ada", "reset password", "user bob"),
        ("web:ada", "disable user", "user bob"),
        ("web:ada", "enable user", "user bob"),
        ("collector", "refuse sign in", "user bob"),
    ]


def test_pauses_grow_with_each_failure_and_are_forgotten() -> None:
    tries, now_ms, pauses = Tries(), NOW, []
    for _ in range(20):
        while pause_ms := tries.begin("ada", "192.0.2.1", now_ms):
            now_ms += pause_ms
            pauses.append(pause_ms)
    assert pauses[:4] == [1000, 2000, 4000, 8000], "the first are free"
    assert max(pauses) == ACCOUNT.pause_max_ms
    assert tries.begin("ada", "192.0.2.1", now_ms) > 0
    assert tries.begin("ada", "192.0.2.1", now_ms + FORGOTTEN_MS) == 0


def test_an_account_is_guarded_from_many_addresses_and_an_address_from_many_names() -> None:
    tries = Tries()
    got = [tries.begin("ada", f"198.51.100.{n}", NOW) for n in range(ACCOUNT.free + 5)]
    assert got.index(1000) == ACCOUNT.free + 1
    assert tries.begin("ADA", "198.51.100.99", NOW) > 0, "however it is written"
    got = [tries.begin(f"user{n}", f"2001:db8::{n}", NOW) for n in range(ADDRESS.free + 5)]
    assert any(got), "a household's addresses are one"
    assert not any(got[: ADDRESS.free])


def test_who_comes_in_is_forgiven() -> None:
    tries = Tries()
    for _ in range(50):
        assert tries.begin("ada", "192.0.2.1", NOW) == 0
        tries.forgive("ada", "192.0.2.1")


def test_memory_for_tries_is_bounded() -> None:
    tries = Tries()
    for number in range(3 * SLOTS):
        tries.begin(f"name{number}", f"10.0.{number >> 8 & 255}.{number & 255}", NOW)
    assert {len(slots) for slots in tries._slots.values()} == {SLOTS}
