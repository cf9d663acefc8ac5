"""An administrator's journey: somebody new comes in, and is shut out again."""

import re

from collector.people.user import Role
from tools.browsing.chromium import SignedIn

OWN = "four green doors open"


def test_somebody_new_is_added_comes_in_and_is_shut_out_again(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMINISTRATOR)
    page = admin.visit("/")
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_label("Name").fill("eve")
    page.get_by_label("Role").select_option("analyst")
    page.get_by_label("Sites").fill("default/shop")
    page.get_by_role("button", name="Add").click()
    [password] = re.findall(r"(?:[a-z0-9]{4}-){4}[a-z0-9]{4}", page.get_by_role("alert").inner_text())

    newcomer = signed_in(None)
    theirs = newcomer.visit("/")
    theirs.get_by_label("Name").fill("eve")
    theirs.get_by_label("Password").fill(password)
    theirs.get_by_role("button", name="Sign in").click()
    theirs.get_by_label("Password now").fill(password)
    theirs.get_by_label("New password", exact=True).fill(OWN)
    theirs.get_by_label("New password again").fill(OWN)
    theirs.get_by_role("button", name="Change it").click()
    assert theirs.get_by_role("heading", level=1).inner_text() == "shop"

    page.get_by_role("link", name="On to eve").click()
    page.get_by_role("button", name="Shut out").click()
    assert "signed out everywhere" in page.get_by_role("status").inner_text()
    assert newcomer.visit("/").url.endswith("/login")
