"""The catalogues: whole, certain, and made of nothing but the pages' own texts."""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from collector.page import language, sentences
from tools import strings

OTHERS = sorted(set(language.LANGUAGES) - {language.SOURCE})
MARKS = re.compile(r"<[^>]+>|https?://\S+")


def kept(code: str) -> Catalog:
    with strings.path_of(code).open("rb") as file:
        return read_po(file, locale=code)


@pytest.fixture(scope="module")
def found() -> Catalog:
    return strings.found()


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_a_translation_that_somebody_stands_for(code: str) -> None:
    assert strings.missing(code) == [], "make strings, then translate what is empty"


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_no_text_that_nobody_says_any_more(code: str, found: Catalog) -> None:
    assert [one.id for one in kept(code) if one.id and found.get(one.id, one.context) is None] == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_places_and_marks_of_its_text(code: str) -> None:
    for one in kept(code):
        one.flags -= {"python-format"} if one.context == sentences.CONTEXT else set()  # a per cent sign is one there
        assert not list(one.check()), one.id
        if one.id and isinstance(one.id, str) and isinstance(one.string, str):
            assert sorted(MARKS.findall(one.id)) == sorted(MARKS.findall(one.string)), one.id


def test_each_language_has_all_that_a_language_needs() -> None:
    assert set(language.LANGUAGES) == set(language.LOCALES) == set(language.PATTERNS)
    assert len({frozenset(patterns) for patterns in language.PATTERNS.values()}) == 1


def test_a_new_text_is_not_guessed_from_a_similar_one(monkeypatch: pytest.MonkeyPatch, found: Catalog) -> None:
    found_now = Catalog(charset="utf-8")
    for one in found:
        if one.id:
            found_now.add(one.id, None, [("x", 1)], context=one.context)
    found_now.add("Skip to the contents", None, [("x", 1)])
    monkeypatch.setattr(strings, "found", lambda: found_now)
    fresh = strings.brought_up("de").get("Skip to the contents")
    assert fresh is not None
    assert not fresh.string
    assert not fresh.fuzzy
    assert "Skip to the contents" in strings.missing("de")
