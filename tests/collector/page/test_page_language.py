"""Languages: which one is chosen, and how each says texts, numbers and dates."""

from datetime import datetime
from pathlib import Path

import pytest
from browse import browser, text
from jinja2 import nodes
from shop import SmallShop

from collector.page import language, words
from collector.page.frame import HERE, environment

MOMENT = datetime(2026, 11, 27, 9, 5)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    return SmallShop(tmp_path_factory.mktemp("page") / "collector")


@pytest.mark.parametrize(
    ("cookie", "header", "chosen"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("", "fr, en;q=0.2, de;q=0.4", "de"),
        ("", "fr;q=1, de;q=0", "en"),
        ("", "de;q=much, en", "en"),
        ("de", "en", "de"),
        ("xx", "yy," * 1000, "en"),
    ],
)
def test_what_was_chosen_goes_before_what_the_browser_says(cookie: str, header: str, chosen: str) -> None:
    assert language.choose(cookie, header) == chosen


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", ["1,234.5", "12.3 %", "27 Nov", "27 Nov 2026", "Friday 27 November 2026", "a, b and c", "-1,234"]),
        ("de", ["1.234,5", "12,3 %", "27.11.", "27.11.2026", "Freitag, 27. November 2026", "a, b und c", "-1.234"]),
    ],
)
def test_numbers_and_dates_are_said_as_the_language_has_them(code: str, said: list[str]) -> None:
    with language.speaking(code):
        assert said == [
            language.number(1234.5, 1),
            language.percent(0.1234),
            language.day(MOMENT),
            language.date_short(MOMENT),
            language.date_long(MOMENT),
            language.listed(["a", "b", "c"]),
            language.number(-1234),
        ]


def test_a_language_ends_where_it_was_spoken() -> None:
    with language.speaking("de"):
        assert words.share(0.5) == "50,0 %"
    assert words.share(0.5) == "50.0 %"


def test_a_page_says_its_language_and_keeps_the_one_that_was_chosen(shop: SmallShop) -> None:
    client = browser(shop.collector, open_page=False)
    assert '<html lang="en"' in client.get("/login").text
    assert '<html lang="de"' in client.get("/login", headers={"accept-language": "de-DE"}).text
    chosen = client.post("/preferences", data={"language": "de", "theme": "dark", "next": "/login?next=/fleet"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/login?next=/fleet")
    page = client.get("/login", headers={"accept-language": "en"}).text
    assert '<html lang="de" class="theme-dark">' in page
    assert '<meta name="color-scheme" content="dark">' in page


@pytest.mark.parametrize(
    ("form", "kept"),
    [({"language": "<b>", "theme": "pink"}, 0), ({"language": "en"}, 1), ({"theme": "light", "language": "xx"}, 1)],
)
def test_only_what_there_is_can_be_chosen(shop: SmallShop, form: dict[str, str], kept: int) -> None:
    said = browser(shop.collector).post("/preferences", data={"next": "//evil.example/", **form})
    assert said.headers["location"] == "/"
    assert len(said.headers.get_list("set-cookie")) == kept


def test_programs_are_answered_in_english(shop: SmallShop) -> None:
    client = browser(shop.collector, open_page=False)
    german, plain = (client.get("/api/me", headers={"accept-language": code}).text for code in ("de", "en"))
    assert german == plain


def test_templates_translate_what_is_written_in_them_and_nothing_that_was_given() -> None:
    """A translated text is trusted to be HTML: what somebody typed must never go that way."""
    made, calls = environment(), 0
    for path in sorted(HERE.rglob("*.html")):
        name = str(path.relative_to(HERE))
        tree = made.parse(made.loader.get_source(made, name)[0] if made.loader else "")
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext", "pgettext"):
                calls += 1
                assert isinstance(call.args[0], nodes.Const), f"{name}:{call.lineno}"
    assert calls > 20


def test_every_template_can_be_read() -> None:
    for path in Path(HERE).rglob("*.html"):
        environment().get_template(str(path.relative_to(HERE)))


def test_the_banner_of_an_open_page_keeps_its_marks(shop: SmallShop) -> None:
    assert "Open page: whoever uses this machine" in text(browser(shop.collector).get("/").text)
