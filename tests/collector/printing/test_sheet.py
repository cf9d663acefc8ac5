"""The sheet stands alone, says what each number means, and holds nothing that was not released."""

import re
from dataclasses import replace

import pytest
from shop import TENANT, at

from collector.notice import pdf
from collector.page import language
from collector.page.site import ways
from collector.printing import sheet
from collector.reporting import text as report_text
from collector.reporting.report import Report
from collector.suppression import Cell


@pytest.fixture(scope="module")
def page(built: Report) -> str:
    """Its sheet."""
    return sheet.render(built, SITE, at(12))


SITE = sheet.Site(TENANT, "shop")
ENDS = {"poorly": 0.1, "well": 0.05}  # sites, and half of the interval of a share


def test_it_fetches_nothing(page: str) -> None:
    """No address of anything outside: style and drawings are in it."""
    assert set(re.findall(r'(?:src|href)="([a-z]+:)', page)) == {"data:"}
    assert "@import" not in page
    assert "<script" not in page


def test_each_metric_is_there_with_its_definition_and_bias(built: Report, page: str) -> None:
    """And with its interval where it has one."""
    plain = re.sub(r"\s+", " ", page)
    for answer in built.answers:
        if answer.cells:
            assert answer.metric.title in plain
            assert sheet.Markup.escape(answer.metric.bias) in page
    visitors = built.answer("visitors")
    assert visitors.value == 23
    assert ">23<" in page


def test_how_many_came_in_stands_first(built: Report, page: str) -> None:
    """Who gets the sheet asks that, and the number of the panel is a part of it."""
    cells = {(cell.series, cell.cell): cell for cell in built.answer("flow").cells}
    people = cells["", "visitors"].value
    assert people
    assert page.index(f"About {people:.0f} people came in") < page.index(">23<")


def test_a_share_that_is_known_poorly_asks_for_more_days(built: Report) -> None:
    """On paper, on a terminal and on the page: where its interval is wider than half of it, and nowhere else."""
    cells = [Cell("", name, 0.2, suppressed=False, low=0.2 - half, high=0.2 + half) for name, half in ENDS.items()]
    asked = ("intersections", "intersections_estimate")
    answers = [replace(one, cells=cells) if one.metric.name in asked else one for one in built.answers]
    made = replace(built, answers=answers)
    paper = re.sub(r"\s+", " ", sheet.render(made, SITE, at(12)))
    assert paper.count("10.0 % to 30.0 %: add days") == 2
    assert "25.0 %: add days" not in paper
    terminal = [line for line in report_text.render(made).splitlines() if "add days" in line]
    assert len(terminal) == 1
    assert "poorly" in terminal[0]
    poorly, well = ways.elsewhere(made)
    assert poorly.shown == ("20.0 %", "10.0 % – 30.0 %: add days") * 2
    assert well.shown == ("20.0 %", "15.0 % – 25.0 %") * 2


def test_a_classifier_of_the_site_is_named(built: Report, page: str) -> None:
    """Who reads the number of visitors on paper knows how they were told."""
    assert "told by this site" not in page
    assert "classifier: a tree of 30 visits" in sheet.render(
        replace(built, classifier="a tree of 30 visits"), SITE, at(12)
    )


def test_what_is_too_few_is_nowhere_on_it(built: Report, page: str) -> None:
    """Seven passers-by: neither as a number nor in a drawing."""
    assert built.answer("passers_by").value is None
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="number( few)?">(.*?)</td>', page)
    passers = [(few, shown) for label, few, shown in rows if label == built.answer("passers_by").metric.title]
    assert passers == [(" few", "too few")]


def test_the_same_becomes_a_pdf(page: str) -> None:
    """By the printer's engine; pages of A4."""
    made = pdf.render(page)
    assert made.startswith(b"%PDF-")
    assert len(made) > 20_000


def test_a_site_with_a_name_like_code_harms_nothing(built: Report) -> None:
    """Names are text."""
    odd = sheet.Site(TENANT, "<script>alert(1)</script>")
    assert "<script>" not in sheet.render(built, odd, at(12), simulated=True)


def test_it_speaks_the_language_of_who_asked(built: Report) -> None:
    """Names, definitions and what is withheld; numbers as that language writes them."""
    with language.speaking("de"):
        page = sheet.render(built, SITE, at(12))
    assert '<html lang="de">' in page
    for said in (
        "Jede Zahl und was sie bedeutet",
        "Geräte des Panels, die an diesem Geschäftstag",
        "zu wenige",
        "100,0 %",
    ):
        assert said in page
    for english in ("too few", "Definition</b> devices", "passers by", "while the place was closed", "hour of day"):
        assert english not in page
