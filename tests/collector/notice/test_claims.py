"""The claims register: a sentence is on a sign only if it is in the register, and there only with its proof."""

import ast
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest

from collector.notice import sign
from collector.notice.claims import CONDITIONS, LANGUAGES, PARTS, register
from collector.notice.details import Details
from collector.notice.facts import Facts, gather
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant

ROOT = Path(__file__).parents[3]
FULL = Details(
    "Anybody Ltd", "x@example.org", "to plan hours\nadvertising", "30 days", "dpo@x", "https://x.test/o", "Shop"
)
NOON_MS = 1_781_258_400_000


def every_configuration() -> list[Facts]:
    return [
        gather(
            Settings(),
            Tenant(time_zone="Europe/Berlin", epoch_turn_h=5, minimum_group=20),
            Site("default", "shop", "Europe/Berlin", sensitive=sensitive, opens=opens, closes=opens and "20:00"),
            details,
            NOON_MS,
        )
        for sensitive, opens, details in product((False, True), (None, "09:00"), (FULL, Details(), Details("Me")))
    ]


class Sentences(HTMLParser):
    """Every text on a page with the claim of the element that it stands in, "" where there is none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._claims: list[str] = []
        self._last = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        claim = said.get("data-claim") or (self._last if tag in ("ul", "li") else "")
        if said.get("data-claim"):
            self._last = said["data-claim"] or ""
        if tag not in ("meta", "link", "img", "br"):
            self._claims.append(claim)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "link", "img", "br"):
            self._claims.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append((self._claims[-1], data.strip()))


def names_of(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("claim", register().claims, ids=lambda claim: claim.id)
def test_every_claim_names_tests_that_are_there(claim: object) -> None:
    """And at least one; a test that was renamed or deleted takes its sentence with it, or fails here."""
    named = [name.split("::") for name in claim.tests]  # type: ignore[attr-defined]
    assert named
    for path, test in named:
        assert (ROOT / path).exists(), path
        assert test in names_of(ROOT / path), f"{path} has no {test}"


@pytest.mark.parametrize("claim", register().claims, ids=lambda claim: claim.id)
def test_no_proof_is_skipped_or_expected_to_fail(claim: object) -> None:
    """What is marked to be left out proves nothing. (Where a program is missing a module may skip; CI has them all.)"""
    for path, test in (name.split("::") for name in claim.tests):  # type: ignore[attr-defined]
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        (found,) = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == test)
        marks = [ast.unparse(decorator) for decorator in found.decorator_list]
        assert not any("skip(" in mark or "xfail" in mark for mark in marks)
        assert any(isinstance(node, ast.Assert | ast.With) for node in ast.walk(found)) or "assert_" in ast.unparse(
            found
        )


@pytest.mark.parametrize("facts", every_configuration(), ids=lambda facts: " ".join(sorted(facts.conditions)))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_on_a_sign_is_a_claim_of_the_register(facts: Facts, language: str) -> None:
    """Outside the claims stand only headings, the place's name and the day: the words of the register's table."""
    values = {"site": facts.site, "day": facts.day}
    words = {text.format_map(values) for text in register().words[language].values()}
    claims = {claim.id: claim for claim in register().claims}
    rest = re.compile(r"body|@page|Missing: |Es fehlt: ")
    for claim, text in Sentences(sign.render(facts, (language,))).found:
        if claim:
            assert claims[claim].when in facts.conditions
        else:
            assert text in words or facts.site in text or rest.search(text), text


def test_register_is_whole() -> None:
    """Ids are unique, parts and conditions are known, every language says every sentence with the same facts."""
    claims = register().claims
    assert len({claim.id for claim in claims}) == len(claims)
    assert {claim.part for claim in claims} == set(PARTS)
    assert {claim.when for claim in claims} <= CONDITIONS
    for claim in claims:
        assert set(claim.text) == set(LANGUAGES)
        assert len({frozenset(re.findall(r"{\w+}", text)) for text in claim.text.values()}) == 1
    assert len({frozenset(words) for words in register().words.values()}) == 1
    assert not {claim.id for claim in claims} & {one.id for one in register().open}


def test_anonymous_is_said_of_totals_alone() -> None:
    """In all that visitors and analysts read: a keyed code is no anonymous thing, whoever calls it so."""
    read = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "collector" / "page").glob("*")]
    read += [path for path in (ROOT / "collector" / "notice").iterdir() if path.is_file()]
    for path in (path for path in read if path.suffix in (".md", ".py", ".html", ".toml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            said = re.search(r"anonym", line, re.IGNORECASE)
            about_mqtt = re.search(r"allow_anonymous|anonymous (clients?|connections?|log-?ins?)", line)
            assert not said or about_mqtt or re.search(r"totals|aggregate|Summen", line), f"{path.name}: {line}"
