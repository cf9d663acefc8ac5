"""The language of a page: which one, and how it says texts, numbers, times and dates.

English is the source: a text that a catalogue lacks is said in English. Catalogues are the .po files themselves, read
when a language is first spoken; nothing compiled can be stale or missing. Texts are marked where they are written:

    from .language import gettext as _          _("No sensor yet."), in templates the same
    from .language import marked                a constant: NO_SITE = marked("…"), said later by gettext(NO_SITE)

The language of a question is a context variable that the application sets (see reader.py); everything here reads it.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE = "en"
LANGUAGES = {"en": "English", "de": "Deutsch"}  # as their speakers call them
LOCALES = {"en": "en_GB", "de": "de_DE"}
CATALOGUES = Path(__file__).parent / "locale"
ACCEPT_CHARS_MAX = 200  # of the browser's wishes; more is not read
PATTERNS = {  # letters as in Unicode TR 35
    "en": {
        "day": "d MMM",
        "day_named": "EEE d MMMM",
        "date_short": "d MMM y",
        "date_long": "EEEE d MMMM y",
        "month": "MMMM y",
    },
    "de": {
        "day": "dd.MM.",
        "day_named": "EEE d. MMMM",
        "date_short": "dd.MM.y",
        "date_long": "EEEE, d. MMMM y",
        "month": "MMMM y",
    },
}

_spoken: ContextVar[str] = ContextVar("language", default=SOURCE)


def choose(cookie: str, accept_language: str) -> str:
    """The language for somebody: what they chose, which a cookie keeps, else what their browser says they read.

    accept_language: as RFC 9110 section 12.5.4 has it. What we do not speak is passed over; English if nothing is left.
    """
    return next((one for one in (cookie, *_wished(accept_language)) if one in LANGUAGES), SOURCE)


def _wished(accept_language: str) -> Iterator[str]:
    """The primary tags of an Accept-Language header, the most wanted first."""
    weighed = []
    for wish in accept_language[:ACCEPT_CHARS_MAX].split(","):
        tag, _, weight = wish.partition(";")
        try:
            wanted = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if wanted > 0:
            weighed.append((wanted, tag.strip().lower().partition("-")[0]))
    yield from (tag for _, tag in sorted(weighed, key=lambda one: -one[0]))


def speak(language: str) -> None:
    """Say everything in this language from now on, in this context."""
    _spoken.set(language if language in LANGUAGES else SOURCE)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say what is within in this language."""
    before = _spoken.set(language if language in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> str:
    """The language now."""
    return _spoken.get()


def marked(text: str) -> str:
    """A constant for the catalogues; said later by gettext."""
    return text


def gettext(text: str) -> str:
    """A text in the language now."""
    return _catalogue(_spoken.get()).gettext(text) if text else text


def ngettext(one: str, many: str, count: int) -> str:
    """A text for one, or for many, in the language now."""
    return _catalogue(_spoken.get()).ngettext(one, many, count)


def pgettext(context: str, text: str) -> str:
    """A text that means different things in different places."""
    return str(_catalogue(_spoken.get()).pgettext(context, text))


def npgettext(context: str, one: str, many: str, count: int) -> str:
    """Like ngettext, with a context."""
    return str(_catalogue(_spoken.get()).npgettext(context, one, many, count))


def of_context(language: str, context: str) -> dict[str, str]:
    """Every text of a catalogue with this context, and its translation."""
    found = {}
    for message in _read(language):
        if message.context == context and message.string and not message.fuzzy:
            found[str(message.id)] = str(message.string)
    return found


@cache
def _catalogue(language: str) -> NullTranslations:
    """The texts of a language. Fuzzy ones are not used."""
    if language == SOURCE or not _path(language).is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, _read(language))
    compiled.seek(0)
    return Translations(compiled)


@cache
def _read(language: str) -> Catalog:
    if not _path(language).is_file():
        return Catalog()
    with _path(language).open("rb") as file:
        return read_po(file, locale=language)


def _path(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def locale() -> Locale:
    """The locale of the language now, for Babel's own functions."""
    return _locale(_spoken.get())


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES[language])


def number(value: float, digits: int = 0) -> str:
    """1234.5 as 1,234 or 1.234; digits: behind the point."""
    return f"{value:,.{digits}f}".translate(_separators(_spoken.get()))


def signed(value: float, digits: int = 0) -> str:
    """A difference: +12 or −3, with a minus that is as wide as the plus."""
    return f"{'−' if round(value, digits) < 0 else '+'}{number(abs(value), digits)}"


def as_written(text: str) -> str:
    """A number that is written in English, 1,234.5, as the language writes it."""
    return text.translate(_separators(_spoken.get()))


@cache
def _separators(language: str) -> dict[int, str]:
    symbols = _locale(language).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


def percent(value: float, digits: int = 1) -> str:
    """A share: 0.1234 as 12.3 % or 12,3 %."""
    return f"{number(100 * value, digits)} %"


def clock(moment: datetime) -> str:
    """09:00, in both languages."""
    return f"{moment:%H:%M}"


def day(moment: date) -> str:
    """27 Nov or 27.11."""
    return _date("day", moment)


def day_named(moment: date) -> str:
    """Fri 27 November or Fr. 27. November."""
    return _date("day_named", moment)


def date_short(moment: date) -> str:
    """27 Nov 2026 or 27.11.2026."""
    return _date("date_short", moment)


def date_long(moment: date) -> str:
    """Friday 27 November 2026 or Freitag, 27. November 2026."""
    return _date("date_long", moment)


def month(moment: date) -> str:
    """November 2026, in both languages."""
    return str(format_date(moment, "MMMM y", locale=locale()))


def weekday_short(moment: date) -> str:
    """Fri or Fr."""
    return str(locale().days["stand-alone"]["abbreviated"][moment.weekday()])


def weekday(number: int) -> str:
    """Friday or Freitag; 0 is Monday."""
    return str(locale().days["stand-alone"]["wide"][number])


def _date(pattern: str, moment: date) -> str:
    return str(format_date(moment, PATTERNS[_spoken.get()][pattern], locale=locale()))


def listed(words: list[str]) -> str:
    """A, B and C."""
    return str(format_list(words, style="standard", locale=locale())) if words else ""
