"""Signing in and out, as browsers and as those who would like to be somebody else do it."""

import logging
import re

import pytest
from browse import TestClient, text
from residents import GOOD, House, house_in

from collector.people.limits import ACCOUNT
from collector.people.sessions import IDLE_MS
from collector.records.audit import Audit

NAME = "technician-all"
FORM = "application/x-www-form-urlencoded"
AUDIT = "/api/operation/audit"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_in(tmp_path_factory.mktemp("house") / "collector")


def sign_in(client: TestClient, name: str = NAME, password: str = GOOD, **more: str) -> "TestClient.Response":  # type: ignore[name-defined]
    return client.post("/login", data={"name": name, "password": password, **more})


def mark(page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found
    return found.group(1)


def test_from_the_form_to_the_page_and_out_again(house: House) -> None:
    client = house.client()
    assert client.get("/fleet").headers["location"] == "/login?next=%2Ffleet"
    form = client.get("/login?next=%2Ffleet").text
    assert 'method="post"' in form
    assert "<script" not in form
    said = sign_in(client, next="/fleet")
    assert (said.status_code, said.headers["location"]) == (303, "/fleet")
    assert client.get("/fleet").status_code == 200
    page = client.get("/account").text
    assert client.post("/logout", data={"csrf": mark(page)}).headers["location"] == "/login"
    assert client.get("/fleet").status_code == 303


def test_a_copied_cookie_opens_nothing_after_signing_out(house: House) -> None:
    client = house.enter(NAME)
    secret = client.cookies["footfall"]
    client.post("/logout")
    other = house.client()
    other.cookies.set("footfall", secret)
    assert other.get("/account").status_code == 303


def test_the_cookie_is_for_no_script_and_no_other_site(house: House) -> None:
    plain = sign_in(house.client()).headers["set-cookie"]
    assert re.fullmatch(r"footfall=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", plain)
    tls = sign_in(house.client(url="https://footfall.example")).headers["set-cookie"]
    assert re.fullmatch(r"__Host-footfall=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", tls)


def test_a_session_that_somebody_planted_is_not_used(house: House) -> None:
    """Fixation: signing in always makes another number, and the one before ends."""
    client = house.client()
    client.cookies.set("footfall", "A" * 43)
    said = sign_in(client)
    assert "A" * 43 not in said.headers["set-cookie"]
    old = house.enter("analyst-all").cookies["footfall"]
    victim = house.client()
    victim.cookies.set("footfall", old)
    assert sign_in(victim).status_code == 303
    attacker = house.client()
    attacker.cookies.set("footfall", old)
    assert attacker.get("/account").status_code == 303


@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "another's"])
def test_a_form_without_its_sessions_mark_changes_nothing(house: House, csrf: str | None) -> None:
    client = house.enter(NAME)
    del client.headers["x-csrf-token"]
    if csrf == "another's":
        csrf = mark(house.enter("analyst-all").get("/account").text)
    form = {"label": "x", "scopes": "read:fleet", "days": "9"} | ({} if csrf is None else {"csrf": csrf})
    before = len(house.tokens.of())
    assert client.post("/account/tokens", data=form).status_code == 403
    assert client.post("/api/tokens", json={"label": "x", "scopes": ["read:fleet"]}).status_code == 403
    assert len(house.tokens.of()) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://footfall.example"},
    ],
)
def test_a_form_from_another_site_changes_nothing_even_with_the_mark(house: House, headers: dict[str, str]) -> None:
    client = house.enter(NAME)
    before = len(house.tokens.of())
    form = {"label": "x", "scopes": "read:fleet", "days": "9"}
    assert client.post("/account/tokens", data=form, headers=headers).status_code == 403
    assert client.post("/login", data={"name": NAME, "password": GOOD}, headers=headers).status_code == 403
    assert len(house.tokens.of()) == before


@pytest.mark.parametrize("headers", [{}, {"origin": "http://footfall.example"}, {"sec-fetch-site": "same-origin"}])
def test_our_own_forms_are_taken(house: House, headers: dict[str, str]) -> None:
    form = {"label": "x", "scopes": "read:fleet", "days": "9"}
    page = house.enter(NAME).post("/account/tokens", data=form, headers=headers)
    assert page.status_code == 200
    secret = re.search(r"ff_[\w-]{43}", page.text)
    assert secret, "it is shown this once"
    bearer = {"authorization": f"Bearer {secret.group()}"}
    assert house.client().get("/api/fleet/sensors", headers=bearer).status_code == 200
    assert secret.group() not in house.enter(NAME).get("/account").text


def test_unknown_wrong_and_disabled_are_answered_alike(house: House) -> None:
    house.people.disable("analyst-one", True, "cli:test", house.now_ms)
    answers = []
    for name, password in (("nobody-here", GOOD), (NAME, "wrong " + GOOD), ("analyst-one", GOOD)):
        said = sign_in(house.client(address=f"198.51.100.{len(answers)}"), name, password)
        answers.append((said.status_code, said.text.replace(name, "")))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 403
    german = house.client().post("/login", data={"name": "x", "password": "y"}, headers={"accept-language": "de"})
    assert "Name oder Passwort ist falsch." in german.text
    house.people.disable("analyst-one", False, "cli:test", house.now_ms)


def test_a_disabled_user_is_out_in_the_middle_of_a_session(house: House) -> None:
    client = house.enter("operator-all")
    token = house.token("operator-all", "read:operation")
    assert client.get(AUDIT).status_code == house.client().get(AUDIT, headers=token).status_code == 200
    house.people.disable("operator-all", True, "cli:test", house.now_ms)
    assert client.get(AUDIT).status_code == 401
    assert house.client().get(AUDIT, headers=token).status_code == 401
    house.people.disable("operator-all", False, "cli:test", house.now_ms)


def test_a_session_ends_idle(house: House) -> None:
    client = house.enter(NAME)
    house.now_ms += IDLE_MS
    assert client.get("/account").status_code == 303
    assert client.get("/api/me").status_code == 401


def test_guesses_are_slowed_for_who_exists_and_who_does_not(house: House) -> None:
    client, audited = house.client(address="203.0.113.5"), len(Audit(house.engine).entries())
    for name in ("analyst-all", "nobody-at-all"):
        codes = [sign_in(client, name, f"guess {n}").status_code for n in range(ACCOUNT.free + 2)]
        assert codes == [403] * (ACCOUNT.free + 1) + [429]
    said = sign_in(client, "analyst-all", GOOD)
    assert said.status_code == 429, "not even the right one, for a moment"
    assert said.headers["retry-after"] == "1"
    assert "Wait 1 second" in text(said.text)
    house.now_ms += 1000
    assert sign_in(client, "analyst-all", GOOD).status_code == 303
    assert {entry.verb for entry in Audit(house.engine).entries()[audited:]} == {"sign in"}


def test_a_one_time_password_leads_to_a_password_of_ones_own(house: House) -> None:
    first = house.people.reset("newcomer", "cli:test", house.now_ms)
    client = house.client()
    assert sign_in(client, "newcomer", first).status_code == 303
    assert client.get("/").headers["location"] == "/account/password"
    page = client.get("/account/password").text
    form = {"csrf": mark(page), "old": first, "new": "four red lamps burn", "again": "four red lamps burn"}
    assert client.post("/account/password", data={**form, "again": "other"}).status_code == 409
    assert client.post("/account/password", data={**form, "old": "wrong"}).status_code == 409
    assert client.post("/account/password", data={**form, "new": "short", "again": "short"}).status_code == 409
    before = client.cookies["footfall"]
    assert client.post("/account/password", data=form).status_code == 303
    assert client.cookies["footfall"] != before
    assert client.get("/account").status_code == 200
    assert sign_in(house.client(), "newcomer", first).status_code == 403


@pytest.mark.parametrize(
    "lure",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/login", "javascript:x", "/nothing", "/\t/x"],
)
def test_nobody_is_led_elsewhere_after_signing_in(house: House, lure: str) -> None:
    assert f'value="{lure}"' not in house.client().get("/login", params={"next": lure}).text
    assert sign_in(house.client(address="198.51.100.77"), next=lure).headers["location"] == "/"


def test_what_is_too_long_or_no_form_is_refused(house: House) -> None:
    client = house.client()
    assert client.post("/login", content=b"x" * 17_000, headers={"content-type": FORM}).status_code == 413
    assert client.post("/login", content=b"&a=1" * 100, headers={"content-type": FORM}).status_code == 400
    assert client.post("/login", content=b"\xff=1", headers={"content-type": FORM}).status_code == 400
    assert client.post("/login", json={"name": NAME, "password": GOOD}).status_code == 403


def test_a_token_does_what_its_scopes_say_and_makes_no_tokens(house: House) -> None:
    token = house.token("administrator-all", "read:fleet", "write:people")
    client = house.client()
    assert client.get("/api/fleet/sensors", headers=token).status_code == 200
    assert client.get("/api/users", headers=token).status_code == 403
    assert client.get("/api/default/shop/report", headers=token).status_code == 403
    assert client.post("/api/tokens", headers=token, json={"label": "x", "scopes": ["read:fleet"]}).status_code == 403
    made = client.post("/api/users", headers=token, json={"name": "eve", "role": "analyst", "sites": ["default/shop"]})
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    assert Audit(house.engine).entries()[-1].actor == "api:administrator-all"
    assert client.get("/api/fleet/sensors", headers={"authorization": "Bearer ff_" + "A" * 43}).status_code == 401
    assert client.get("/api/fleet/sensors", headers={"authorization": "Basic eDp5"}).status_code == 401
    kept = house.tokens.of("administrator-all")[-1]
    house.tokens.revoke(kept.id, "cli:test", house.now_ms)
    assert client.get("/api/fleet/sensors", headers=token).status_code == 401


def test_a_bad_token_is_not_mended_by_a_good_cookie(house: House) -> None:
    client = house.enter(NAME)
    assert client.get("/api/me", headers={"authorization": "Bearer ff_" + "A" * 43}).status_code == 401


def test_no_password_and_no_token_is_in_logs_answers_and_the_audit_log(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    canary, client, admin = "canary-pass-phrase-77", house.client(), house.enter("administrator-all")
    answers = [
        sign_in(client, NAME, canary),
        sign_in(client, canary[:30], canary),
        client.get("/api/me", headers={"authorization": f"Bearer ff_{canary}{'A' * 22}"}),
        admin.post("/account/password", data={"old": canary, "new": canary, "again": canary}),
        admin.post("/api/users", json={"name": "x", "role": canary}),
        admin.post("/api/users", json={"name": "x", "role": "analyst", "password": canary}),
        admin.post("/api/users", content=b"{" + canary.encode(), headers={"content-type": "application/json"}),
    ]
    secret = house.token("analyst-all", "read:report")["authorization"].partition(" ")[2]
    client.get("/api/me", headers={"authorization": f"Bearer {secret}"})
    assert all(canary not in said.text for said in answers if said is not answers[1])
    audited = repr(Audit(house.engine).entries())
    printed = "".join(capfd.readouterr())
    # httpx, the tests' own client, logs addresses only; no secret travels in one.
    for place in (caplog.text, audited, printed):
        assert canary not in place
        assert secret not in place
    assert "a sign-in was refused" in caplog.text, "the search would find something"
