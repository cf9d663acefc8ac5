"""What is told of a report: once for all who look at it alike, and nothing of one reader for another."""

import re
from pathlib import Path
from typing import cast

from collector.page import frame
from collector.page.site import told as told_module
from collector.page.site.told import Telling
from collector.reporting.report import Report

TEMPLATES = Path(frame.__file__).parent
TOLD = ("plan/parts.html", "site/facts.html", "site/stays.html", "site/detail.html", "site/parts.html")


def report(name: str) -> Report:
    """A STAND-IN: it is only compared as an object."""
    return cast(Report, object.__new__(type(name, (), {})))


def test_a_page_is_told_once_until_its_report_is_another_one() -> None:
    telling, made = Telling(), []

    def make() -> dict[str, int]:
        made.append(1)
        return {"number": len(made)}

    first, later = report("first"), report("later")
    assert telling.of(("en",), (first,), make).values == {"number": 1}
    assert telling.of(("en",), (first,), make).values == {"number": 1}
    assert telling.of(("de",), (first,), make).values == {"number": 2}, "in each language"
    assert telling.of(("en",), (later,), make).values == {"number": 3}
    assert telling.of(("en",), (first,), make).values == {"number": 4}


def test_a_part_is_laid_out_once() -> None:
    told = Telling().of((), (), dict)
    assert told.once("numbers", lambda: "<p>1</p>") == told.once("numbers", lambda: "<p>2</p>") == "<p>1</p>"


def test_no_more_pages_are_kept_than_are_looked_at() -> None:
    telling, first = Telling(), report("first")
    for number in range(told_module.KEPT + 1):
        telling.of((number,), (first,), dict)
    made: list[int] = []
    telling.of((0,), (first,), lambda: made.append(1) or {})
    assert made, "the oldest has gone"


def test_what_is_told_to_all_names_no_reader_and_no_mark_of_a_form() -> None:
    parts = {name: (TEMPLATES / name).read_text(encoding="utf-8") for name in TOLD}
    for name in ("site.html", "site/range.html", "fleet/list.html", "sites/overview.html"):
        found = re.findall(r"{% call .*?{% endcall %}", (TEMPLATES / name).read_text(encoding="utf-8"), re.DOTALL)
        assert found, name
        assert all(one.startswith("{% call once") for one in found), "a call within one would hide its end"
        parts[name] = " ".join(found)
    for name, said in parts.items():
        inside = re.sub(r'"[^"]*"', "", " ".join(re.findall(r"{[{%].*?[%}]}", said, re.DOTALL)))
        assert not re.search(r"\b(csrf|person|visit|here|now_ms|still|live|theme)\b", inside), name
