"""The sheet as text: each number of it in the language of the reader, and no week hour by hour."""

from dataclasses import replace

import pytest
from shop import TENANT, at

from collector.page import language
from collector.printing import plain, sheet
from collector.printing.plain import HOURS_MAX
from collector.printing.sheet import Line, Sheet
from collector.reporting.report import Report


@pytest.fixture(scope="module")
def made(built: Report) -> Sheet:
    return sheet.make(built, sheet.Site(TENANT, "shop"), at(12))


def test_every_number_of_the_sheet_is_in_it(made: Sheet) -> None:
    text = plain.render(made, simulated=True)
    assert text.startswith("shop\n")
    assert "These people are simulated." in text
    assert "These people are simulated." not in plain.render(made, simulated=False)
    for section in made.sections:
        assert all(f"  {line.label}" in text and line.shown in text for line in section.lines)
    with language.speaking("de"):
        assert "Diese Menschen sind simuliert." in plain.render(made, simulated=True)


def test_many_hours_are_counted_and_not_listed(made: Sheet) -> None:
    day = Line("Monday", "120", "")
    for hours, listed in ((HOURS_MAX, True), (HOURS_MAX + 1, False)):
        lines = (day, *(Line(f"hour {n}", "5", "", of_hour=True) for n in range(hours)))
        text = plain.render(replace(made, sections=(replace(made.sections[0], lines=lines, left_out=0),)), False)
        assert "Monday" in text
        assert ("hour 1 " in text) is listed
        assert (f"{hours} more rows are in the CSV." in text) is not listed
