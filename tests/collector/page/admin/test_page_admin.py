"""The administration of people: every deed by a form, its traces in the audit log, and nobody locks themselves out."""

import re

import pytest
from browse import TestClient, text
from residents import SEEN, House, house_in

from collector.people.user import EVERYWHERE, NOWHERE, Role
from collector.records.audit import Audit

ONE_TIME = re.compile(r"(?:[a-z0-9]{4}-){4}[a-z0-9]{4}")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_in(tmp_path_factory.mktemp("house") / "collector")


@pytest.fixture
def admin(house: House) -> TestClient:
    return house.enter("administrator-all")


def last(house: House) -> tuple[str, str, str]:
    entry = Audit(house.engine).entries(1)[-1]
    return entry.actor, entry.verb, entry.object


def test_somebody_is_added_and_the_password_is_shown_this_once(house: House, admin: TestClient) -> None:
    said = admin.post("/people/+new", data={"name": "Eve", "role": "analyst", "sites": "default/shop"})
    [password] = ONE_TIME.findall(text(said.text))
    assert last(house) == ("web:administrator-all", "add user", "user eve")
    assert house.people.find("eve").sites == SEEN
    for path in ("/people", "/people/eve", "/people/+new"):
        assert password not in admin.get(path).text
    assert "has not come in yet" in text(admin.get("/people/eve").text)
    assert house.people.sign_in("eve", password, house.now_ms) is not None


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": "No Body!", "role": "analyst"}, "a user's name has"),
        ({"name": "mallory", "role": "king"}, "A role is one of"),
        ({"name": "mallory", "role": "analyst", "sites": "default/nowhere"}, "There is no site"),
        ({"name": "mallory", "role": "operator", "sites": "default/shop"}, "An operator answers"),
        ({"name": "analyst-all", "role": "analyst"}, "There is a user"),
    ],
)
def test_what_cannot_be_is_said_on_the_form(house: House, admin: TestClient, form: dict[str, str], says: str) -> None:
    said = admin.post("/people/+new", data=form)
    assert said.status_code == 409
    assert says.lower() in text(said.text).replace("&#39;", "'").lower()
    assert "mallory" not in {one.name for one in house.people.all()}


def test_somebody_who_is_not_there_is_not_found_by_programs(house: House, admin: TestClient) -> None:
    for path, body in (("/api/users/nobody/disable", None), ("/api/users/nobody/role", {"role": "analyst"})):
        said = admin.post(path, json=body)
        assert (said.status_code, "there is no user 'nobody'" in said.json()["error"]) == (404, True)


@pytest.mark.parametrize(
    ("role", "sites", "kept"),
    [("operator", "*", EVERYWHERE), ("analyst", "default/shop", SEEN), ("technician", "", NOWHERE)],
)
def test_role_and_sites_are_changed_in_one_step(
    house: House, admin: TestClient, role: str, sites: str, kept: object
) -> None:
    assert admin.post("/people/analyst-one/change", data={"role": role, "sites": sites}).status_code == 303
    user = house.people.find("analyst-one")
    assert (user.role, user.sites) == (Role(role), kept)


def test_a_reset_asks_first_and_ends_sessions(house: House, admin: TestClient) -> None:
    theirs = house.enter("technician-one")
    assert "void at once" in text(admin.get("/people/technician-one/password").text)
    assert theirs.get("/fleet").status_code == 200, "to ask does nothing"
    said = admin.post("/people/technician-one/password")
    assert len(ONE_TIME.findall(text(said.text))) == 1
    assert theirs.get("/fleet").headers["location"].startswith("/login")
    assert last(house) == ("web:administrator-all", "reset password", "user technician-one")


def test_shutting_out_and_signing_out_hold_at_once(house: House, admin: TestClient) -> None:
    theirs = house.enter("technician-all")
    done = admin.post("/people/technician-all/sessions")
    assert "Signed out everywhere." in text(admin.get(done.headers["location"]).text)
    assert last(house) == ("web:administrator-all", "end sessions", "user technician-all")
    assert theirs.get("/fleet").status_code == 303
    admin.post("/people/technician-all/disable")
    assert "shut out" in text(admin.get("/people/technician-all").text)
    assert last(house)[1] == "disable user"
    admin.post("/people/technician-all/enable")
    assert last(house)[1] == "enable user"


def test_tokens_are_listed_without_secrets_and_revoked(house: House, admin: TestClient) -> None:
    secret = house.token("analyst-all", "read:report")["authorization"].partition(" ")[2]
    page = admin.get("/people/analyst-all").text
    assert "read:report" in page
    assert secret not in page
    assert secret[3:12] not in page
    [number] = [one.id for one in house.tokens.of("analyst-all")]
    assert admin.post("/people/operator-all/tokens", data={"number": str(number)}).status_code == 409, "not theirs"
    assert admin.post("/people/analyst-all/tokens", data={"number": str(number)}).status_code == 303
    assert house.tokens.find(secret, house.now_ms) is None
    assert last(house) == ("web:administrator-all", "revoke token", "user analyst-all")


@pytest.mark.parametrize(
    ("deed", "form"),
    [
        ("disable", {}),
        ("change", {"role": "analyst", "sites": "*"}),
        ("change", {"role": "administrator", "sites": ""}),
    ],
)
def test_the_last_administrator_cannot_lock_everybody_out(
    house: House, admin: TestClient, deed: str, form: dict[str, str]
) -> None:
    said = admin.post(f"/people/administrator-all/{deed}", data=form)
    assert said.status_code == 409
    assert "last administrator" in text(said.text)
    user = house.people.find("administrator-all")
    assert (user.role, user.sites, user.disabled) == (Role.ADMINISTRATOR, EVERYWHERE, False)


def test_without_the_mark_of_our_own_forms_nothing_changes(house: House, admin: TestClient) -> None:
    del admin.headers["x-csrf-token"]
    for deed in ("change", "disable", "enable", "password", "sessions", "tokens"):
        assert admin.post(f"/people/analyst-all/{deed}").status_code == 403
    assert admin.post("/people/+new", data={"name": "mallory", "role": "analyst"}).status_code == 403
    marked = re.findall(r'name="csrf" value="(\w+)"', admin.get("/people/analyst-all").text)
    assert marked
    assert admin.post("/people/analyst-all/enable", data={"csrf": marked[0]}).status_code == 303


def test_the_same_over_the_api(house: House) -> None:
    client, token = house.client(), house.token("administrator-all", "read:people", "write:people")
    house.enter("analyst-all")
    ended = client.post("/api/users/analyst-all/sessions/end", headers=token).json()
    assert ended["ended"] >= 1
    assert last(house) == ("api:administrator-all", "end sessions", "user analyst-all")
    assert client.get("/api/users/analyst-all/tokens", headers=token).json() == []


def test_the_list_is_cut_by_name_and_role(admin: TestClient) -> None:
    page = text(admin.get("/people?role=operator").text)
    assert "operator-all" in page
    assert "analyst-all" not in page
    assert "Nobody fits." in text(admin.get("/people?name=zzz").text)
