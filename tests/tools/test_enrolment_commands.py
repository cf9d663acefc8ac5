"""The commands of enrolment as an administrator types them."""

import json
from pathlib import Path

import pytest
from candidates import Candidate, Office
from click.testing import CliRunner, Result

from footfall_sensor import codes
from footfall_sensor.claim import Claim
from footfall_sensor.wire.member import State
from tools.cli import cli
from tools.device import pallet


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office.new(tmp_path / "c")
    made.now_ms = 0  # what units ask is answered by the clock of this test; commands have the machine's
    return made


def footfall(office: Office, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--dir", str(office.collector.folder)])


def said(office: Office, *words: str) -> "list[dict[str, object]]":
    done = footfall(office, *words, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    return found if isinstance(found, list) else [found]


def waiting(office: Office, *words: str) -> Candidate:
    """A unit that showed a claim made with these words."""
    (made,) = said(office, "collector", "claim", "new", "--site", "shop", *words)
    unit = Candidate(Claim.parse(str(made["code"])))
    unit.ask(office)
    return unit


def test_codes_are_shown_once_and_lists_never_show_them(office: Office) -> None:
    """`claim list` names claims by their first four digits."""
    made = said(office, "collector", "claim", "new", "--site", "mall", "--count", "3", "--expires", "12h")
    assert len({one["code"] for one in made}) == 3
    plain = footfall(office, "collector", "claim", "list")
    for one in made:
        assert str(one["id"]) in plain.stdout
        assert str(one["code"]) not in plain.stdout
    listed = said(office, "collector", "claim", "list")
    assert {one["state"] for one in listed} == {"open"}
    assert {one["site"] for one in listed} == {"mall"}
    assert not {"code", "secret"} & set(listed[0])


def test_new_codes_stand_alone_on_standard_output(office: Office) -> None:
    """So that a script can take them; what to do with them is said beside."""
    done = footfall(office, "collector", "claim", "new", "--site", "shop", "--count", "2")
    assert [Claim.parse(line).code() for line in done.stdout.splitlines()] == done.stdout.splitlines()
    assert "footfall-sensor enrol" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--expires", "31d"), 2),
        (("--expires", "0h"), 2),
        (("--expires", "soon"), 2),
        (("--sensor", "door", "--count", "2"), 2),
        (("--sensor", "Door!"), 1),
        (("--tenant", "nobody"), 1),
    ],
)
def test_a_claim_that_cannot_be_is_refused(office: Office, words: tuple[str, ...], code: int) -> None:
    done = footfall(office, "collector", "claim", "new", "--site", "shop", *words)
    assert done.exit_code == code
    assert "Traceback" not in done.output


def test_a_claim_for_a_sensor_of_another_site_is_refused(office: Office) -> None:
    waiting(office, "--sensor", "door")
    done = footfall(office, "collector", "claim", "new", "--site", "mall", "--sensor", "door")
    assert done.exit_code == 1
    assert "door hangs at default/shop" in done.output


def test_a_withdrawn_claim_is_over(office: Office) -> None:
    (made,) = said(office, "collector", "claim", "new", "--site", "shop")
    assert footfall(office, "collector", "claim", "withdraw", str(made["id"]).lower()).exit_code == 0
    again = footfall(office, "collector", "claim", "withdraw", str(made["id"]))
    assert again.exit_code == 1
    assert "over already: withdrawn" in again.output
    assert said(office, "collector", "claim", "list") == []
    assert [one["state"] for one in said(office, "collector", "claim", "list", "--all")] == ["withdrawn"]


def test_the_same_fingerprint_at_both_ends(office: Office) -> None:
    """What `fleet show` shows is what the unit shows; another one is not approved by a slip."""
    unit = waiting(office, "--sensor", "door")
    (shown,) = said(office, "fleet", "show", "door")
    print_ = codes.fingerprint(unit.key.public_raw)
    assert (shown["state"], shown["fingerprint"]) == ("pending", print_)
    assert print_ in footfall(office, "fleet", "show", "door").stdout
    wrong = footfall(office, "fleet", "approve", "door", "--fingerprint", "0000-0000-0000-0000")
    assert wrong.exit_code == 1
    assert print_ in wrong.output
    (done,) = said(office, "fleet", "approve", "door", "--fingerprint", print_.lower())
    assert (done["state"], done["fingerprint"]) == ("approved", print_)
    assert unit.ask(office).state is State.APPROVED


def test_all_that_wait_at_a_site_are_approved_at_once(office: Office) -> None:
    """And no others."""
    units = [waiting(office) for _ in range(3)]
    (made,) = said(office, "collector", "claim", "new", "--site", "mall")
    other = Candidate(Claim.parse(str(made["code"])))
    other.ask(office)
    done = said(office, "fleet", "approve", "--all-pending", "--site", "shop")
    assert [one["sensor"] for one in done] == ["shop-1", "shop-2", "shop-3"]
    assert {unit.ask(office).state for unit in units} == {State.APPROVED}
    assert other.ask(office).state is State.PENDING


@pytest.mark.parametrize("words", [(), ("door", "--all-pending"), ("door", "--site", "x")])
def test_whom_to_approve_must_be_said(office: Office, words: tuple[str, ...]) -> None:
    assert footfall(office, "fleet", "approve", *words).exit_code == 2


def test_nothing_is_approved_that_has_not_shown_its_key(office: Office) -> None:
    said(office, "collector", "claim", "new", "--site", "shop", "--sensor", "door")
    done = footfall(office, "fleet", "approve", "door")
    assert done.exit_code == 1
    assert "no unit has shown its claim yet" in done.output


def test_quarantine_release_and_revocation_say_why(office: Office) -> None:
    """Each in the audit log, with who did it; and from revoked there is no way back."""
    unit = waiting(office, "--sensor", "door", "--approve")
    assert footfall(office, "fleet", "quarantine", "door", "--why", "odd counts").exit_code == 0
    assert unit.ask(office).state is State.PENDING
    approve = footfall(office, "fleet", "approve", "door")
    assert (approve.exit_code, "fleet release" in approve.output) == (1, True)
    assert footfall(office, "fleet", "release", "door", "--why", "a fair").exit_code == 0
    assert footfall(office, "fleet", "release", "door", "--why", "a fair").exit_code == 1
    assert unit.ask(office).state is State.APPROVED
    assert footfall(office, "fleet", "revoke", "door", "--why", "stolen").exit_code == 0
    assert unit.ask(office).state is State.REFUSED
    assert footfall(office, "fleet", "approve", "door").exit_code == 1
    assert footfall(office, "fleet", "revoke", "door").exit_code == 2
    last = office.log()[-3:]
    assert [(entry.verb, entry.says) for entry in last] == [
        ("quarantined", "odd counts"),
        ("approved", "a fair"),
        ("revoked", "stolen"),
    ]
    assert {entry.actor[:4] for entry in last} == {"cli:"}


def test_the_list_shows_who_may_send(office: Office) -> None:
    waiting(office, "--sensor", "door", "--approve")
    waiting(office, "--sensor", "window")
    said(office, "collector", "claim", "new", "--site", "shop", "--sensor", "yard")
    assert {one["name"]: one["standing"] for one in said(office, "fleet", "list")} == {
        "door": "approved",
        "window": "pending",
        "yard": "new",
    }


def test_a_sheet_of_units_becomes_a_pallet_whose_claims_are_bound_to_the_names(office: Office, tmp_path: Path) -> None:
    """What a label says is what the sensor is called: of a claim without a name the collector would choose one."""
    sheet, out = tmp_path / "units.csv", tmp_path / "pallet.csv"
    sheet.write_text("name;site;position\nmall-1;mall;above door 3\nmall-2;mall;\nroof-1;roof;\n")  # as Excel saves it
    words = ("collector", "claim", "new", "--sheet", str(sheet))
    tried = footfall(office, *words, "--dry-run")
    assert (tried.exit_code, said(office, "collector", "claim", "list")) == (0, [])
    assert "made with the claims: mall, roof" in tried.stderr
    done = footfall(office, *words, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert out.stat().st_mode & 0o777 == 0o600
    places = pallet.read(out)
    assert [(one.name, one.site, one.position) for one in places][::2] == [
        ("mall-1", "mall", "above door 3"),
        ("roof-1", "roof", ""),
    ]
    assert places[0].claim.code() not in done.output
    assert {one["sensor"]: one["site"] for one in said(office, "collector", "claim", "list")} == {
        "mall-1": "mall",
        "mall-2": "mall",
        "roof-1": "roof",
    }
    again = footfall(office, *words, "--out", str(out))
    assert (again.exit_code, "may hold claims" in again.output) == (1, True)
    assert len(said(office, "collector", "claim", "list")) == 3


def test_a_sheet_with_one_bad_row_makes_no_claim(office: Office, tmp_path: Path) -> None:
    """A name that none can have, one that is there twice, no site, a sensor of another site."""
    made = said(office, "collector", "claim", "new", "--site", "shop", "--sensor", "door")
    for rows, words in (
        ("a,mall\nDoor 2,mall\n", "line 3, column name"),
        ("a,mall\na,mall\n", "is there twice"),
        ("a,mall\nb,\n", "line 3, column site"),
        ("a,mall\ndoor,mall\n", "door hangs at default/shop"),
    ):
        (tmp_path / "units.csv").write_text(f"name,site\n{rows}")
        done = footfall(office, "collector", "claim", "new", "--sheet", str(tmp_path / "units.csv"))
        assert (done.exit_code, words in done.output) == (1, True), done.output
    assert [one["id"] for one in said(office, "collector", "claim", "list")] == [made[0]["id"]]


def test_who_makes_a_claim_is_told_where_units_can_and_cannot_reach_the_page(office: Office) -> None:
    """The page of a new collector is for its own machine alone: no unit would ever get in."""
    words = ("collector", "claim", "new", "--site", "shop")
    assert "no unit reaches it" in footfall(office, *words).stderr
    heard = footfall(office, *words, "--set", "http_host=192.0.2.7").stderr
    assert "http://192.0.2.7:" in heard
    assert "no unit reaches it" not in heard


def test_a_mistyped_site_is_no_site_where_all_is_well(office: Office) -> None:
    """`--site shpo --amiss` said "none", which reads as: nothing is amiss there."""
    said(office, "collector", "claim", "new", "--site", "shop", "--sensor", "door")
    done = footfall(office, "fleet", "list", "--site", "shpo", "--amiss")
    assert (done.exit_code, "no sensor hangs at 'shpo'" in done.output) == (1, True)
    assert "1 new" in footfall(office, "fleet", "list", "--site", "shop").stderr
