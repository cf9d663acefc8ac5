"""Which pages are opened in the browser, by whom, and what their pictures weigh."""

import io
from pathlib import Path

import pytest
from PIL import Image

from collector.page.routes import GET, Need
from collector.people.user import Right, Role
from tools.browsing.places import NO_PAGES, NOT_HTML, places, role_for
from tools.browsing.screenshots import BYTES_MAX, _small

PICTURES = Path(__file__).parents[3] / "docs" / "screenshots"


def test_every_page_of_the_table_is_opened() -> None:
    wanted = {route for route in GET if not route.startswith(NO_PAGES) and not route.endswith(NOT_HTML)}
    assert {place.route for place in places()} == wanted, "say in tools/browsing/places.py what its braces stand for"
    assert not [place for place in places() if "{" in place.path]


@pytest.mark.parametrize(
    ("need", "role"),
    [
        (Need.NOTHING, None),
        (Right.READ_REPORT, Role.ANALYST),
        (Right.WRITE_FLEET, Role.TECHNICIAN),
        (Right.READ_OPERATION, Role.OPERATOR),
        (Right.WRITE_PEOPLE, Role.ADMINISTRATOR),
    ],
)
def test_a_page_is_opened_by_the_least_of_those_who_may(need: Need | Right, role: Role | None) -> None:
    assert role_for(need) is role


def test_the_pictures_in_the_tree_are_small() -> None:
    kept = sorted(PICTURES.glob("*.png"))
    assert len(kept) > 20
    assert [path.name for path in kept if path.stat().st_size > BYTES_MAX] == []


def test_a_picture_with_a_palette_is_still_that_picture() -> None:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), (31, 111, 92)).save(made, "PNG")
    small = Image.open(io.BytesIO(_small(made.getvalue())))
    assert small.size == (40, 30)
    assert small.convert("RGB").getpixel((5, 5)) == (31, 111, 92)
