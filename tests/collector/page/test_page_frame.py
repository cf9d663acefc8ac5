"""What stands around and inside every page: navigation by right, and the pieces that pages share."""

from pathlib import Path
from typing import Any

import pytest
from browse import text
from residents import House, house_in

from collector.page import navigation
from collector.page.frame import environment
from collector.page.links import to
from collector.page.routes import GET
from collector.page.visit import Visit
from collector.people.user import EVERYWHERE, RIGHTS, Person, Role

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_in(tmp_path_factory.mktemp("house") / "collector")


def somebody(role: Role) -> Person:
    return Person(str(role), role, RIGHTS[role], EVERYWHERE)


def piece(call: str, **values: Any) -> str:
    made = environment()
    source = '{% import "parts.html" as parts %}' + call
    return made.from_string(source).render(values)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_is_offered_a_page_that_would_refuse_them(role: Role) -> None:
    person = somebody(role)
    for area in navigation.ENTRIES:
        for entry in (area, *area.below):
            offered = [
                one.path for one in (*navigation.links(person, entry.path), *navigation.links_below(person, entry.path))
            ]
            assert (entry.path in offered) <= person.may(entry.right)
            assert set(offered) <= set(GET), "a page that is not there"


def test_the_page_one_is_on_is_marked(house: House) -> None:
    page = house.enter("administrator-all").get("/fleet").text
    assert '<a href="/fleet" aria-current="page">Sensors</a>' in page
    assert page.count('aria-current="page"') >= 1
    assert '<a href="/">Numbers</a>' in page


def test_who_has_not_signed_in_is_offered_nothing(house: House) -> None:
    assert "<nav" not in house.client().get("/login").text


def test_a_link_keeps_what_was_chosen() -> None:
    query = {"state": "silent", "sort": "name"}
    assert to("/fleet", query, page=2) == "/fleet?state=silent&sort=name&page=2"
    assert to("/fleet", query, state="", sort=None) == "/fleet"
    assert to("/fleet/a b", {"q": "ä&b"}) == "/fleet/a%20b?q=%C3%A4%26b"


def test_a_heads_link_sorts_and_sorts_again_the_other_way() -> None:
    call = '{{ parts.sort_head("name", "Sensor", "/fleet", query) }}'
    assert 'href="/fleet?sort=name"' in piece(call, query={"page": "3"})
    down = piece(call, query={"sort": "name"})
    assert 'aria-sort="ascending"' in down
    assert 'href="/fleet?sort=-name"' in down
    assert 'aria-sort="descending"' in piece(call, query={"sort": "-name"})


def test_filters_are_a_form_that_a_link_can_say() -> None:
    fields = [("q", "Name", None), ("state", "State", [("silent", "silent <1 h")])]
    made = piece(
        '{{ parts.filters("/fleet", query, fields) }}', fields=fields, query={"state": "silent", "sort": "name"}
    )
    assert '<input type="hidden" name="sort" value="name">' in made
    assert '<option value="silent" selected>silent &lt;1 h</option>' in made
    assert 'method="get"' in made
    assert '<a href="/fleet">' in made, "back to all"


def test_pages_of_a_list() -> None:
    call = '{{ parts.pager("/fleet", {"q": "x"}, page, 3) }}'
    assert piece('{{ parts.pager("/fleet", {}, 1, 1) }}').strip() == ""
    assert 'rel="prev"' not in piece(call, page=1)
    middle = piece(call, page=2)
    assert '<a rel="prev" href="/fleet?q=x">' in middle
    assert '<a rel="next" href="/fleet?q=x&amp;page=3">' in middle
    assert "Page 2 of 3" in middle
    assert 'rel="next"' not in piece(call, page=3)


@pytest.mark.parametrize("name", ["confirm", "action"])
def test_what_changes_something_carries_the_sessions_mark(name: str) -> None:
    words = '"/x", "mark", "Really?", "Do it"' if name == "confirm" else '"/x", "mark", "Do it"'
    made = piece(f'{{{{ parts.{name}({words}, fields={{"a": "<b>"}}) }}}}')
    assert '<input type="hidden" name="csrf" value="mark">' in made
    assert '<input type="hidden" name="a" value="&lt;b&gt;">' in made
    assert 'method="post" action="/x"' in made


def test_a_time_is_said_in_its_zone_and_for_programs() -> None:
    made = piece('{{ parts.when(0, "Europe/Berlin", 0) }}')
    assert '<time datetime="1970-01-01T01:00:00+01:00">01:00</time>' in made
    assert piece('{{ parts.when(none, "UTC", 0) }}').strip() == "–"
    assert "2 h ago" in piece("{{ parts.ago(0, now) }}", now=2 * HOUR_MS)


def test_a_state_is_a_word_and_not_only_a_colour() -> None:
    assert text(piece('{{ parts.badge("bad", "silent") }}')) == "silent"


def test_a_number_opens_what_it_means_where_there_is_something_to_say() -> None:
    assert "<details" in piece('{{ parts.number("Lag", "3 s", means="from heard to stored") }}')
    assert "<details" not in piece('{{ parts.number("Lag", "3 s") }}')


def test_a_visit_without_a_person_can_be_told_something(tmp_path: Path, house: House) -> None:
    assert Visit(None, None).csrf == ""
    assert house.client().get("/nothing").status_code == 404
