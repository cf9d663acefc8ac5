"""What is wrong with a field that was given, in the language of the page: pydantic's faults, in our own words."""

from collections.abc import Mapping, Sequence
from typing import Any

from . import language
from .language import gettext as _
from .language import marked, ngettext
from .sentences import phrased

SAID_CHARS_MAX = 500
_WHOLE = marked("a whole number is wanted")
_NUMBER = marked("a number is wanted")
_TEXT = marked("text is wanted")
_YES_NO = marked("true or false is wanted")
_LIST = marked("a list is wanted")
_FIELDS = marked("named fields are wanted, as JSON has them")
_ONE_OF = marked("one of %(expected)s is wanted")
# By pydantic's own name of a fault; its limits stand in %(…)s.
SENTENCES = {
    "missing": marked("it is missing; give it"),
    "extra_forbidden": marked("nothing of this name is taken; leave it out"),
    "string_type": _TEXT,
    "string_pattern_mismatch": marked("it is not of the form that is wanted: %(pattern)s"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "list_type": _LIST,
    "dict_type": _FIELDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "json_invalid": marked("this is no JSON; mend it"),
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
    "greater_than": marked("more than %(gt)s is wanted"),
    "greater_than_equal": marked("%(ge)s or more is wanted"),
    "less_than": marked("less than %(lt)s is wanted"),
    "less_than_equal": marked("%(le)s or less is wanted"),
}


def said(faults: Sequence[Any], labels: Mapping[str, str] | None = None) -> str:
    """Where and what, never what was given: it may be a password. labels: what a form calls its fields."""
    return "; ".join(f"{_place(one['loc'], labels or {})}: {_sentence(one)}" for one in faults)[:SAID_CHARS_MAX]


def _place(loc: tuple[int | str, ...], labels: Mapping[str, str]) -> str:
    return ".".join(_(labels[one]) if one in labels else one for one in map(str, loc))


def _sentence(fault: Mapping[str, Any]) -> str:
    kind, limits = fault["type"], {name: _shown(limit) for name, limit in fault.get("ctx", {}).items()}
    if kind in ("string_too_short", "too_short"):
        return _least(kind, limits["min_length"])
    if kind in ("string_too_long", "too_long"):
        return _most(kind, limits["max_length"])
    if kind == "value_error":
        return phrased(limits["error"])
    return _(SENTENCES[kind]) % limits if kind in SENTENCES else str(fault["msg"])


def _shown(limit: Any) -> Any:
    return language.as_written(f"{limit:,g}") if isinstance(limit, float) else limit


def _least(kind: str, count: int) -> str:
    if kind == "string_too_short":
        return ngettext("at least %(num)d character is wanted", "at least %(num)d characters are wanted", count) % {
            "num": count
        }
    return ngettext("at least %(num)d entry is wanted", "at least %(num)d entries are wanted", count) % {"num": count}


def _most(kind: str, count: int) -> str:
    if kind == "string_too_long":
        return ngettext("at most %(num)d character; shorten it", "at most %(num)d characters; shorten it", count) % {
            "num": count
        }
    return ngettext("at most %(num)d entry; give fewer", "at most %(num)d entries; give fewer", count) % {"num": count}
