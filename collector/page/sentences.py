"""Errors of the core in the language of the page.

The core knows no language: it raises sentences in English, with names and numbers in them. The catalogues have each
with the context "error" and names in braces, read off the `raise` statements by `make strings`
(tools/error_texts.py). Here the sentence that an error was made of is found by its fixed words, and said with the same
values. One that no catalogue has stays English: it is never guessed. See docs/decisions/078-errors-in-german.md.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter

from . import language

CONTEXT = "error"
KEPT = 2048  # sentences: a list of sensors says few different ones
STATE = "state"  # the value that is a word of ours, and no name or number
DEEPEST = 3  # errors within errors: "line 3: hours are a number"
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A pattern of the core's words, and the same in another language. fixed: how many characters are no values."""

    pattern: re.Pattern[str]
    other: str
    fixed: int


def phrased(error: object) -> str:
    """What an error says, in the language now; as it is where the catalogue has no such sentence."""
    text = str(error)
    return text if language.spoken() == language.SOURCE else _phrased(text, language.spoken(), 0)


@lru_cache(maxsize=KEPT)
def _phrased(text: str, spoken: str, deep: int) -> str:
    for one in _sentences(spoken) if deep <= DEEPEST else ():
        if found := one.pattern.fullmatch(text):
            values = {name: _value(name, value, spoken, deep) for name, value in found.groupdict().items()}
            return one.other.format(**values)
    return text


def _value(name: str, text: str, spoken: str, deep: int) -> str:
    """A value within a sentence: a state or a number as the language has it, an error within the error, else as is."""
    with language.speaking(spoken):
        if name == STATE:
            return language.gettext(text)
        if _THOUSANDS.fullmatch(text):
            return language.as_written(text)
    return _phrased(text, spoken, deep + 1)


@cache
def _sentences(spoken: str) -> tuple[Sentence, ...]:
    """All of a language; those with the most words of their own first."""
    made = []
    for text, other in language.of_context(spoken, CONTEXT).items():
        pattern, fixed = "", 0
        for words, name, _form, _conversion in Formatter().parse(text):
            pattern += re.escape(words) + (f"(?P<{name}>.*)" if name else "")
            fixed += len(words)
        made.append(Sentence(re.compile(pattern, re.DOTALL), other, fixed))
    return tuple(sorted(made, key=lambda one: -one.fixed))
