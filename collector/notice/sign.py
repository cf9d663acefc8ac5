"""The sign: a notice as HTML, one page a language, from facts and the register; and nothing else stands on it."""

from dataclasses import asdict, dataclass
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .claims import LANGUAGES, PARTS, Claim, register
from .facts import Facts

HERE = Path(__file__).parent
STYLE = (HERE / "sign.css").read_text(encoding="utf-8")
_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A claim as it is said here. lines: more than one where it lists; the first then introduces the others."""

    claim: str
    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The sign in one language: headings and the sentences below each."""

    language: str
    words: dict[str, str]
    parts: dict[str, list[Sentence]]


def said(facts: Facts) -> list[Claim]:
    """The claims that are made at a site; those that a missing fact would leave without meaning are left out."""
    absent = set(facts.details.missing)
    return [claim for claim in register().claims if claim.when in facts.conditions and claim.id not in absent]


def page(facts: Facts, language: str) -> Page:
    """The sign in a language."""
    values = {**asdict(facts.details), **{name: getattr(facts, name) for name in _NAMES}}
    parts: dict[str, list[Sentence]] = {part: [] for part in PARTS}
    for claim in said(facts):
        if claim.id == "purposes":
            text = claim.text[language].replace("{purposes}", "").rstrip()
            parts[claim.part].append(Sentence(claim.id, text, tuple(facts.details.purposes.split("\n"))))
        else:
            parts[claim.part].append(Sentence(claim.id, claim.text[language].format_map(values)))
    words = {name: text.format_map(values) for name, text in register().words[language].items()}
    return Page(language, words, parts)


_NAMES = ("site", "turn", "zone", "minimum", "opens", "closes", "feed_reason", "day")


def render(facts: Facts, languages: tuple[str, ...] = LANGUAGES, style_url: str = "") -> str:
    """The notice as HTML. style_url: where its style sheet is; without, it is in the page, which then stands alone."""
    return _TEMPLATES.get_template("sign.html").render(
        pages=[page(facts, language) for language in languages],
        facts=facts,
        style_url=style_url,
        style=Markup(STYLE),  # noqa: S704 - our own file
        code=_code(facts.details.objection_url),
    )


def _code(url: str) -> str:
    """A QR code as a data: URL of an SVG; "" where there is nothing to point at."""
    return segno.make(url, error="m").svg_data_uri(scale=4, border=2) if url else ""
