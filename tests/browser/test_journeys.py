"""What each role comes for, done as they do it: in a browser, over a store that the real line filled."""

import re
import shutil
from pathlib import Path
from typing import Any

from collector.people.user import Role
from tools.browsing import chromium
from tools.browsing.chromium import PHONE, SignedIn
from tools.browsing.furnishing import PASSWORD
from tools.browsing.stage import SENSOR, SMALL, opened


def test_the_first_chart_is_there_without_signing_in_or_reading(filled: Path, tmp_path: Path, browser: Any) -> None:
    """As `make run` leaves it: whoever is on this machine opens the address and sees numbers and a chart."""
    shutil.copytree(filled, tmp_path / "collector")
    with opened(tmp_path / "collector", SMALL, open_page=True) as stage:
        somebody = chromium.visitor(browser, stage)
        page = somebody.visit("/")
        page.locator(".chart svg").first.wait_for()  # on a busy machine the page says "One moment" and looks again
        assert re.fullmatch(r"\d[\d,]*", page.locator(".figure .value").first.inner_text().strip())
        assert page.get_by_role("note").first.is_visible(), "it says that nobody of these lived"
        somebody.context.close()
    assert not somebody.troubles


def test_a_manager_signs_in_reads_numbers_and_leaves(signed_in: SignedIn) -> None:
    manager = signed_in(None)
    page = manager.visit("/")
    assert page.url.endswith("/login"), "who is nobody is asked who they are"
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").is_visible()
    manager.troubles.clear()  # the browser complains of the refusal itself
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation() as went:
        page.get_by_role("button", name="Sign in").click()
    manager.settled(went.value)
    assert page.get_by_role("heading", level=1).inner_text() == "shop"
    assert page.locator(".chart svg").first.is_visible()
    card = page.locator("details.figure").first
    card.locator("summary").click()
    assert card.get_by_role("term").first.is_visible(), "a number opens what it means"
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")
    assert links.all_inner_texts() == ["Numbers", "All sites", "analyst"]
    page.get_by_role("link", name="analyst").click()
    page.get_by_role("button", name="Sign out").click()
    assert manager.visit("/").url.endswith("/login")


def test_a_technician_reads_on_a_phone_how_the_sensors_are(signed_in: SignedIn) -> None:
    technician = signed_in(Role.TECHNICIAN, size=PHONE)
    page = technician.visit("/")
    assert page.url.endswith("/fleet"), "there are no numbers of people for a technician"
    assert page.get_by_role("rowheader", name=SENSOR).first.is_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0], "nobody scrolls sideways on a ladder"


def test_an_operator_gets_where_operators_go(signed_in: SignedIn) -> None:
    page = signed_in(Role.OPERATOR).visit("/")
    assert page.get_by_role("link", name="operator").is_visible()
    assert not page.get_by_role("link", name="Numbers").is_visible()


def test_an_administrator_makes_a_token_for_a_program(signed_in: SignedIn) -> None:
    page = signed_in(Role.ADMINISTRATOR).visit("/account")
    page.get_by_label("A new one, for").fill("till")
    page.get_by_label("read:report").check()
    page.get_by_role("button", name="Make a token").click()
    assert page.get_by_role("alert").locator("code").inner_text().startswith("ff_")
    page.get_by_role("button", name="Revoke till").click()
    assert page.get_by_text("till", exact=True).count() == 0


def test_language_and_colours_are_chosen_without_a_script_and_stay(signed_in: SignedIn) -> None:
    reader = signed_in(Role.ANALYST, scripts=False)
    page = reader.visit("/account")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_label("Language", exact=True).select_option("de")
    page.get_by_label("Colours", exact=True).select_option("dark")
    page.get_by_role("button", name="Use").click()
    assert page.url.endswith("/account")
    reader.visit("/")
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.evaluate(paper) != light


def test_the_keyboard_alone_gets_to_the_content(signed_in: SignedIn) -> None:
    page = signed_in(Role.ANALYST).visit("/")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert (skip.bounding_box() or {"y": -1})["y"] >= 0, "it is seen when it has the focus"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_technician_tags_sensors_together_without_a_script(signed_in: SignedIn) -> None:
    """Ticked on the list, shown, done; the list says it then."""
    page = signed_in(Role.TECHNICIAN, scripts=False).visit("/fleet")
    page.get_by_label(f"Choose {SENSOR}").first.check()
    page.get_by_role("button", name="Change those that are ticked").click()
    page.get_by_label("Give them these tags").fill("ladder")
    page.get_by_role("button", name="Show what would change").click()
    assert "tags +ladder" in page.locator("main").inner_text()
    page.get_by_role("button", name="Change 1 sensor").click()
    assert page.url.endswith("/fleet")
    assert "ladder" in page.get_by_role("table").inner_text()
