"""The sheet stands alone, says what each number means, and holds nothing that was not released."""

import re
from dataclasses import replace

import pytest
from shop import STREET_DBM, TENANT, SmallShop, Stay, at

from collector.notice import pdf
from collector.page import language
from collector.printing import sheet
from collector.reporting import report
from collector.reporting.report import Report


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report of 23 visitors and 7 passers-by, who are too few to be shown."""
    shop = SmallShop(tmp_path_factory.mktemp("sheet") / "collector")
    stays = [Stay(n, at(10), at(10, 2 * (n + 1)) + 1) for n in range(23)]
    stays += [Stay(1000 + n, at(10, 5), at(10, 5, 30), STREET_DBM) for n in range(7)]
    shop.hear(stays, start_ms=at(10), end_ms=at(11))
    made = report.build(shop.collector.store, shop.collector.registry, TENANT, "shop", None, at(12))
    shop.collector.close()
    return made


@pytest.fixture(scope="module")
def page(built: Report) -> str:
    """Its sheet."""
    return sheet.render(built, SITE, at(12))


SITE = sheet.Site(TENANT, "shop")


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
