"""docs/supply.md: its tables, from pyproject.toml and what `make pins` has tried; the rest of it is written by hand."""

from pathlib import Path

from tools.pins import ranges, record

from .marks import filled

PAGE = Path(__file__).parents[2] / "docs" / "supply.md"


def render() -> str:
    """The page as it is, with the tables as they have to be."""
    tried = record.read()
    return filled(PAGE, "ranges", record.table(ranges.read(), tried), filled(PAGE, "runs", record.runs(tried)))
