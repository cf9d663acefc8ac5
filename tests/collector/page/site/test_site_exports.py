"""What can be taken along of a site's page: the same rules for numbers, sheet and pictures."""

import re
import shutil
import subprocess

import pytest
from browse import TestClient, browser
from shop import SITE, TENANT, SmallShop, Stay, at

from collector import calendar
from collector.answers.question import EXPORT
from collector.errors import QueryError
from collector.page.site import pictures, ranges
from collector.reporting import report
from collector.reporting.report import Report

DAY = "day=2026-03-02"
FILES = f"/export/{TENANT}/{SITE}"


def came(first: int, count: int, hour: int) -> list[Stay]:
    return [Stay(first + n, at(hour, n % 30), at(hour, n % 30 + 10)) for n in range(count)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """41 visitors at ten, 13 at eleven, 23 at twelve; SIMULATED. The 13 may stand on the page, and in no file."""
    shop = SmallShop(tmp_path_factory.mktemp("exports") / "collector")
    shop.hear([*came(0, 41, 10), *came(1000, 13, 11), *came(4000, 23, 12)], at(10), at(13))
    return shop


@pytest.fixture(scope="module")
def client(shop: SmallShop) -> TestClient:
    return browser(shop.collector, now_ms=lambda: at(30))


@pytest.fixture(scope="module")
def exported(shop: SmallShop) -> Report:
    collector = shop.collector
    day = calendar.day_of(at(10), "UTC", 4)
    return report.build(collector.store, collector.registry, TENANT, SITE, day, at(30), audience=EXPORT)


def numbers(svg: str) -> set[str]:
    """All numbers that a drawing says: labels and what stands where somebody points."""
    said = re.findall(r"<(?:text|title)[^>]*>([^<]*)<", svg)
    return {one for text in said for one in re.findall(r"(?<![\d:.,])\d+(?![\d:.,])", text)}


def test_a_withheld_number_is_in_no_picture(exported: Report) -> None:
    chosen = ranges.asked({"day": "2026-03-02"})
    hourly = [cell for cell in exported.answer("hourly").cells if cell.series == "visitors"]
    released = sum(cell.value is not None for cell in hourly)
    assert any(cell.suppressed for cell in hourly)
    drawn = pictures.svg(exported, "panel", chosen, 4)
    group = re.search(r'<g class="visitors_marks">(.*?)</g>', drawn)
    assert (group.group(1).count("<path") if group else 0) == released
    for name in pictures.TITLES:
        try:
            svg = pictures.svg(exported, name, chosen, 4)
        except QueryError:
            continue
        assert not numbers(svg) & {"13", "23", "41", "77", "36", "64"}, name
        assert "Groups under 20 are not shown" in svg


def test_a_picture_that_would_show_nothing_is_refused(exported: Report) -> None:
    for name in ("routes", "nothing"):
        with pytest.raises(QueryError, match="no such drawing"):
            pictures.svg(exported, name, None, 4)


def test_a_picture_is_painted(client: TestClient) -> None:
    answer = client.get(f"{FILES}/picture/panel?{DAY}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert 'filename="shop-2026-03-02-2026-03-02-panel.png"' in answer.headers["content-disposition"]
    assert client.get(f"{FILES}/picture/nothing?{DAY}").status_code == 404


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext reads the PDF")
def test_the_sheet_is_a_pdf_by_the_rules_of_exports(client: TestClient) -> None:
    answer = client.get(f"{FILES}/sheet.pdf?{DAY}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    read = subprocess.run(["pdftotext", "-", "-"], input=answer.content, capture_output=True, check=True)
    said = read.stdout.decode()
    said = " ".join(said.split())
    assert "Groups under 20 are not shown" in said
    assert not re.search(r"(?<![\d.,:])(13|23|41|77)(?![\d.,:])", said)
    assert client.get(f"{FILES}/sheet.pdf?from=2026-03-01&to=2026-03-05").status_code == 409


def test_the_page_has_links_to_all_of_them(client: TestClient) -> None:
    page = client.get(f"/?tenant={TENANT}&site={SITE}&{DAY}").text
    for name in ("numbers.csv", "sheet.pdf", "picture/visitors", "picture/dwell"):
        assert f'href="{FILES}/{name}?{DAY}"' in page
    whole = client.get("/").text
    assert f'href="{FILES}/sheet.pdf"' in whole
    assert f'href="{FILES}/picture/panel"' in whole
