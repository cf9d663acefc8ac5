"""What holds for every page: it is well, it can be used by everybody, and it does what its policy allows."""

import html
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tools.browsing.chromium import DESK, PHONE, SignedIn
from tools.browsing.places import Place, places

GRAVE = ("serious", "critical")
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|<[^>]+\s(?:style|on\w+)=|javascript:", re.IGNORECASE)
TAGS = re.compile(r"<[^>]*>")
PLACES = places()
PLAIN = ("/", "/fleet", "/fleet/campaigns/1", "/operation", "/people", "/account")
WHOLE = {"resultTypes": ["violations"]}
_axe = Axe()


COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}  # all that the dark changes


def grave(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe finds serious or critical, with where."""
    found = _axe.run(page, options=options or WHOLE).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {', '.join(node['html'][:120] for node in one['nodes'][:3])}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
def test_a_page_is_sound(signed_in: SignedIn, place: Place) -> None:
    """With scripts, in light and dark, wide and narrow: axe finds nothing grave, and nothing is inline."""
    somebody = signed_in(place.role, size=DESK)
    page = somebody.visit(place.path)
    assert somebody.codes[place.path] == 200
    assert page.get_by_role("heading", level=1).count() >= 1
    source = page.request.get(somebody.stage.url + place.path).text()
    assert not INLINE.findall(source)
    written = " ".join(html.unescape(TAGS.sub(" ", source.partition("<body")[2])).split())
    heading = " ".join(page.locator("h1").first.inner_text().split())
    assert heading in written, "the server writes it, not a script"
    assert grave(page) == []
    page.emulate_media(color_scheme="dark")
    assert grave(page, COLOURS) == [], "in the dark"
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], "wider than a phone"


@pytest.mark.parametrize("place", [one for one in PLACES if one.path in PLAIN], ids=lambda place: place.path)
def test_a_page_reads_without_scripts(signed_in: SignedIn, place: Place) -> None:
    page = signed_in(place.role, scripts=False).visit(place.path)
    assert len(page.locator("main, body > article, body").first.inner_text()) > 40
