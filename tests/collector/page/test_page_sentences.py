"""Errors of the core on a page in another language: the same values, other words; and never a guess."""

import html

import pytest
from browse import browser
from fastapi.testclient import TestClient
from shop import SmallShop

from collector.page import language, sentences
from collector.page.sentences import phrased
from tools import error_texts


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return browser(SmallShop(tmp_path_factory.mktemp("page") / "collector").collector)


def test_a_sentence_is_said_with_the_same_values() -> None:
    with language.speaking("de"):
        there = "there is no site 'Halle <1>' of tenant 'mall'; there are: shop, kiosk"
        assert phrased(there) == "einen Ort 'Halle <1>' des Betreibers 'mall' gibt es nicht; es gibt: shop, kiosk"
        assert phrased("a plan has at most 4,194,304 bytes; make it smaller").startswith(
            "ein Plan hat höchstens 4.194.304"
        )
        assert phrased("nobody ever wrote this") == "nobody ever wrote this"
    assert phrased("a question covers at most 400 days; ask for less").startswith("a question"), "English is the source"


def test_an_error_within_an_error_is_said_too() -> None:
    with language.speaking("de"):
        wanted = "'1,5' does not fit; x and y are per cent of the plan, such as 12.5, or both are empty"
        assert phrased(f"line 2, column x: {wanted}") == (
            "Zeile 2, Spalte x: '1,5' passt nicht; x und y sind Prozent des Plans, etwa 12.5, oder beide sind leer"
        )
        assert phrased("door-1: no unit waits for x; there is nothing to refuse").startswith(
            "door-1: kein Gerät wartet"
        )


def test_every_sentence_finds_itself_again_whatever_its_values() -> None:
    """Filled with odd values, each is recognised as itself and none as another."""
    with language.speaking("de"):
        for english, german in language.of_context("de", sentences.CONTEXT).items():
            values = {name: f"<{name}>" for name in error_texts.names(english)}
            assert set(error_texts.names(german)) <= set(values), english
            assert phrased(english.format(**values)) == german.format(**values)


def test_sentences_are_read_off_the_statements_that_raise_them() -> None:
    source = """
if a:
    raise QueryError(f"no {one.name} and {one.name}, {LEAST:,} at least {{x}}; {', '.join(all)}") from None
raise PeopleError("whole" " and plain")
raise OtherError("nobody's")
raise QueryError(_("the page's own"))
"""
    found = {"no {name} and {name2}, {least} at least {{x}}; {value}", "whole and plain"}
    assert set(error_texts.of_source(source)) == found


@pytest.mark.parametrize(
    ("path", "english", "german"),
    [
        ("/?site=nowhere", "here is no site 'nowhere'", "inen Ort 'nowhere' des Betreibers"),
        ("/fleet/sensor/default/nobody", "here is no sensor 'nobody'", "s gibt keinen Sensor 'nobody'"),
        ("/operation/audit?begin=tomorrow", " day is written as 2026-03-02", "in Tag wird 2026-03-02 geschrieben"),
        ("/operation/quarantine/x", "number: a whole number is wanted.", "number: eine ganze Zahl wird gebraucht."),
    ],
)
def test_a_page_says_it_in_its_language_and_the_interface_in_english(
    client: TestClient, path: str, english: str, german: str
) -> None:
    assert english in html.unescape(client.get(path).text)
    assert german in html.unescape(client.get(path, headers={"accept-language": "de"}).text)
    said = client.get("/api/default/nowhere/report", headers={"accept-language": "de"}).text
    assert "there is no site" in said
