"""Faults of fields: which, and what is wanted there, in the language of the page; never what was given."""

import pytest
from pydantic import TypeAdapter, ValidationError

from collector.page import faults, language
from collector.page.fleet import staged
from collector.page.fleet.bodies import Staged, Working
from collector.page.given import Unfit
from collector.rollout import terms

GOOD = {"tenant": "default", "hours": 2, "why": "a new switch"}


def said(given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Working).validate_python(given)
    return faults.said(caught.value.errors())


@pytest.mark.parametrize(
    ("given", "english", "german"),
    [
        ({"hours": 0}, "hours: more than 0 is wanted", "hours: mehr als 0 wird gebraucht"),
        ({"hours": "two"}, "hours: a number is wanted", "hours: eine Zahl wird gebraucht"),
        ({"start_ms": 0.5}, "start_ms: a whole number is wanted", "start_ms: eine ganze Zahl wird gebraucht"),
        ({"tenant": ""}, "tenant: at least 1 character is wanted", "tenant: mindestens 1 Zeichen wird gebraucht"),
        ({"site": 7}, "site: text is wanted", "site: Text wird gebraucht"),
        (
            {"colour": "red"},
            "colour: nothing of this name is taken; leave",
            "colour: etwas mit diesem Namen wird nicht",
        ),
    ],
)
def test_a_fault_names_the_field_and_what_is_wanted(given: dict[str, object], english: str, german: str) -> None:
    assert said(GOOD | given).startswith(english)
    with language.speaking("de"):
        assert said(GOOD | given).startswith(german)


def test_what_was_given_is_in_no_fault() -> None:
    assert "secret" not in said({"tenant": "secret" * 10, "hours": "secret", "why": ["secret"]})
    assert said({}) == "tenant: it is missing; give it; hours: it is missing; give it; why: it is missing; give it"


def test_every_fault_that_pydantic_finds_in_what_is_asked_has_our_words() -> None:
    """Limits of the kinds that the bodies use are filled in."""
    limits = {"pattern": "^a$", "expected": "'a'", "gt": 1, "ge": 1, "lt": 1, "le": 1, "min_length": 2, "max_length": 2}
    for kind in (*faults.SENTENCES, "string_too_short", "string_too_long", "too_short", "too_long"):
        for code in language.LANGUAGES:
            with language.speaking(code):
                text = faults.said([{"loc": ("x",), "type": kind, "ctx": limits, "msg": "pydantic's"}])
            assert "%" not in text
            assert "pydantic" not in text


def test_a_form_calls_its_fields_as_the_page_does() -> None:
    with language.speaking("de"), pytest.raises(Unfit, match="nach jeder Stufe haben: höchstens 100 Zeichen; kürzen"):
        staged.asked(lambda: Staged(stages="1," * 100))
    assert set(staged.LABELS) <= set(Staged.model_fields)
    assert len(terms.STAGES) <= 100
