"""A suppressed number is in no answer: not on the page, not in its drawings, not in the JSON."""

import re
from pathlib import Path

import pytest
from browse import browser, figures, numbers, text
from shop import STREET_DBM, TENANT, SmallShop, Stay, at

REPORT = f"/api/{TENANT}/shop/report"
PATHS = ("/", "/?still=1", f"/?tenant={TENANT}&site=shop", REPORT, "/api/fleet/sensors")


def group(visitors: int, passers_by: int = 40) -> list[Stay]:
    """Visitors of ten minutes and passers-by, all of the hour from ten."""
    return [
        *(Stay(n, at(10, n), at(10, n + 10) + 1) for n in range(visitors)),
        *(Stay(1000 + n, at(10, 5), at(10, 5, 20), STREET_DBM) for n in range(passers_by)),
    ]


def drawn(html: str, mark: str) -> int:
    """How many shapes of this mark are drawn in a page's first chart that has it."""
    found = re.search(rf'class="{mark}_marks".*?</g>', html, re.DOTALL)
    return found.group().count("<path") if found else 0


def standing_alone(number: int, said: str) -> bool:
    return re.search(rf"(?<![\d.,:]){number}(?![\d.,:])", said) is not None


def test_nine_visitors_are_in_no_answer(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector")
    shop.hear(group(9), at(10), at(11))
    client = browser(shop.collector)
    for path in PATHS:
        said = client.get(path)
        assert said.status_code == 200
        if said.headers["content-type"] == "application/json":
            assert 9 not in set(numbers(said.json()))
        else:
            assert not standing_alone(9, text(said.text))
            assert not any(standing_alone(9, label) for label in re.findall(r"<text[^>]*>([^<]*)<", said.text))
    page = client.get("/").text
    assert figures(page)["Visitors"] == figures(page)["Entry rate"] == figures(page)["Median stay"] == "too few"
    assert drawn(page, "visitors") == 0
    assert drawn(page, "passers_by") == 1
    assert client.get(REPORT).json()["metrics"]["visitors"]["value"] is None


def test_ten_visitors_are_shown(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector")
    shop.hear(group(10), at(10), at(11))
    client = browser(shop.collector)
    page = client.get("/").text
    assert figures(page)["Visitors"] == "10"
    assert drawn(page, "visitors") == 1
    assert client.get(REPORT).json()["metrics"]["visitors"]["value"] == 10


@pytest.mark.parametrize("split", [(4, 11), (1, 14)])
def test_what_is_suppressed_changes_no_answer(tmp_path: Path, split: tuple[int, int]) -> None:
    """Hours of 5 and 10 visitors read, to the byte, as hours of 1 and 14: the 10 must not tell of the 5."""

    def answers(name: str, first: int, second: int) -> list[str]:
        shop = SmallShop(tmp_path / name)
        stays = [Stay(n, at(10 if n < first else 11, n), at(10 if n < first else 11, n + 10)) for n in range(15)]
        for hour, visitors in ((10, first), (11, second)):  # as many addresses in either hour
            stays += [Stay(hour * 100 + n, at(hour, 30), at(hour, 31), randomised=True) for n in range(30 - visitors)]
        shop.hear(stays, at(10), at(12))
        client = browser(shop.collector)
        return [client.get(path).text for path in PATHS]

    assert answers("given", 5, 10) == answers("split", *split)


def test_a_mean_of_nobody_reads_as_of_a_few(tmp_path: Path) -> None:
    """Nobody inside: the page does not tell nought visits from nine."""
    shop = SmallShop(tmp_path / "collector")
    shop.hear(group(0), at(10), at(12))
    found = figures(browser(shop.collector).get("/").text)
    assert {found[name] for name in ("Visitors", "Visits", "Median stay", "Mean stay", "Bounce rate")} == {"too few"}


def test_why_numbers_are_missing_is_explained(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector")
    shop.hear(group(9), at(10), at(11))
    said = text(browser(shop.collector).get("/").text)
    assert "A number that rests on fewer than 10 phones could point at a person" in said
    assert "too few to show" in said
    assert "Visitors were too few in every single hour" in said
