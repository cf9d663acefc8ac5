"""docs/scaling.md: its tables, from the planner and its constants; the rest of it is written by hand."""

from pathlib import Path

from tools.bench.capacity_text import capacity_table, city_answer, constants_table
from tools.bench.constants import Constants

from .marks import filled

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


def render() -> str:
    """The page as it is, with the tables as they have to be."""
    known = Constants.read()
    text = PAGE.read_text(encoding="utf-8")
    tables = {
        "capacity": capacity_table(known),
        "city": city_answer(known),
        "constants": constants_table(known),
    }
    for name, table in tables.items():
        text = filled(PAGE, name, table, text)
    return text
