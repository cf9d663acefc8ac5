"""The sign: what is set stands on it, what is missing is said, and it fits a sheet of paper."""

import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from browse import browser, text
from shop import SITE, TENANT, SmallShop, at

from collector.errors import QueryError
from collector.notice import pdf, sign
from collector.notice.claims import LANGUAGES, register
from collector.notice.details import EVERYWHERE, NEEDED, PURPOSES_MAX, TEXT_CHARS_MAX, Details, Notices
from collector.notice.facts import Facts, gather
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant

FULL = Details(
    controller="Bäckerei Muster & Söhne GmbH, Marktplatz 1, 10115 Berlin",
    contact="datenschutz@example.org, 030 1234567",
    purposes="Öffnungszeiten und Personal planen\nWerbung messen",
    retention="30 days, then the shop deletes them by hand",
    dpo="dpo@example.org",
    objection_url="https://example.org/objection",
    place="Bäckerei <am> Markt",
)
SHOP = Site(TENANT, SITE, "Europe/Berlin", opens="09:00", closes="20:00")


def facts(details: Details = FULL, settings: Settings | None = None, **of_site: object) -> Facts:
    tenant = Tenant(TENANT, time_zone="Europe/Berlin", epoch_turn_h=5, minimum_group=25)
    return gather(settings or Settings(), tenant, replace(SHOP, **of_site), details, at(12))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_that_was_set_stands_on_the_sign(language: str) -> None:
    html = sign.render(facts(), (language,))
    said = text(html).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    for name, value in asdict(FULL).items():
        assert all(line in said for line in value.split("\n")), name
    for value in ("05:00", "Europe/Berlin", "09:00", "20:00", "25", "2026-03-02"):
        assert value in said
    assert "<am>" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_purposes_stand_on_the_sign(language: str) -> None:
    """Each on a line of its own: a purpose that a sign leaves out costs more trust than any technique wins."""
    many = tuple(f"purpose number {number}" for number in range(PURPOSES_MAX))
    html = sign.render(facts(replace(FULL, purposes="\n".join(many))), (language,))
    assert all(f"<li>{purpose}</li>" in html for purpose in many)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rights_stand_on_the_sign_in_every_language(language: str) -> None:
    (rights,) = (claim for claim in register().claims if claim.id == "rights")
    assert rights.text[language] in text(sign.render(facts(), (language,)))


@pytest.mark.parametrize(
    ("of_site", "said", "not_said"),
    [
        ({"sensitive": True}, {"counts", "hours"}, {"token", "always_open"}),
        ({"sensitive": False}, {"token", "hours"}, {"counts", "always_open"}),
        ({"opens": None, "closes": None}, {"token", "always_open"}, {"hours"}),
    ],
    ids=["sensitive", "plain", "always open"],
)
def test_sentences_follow_the_configuration(of_site: dict[str, object], said: set[str], not_said: set[str]) -> None:
    """What does not hold at this site is not said of it."""
    claims = {claim.id for claim in sign.said(facts(**of_site))}
    assert said <= claims
    assert not not_said & claims


def test_minimum_group_on_the_sign_is_the_one_that_is_kept() -> None:
    low = gather(Settings(), Tenant(minimum_group=10), SHOP, FULL, at(12))
    assert (low.minimum, facts().minimum) == (10, 25)


@pytest.mark.parametrize("missing", NEEDED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_missing_is_said_on_top(missing: str, language: str) -> None:
    found = facts(replace(FULL, **{missing: ""}))
    html = sign.render(found, (language,))
    assert found.missing == (missing,)
    assert html.index(register().words[language]["incomplete"]) < html.index("<h1>")
    assert f'data-claim="{missing}"' not in html
    assert register().words[language]["incomplete"] not in sign.render(facts(), (language,))


def test_collector_that_plays_captures_has_no_sign_to_hang() -> None:
    """It keeps the keys of days gone by: the sign's word on them would not be true."""
    assert facts(settings=Settings(replay=True)).missing


def test_objection_address_is_also_a_code() -> None:
    html = sign.render(facts(), ("en",))
    assert 'src="data:image/svg+xml' in html
    assert "<img" not in sign.render(facts(replace(FULL, objection_url="")), ("en",))


def test_nothing_on_the_sign_comes_from_elsewhere() -> None:
    """No script, no other host, no file: it works from a stick, and tells nobody that it was read."""
    html = sign.render(facts())
    for forbidden in ("<script", "@import", "url(", ' src="http', ' href="http', "javascript:", "<iframe"):
        assert forbidden not in html


def test_sign_can_be_read_by_a_screen_reader() -> None:
    """Language marked, one main heading a page, headings in order, the code described, warnings as alerts."""
    html = sign.render(facts(replace(FULL, contact="")))
    for language in LANGUAGES:
        assert f'<section class="sign" lang="{language}" aria-label=' in html
    assert html.count("<h1>") == len(LANGUAGES) == html.count('role="alert"')
    assert html.count("<h2>") == 3 * len(LANGUAGES)
    assert html.count("<img ") == html.count(f'alt="{FULL.objection_url}"')


def test_printed_sign_is_one_sheet_a_language(tmp_path: Path) -> None:
    """A4, with fields as long as a long address, and every sentence whole on it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is not installed; `make test` installs it")
    long = replace(FULL, purposes="\n".join(["to plan opening hours and staff"] * 4), retention="x" * 60)
    made = tmp_path / "notice.pdf"
    made.write_bytes(pdf.render(sign.render(facts(long))))
    told = subprocess.run(["pdfinfo", made], check=True, capture_output=True, text=True).stdout
    assert f"Pages:           {len(LANGUAGES)}\n" in told
    assert "(A4)" in told
    printed = " ".join(
        subprocess.run(["pdftotext", made, "-"], check=True, capture_output=True, text=True).stdout.split()
    )
    for word in ("WLAN-Adresse", "05:00", "dpo@example.org", "30 1234567"):
        assert word in printed


def test_incomplete_sign_says_so_in_print_too(tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is not installed; `make test` installs it")
    made = tmp_path / "notice.pdf"
    made.write_bytes(pdf.render(sign.render(facts(Details()), ("en",))))
    printed = subprocess.run(["pdftotext", made, "-"], check=True, capture_output=True, text=True).stdout
    assert "DO NOT HANG UP" in printed


# What is set.


def test_site_says_its_own_and_takes_the_rest_from_its_tenant(tmp_path: Path) -> None:
    notices = Notices(SmallShop(tmp_path / "c").collector.registry.engine)
    notices.put(TENANT, EVERYWHERE, {"controller": "all", "contact": "all"}, "cli:test", 0)
    notices.put(TENANT, SITE, {"contact": "mine"}, "cli:test", 0)
    assert (notices.of(TENANT, SITE).controller, notices.of(TENANT, SITE).contact) == ("all", "mine")
    assert notices.of(TENANT, "mall").contact == "all"
    notices.put(TENANT, SITE, {"contact": ""}, "cli:test", 0)
    assert notices.of(TENANT, SITE).contact == "all"
    assert notices.of("other", SITE).missing == NEEDED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"),
        ("controller", "x" * (TEXT_CHARS_MAX + 1)),
        ("controller", "two\nlines"),
        ("purposes", "\n".join("p" * (PURPOSES_MAX + 1))),
        ("objection_url", "http://example.org"),
        ("objection_url", "javascript:alert(1)"),
    ],
)
def test_field_that_will_not_do_is_named(tmp_path: Path, name: str, value: str) -> None:
    notices = Notices(SmallShop(tmp_path / "c").collector.registry.engine)
    with pytest.raises(QueryError, match=name):
        notices.put(TENANT, SITE, {name: value}, "cli:test", 0)


def test_notice_is_a_page_of_the_collector(tmp_path: Path) -> None:
    """Under the same headers as all pages, with its style sheet from here; a place that is not there is a 404."""
    shop = SmallShop(tmp_path / "c", settings=Settings())
    Notices(shop.collector.registry.engine).put(TENANT, SITE, asdict(FULL), "cli:test", 0)
    client = browser(shop.collector)
    page = client.get(f"/notice/{TENANT}/{SITE}")
    assert page.status_code == 200
    assert FULL.contact in page.text
    assert "<style" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client.get("/static/sign.css").headers["content-type"].startswith("text/css")
    assert client.get(f"/notice/{TENANT}/nowhere").status_code == 404
    assert client.get(f"/notice/nobody/{SITE}").status_code == 404
