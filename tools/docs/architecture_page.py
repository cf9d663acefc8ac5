"""docs/architecture.md: the storeys of the collector, as a table and as a drawing, from its imports and docstrings.

Which storey a room is on stands in pyproject.toml, and `make lint` holds the imports against it.
"""

import ast
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from .marks import filled

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = "collector"
WIDTH_PX, STOREY_PX, BOX_PX, LETTER_PX = 960, 62, 28, 7.6
STYLE = """
  text { font: 13px ui-monospace, monospace; text-anchor: middle; fill: #1f2933; }
  rect { fill: #e8f0f7; stroke: #52708c; }
  path { fill: none; stroke: #9fb3c8; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb; } rect { fill: #243b53; stroke: #829ab1; } path { stroke: #486581; }
  }
"""


@dataclass(frozen=True, slots=True)
class House:
    """storeys: rooms from the highest to the lowest; doors: from each room to those it knows and nothing between."""

    storeys: tuple[tuple[str, ...], ...]
    doors: frozenset[tuple[str, str]]

    @classmethod
    def read(cls) -> "House":
        """As pyproject.toml says it and the imports are."""
        storeys = _storeys()
        return cls(storeys, _doors([room for storey in storeys for room in storey]))


def render() -> str:
    """The page as it is, with the table of storeys as it has to be."""
    return filled(PAGE, "storeys", _table(_storeys()))


def draw() -> str:
    """The drawing, SVG: each storey a row, each door a line."""
    house = House.read()
    places = _places(house.storeys)
    lines = [_line(places[above], places[below]) for above, below in sorted(house.doors)]
    boxes = [_box(room, place) for room, place in places.items()]
    height = STOREY_PX * len(house.storeys)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" role="img">'
    title = "<title>The rooms of the collector: each knows rooms below it, none above or beside</title>"
    return "\n".join([head, title, f"<style>{STYLE}</style>", *lines, *boxes, "</svg>\n"])


def _storeys() -> tuple[tuple[str, ...], ...]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = [one["layers"] for one in settings["tool"]["importlinter"]["contracts"] if "containers" in one]
    return tuple(tuple(layer.replace("|", " ").replace(":", " ").split()) for layer in layers)


def _doors(rooms: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Who knows whom, without what follows from it: where a knows b and b knows c, that a knows c is not drawn."""
    import grimp  # noqa: PLC0415 - only who writes documents needs it

    graph = grimp.build_graph(PACKAGE)
    for room in rooms:
        if graph.find_children(f"{PACKAGE}.{room}"):
            graph.squash_module(f"{PACKAGE}.{room}")
    knows = {
        room: {
            known.removeprefix(f"{PACKAGE}.")
            for known in graph.find_modules_directly_imported_by(f"{PACKAGE}.{room}")
            if known.removeprefix(f"{PACKAGE}.") in rooms
        }
        for room in rooms
    }
    return frozenset((room, known) for room in rooms for known in knows[room] if not _detour(knows, room, known))


def _detour(knows: Mapping[str, set[str]], room: str, known: str) -> bool:
    """Whether `room` comes to know `known` by others too."""
    seen = {room}
    ahead = [one for one in knows[room] if one != known]
    while ahead:
        one = ahead.pop()
        if one == known:
            return True
        if one not in seen:
            seen.add(one)
            ahead.extend(knows[one] - seen)
    return False


def _table(storeys: Sequence[Sequence[str]]) -> str:
    rows = ["| room | what it is for |", "|---|---|"]
    rows += [f"| `{room}` | {_says(room)} |" for storey in storeys for room in storey]
    return "\n".join(rows)


def _says(room: str) -> str:
    """The first sentences of the room's docstring."""
    path = ROOT / PACKAGE / room
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    says = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return says.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def _places(storeys: Sequence[Sequence[str]]) -> dict[str, tuple[float, float, float]]:
    """Of each room: the middle, the top and the width of its box, px."""
    places = {}
    for number, storey in enumerate(storeys):
        for place, room in enumerate(storey, 1):
            width = LETTER_PX * len(room) + 26
            places[room] = (WIDTH_PX * place / (len(storey) + 1), STOREY_PX * number + 16.0, width)
    return places


def _line(above: tuple[float, float, float], below: tuple[float, float, float]) -> str:
    (x1, y1, _), (x2, y2, _) = above, below
    start, end = y1 + BOX_PX, y2
    bend = (end - start) / 2
    return f'<path d="M{x1:.0f} {start:.0f}C{x1:.0f} {start + bend:.0f} {x2:.0f} {end - bend:.0f} {x2:.0f} {end:.0f}"/>'


def _box(room: str, place: tuple[float, float, float]) -> str:
    x, y, width = place
    box = f'<rect x="{x - width / 2:.0f}" y="{y:.0f}" width="{width:.0f}" height="{BOX_PX}" rx="4"/>'
    return f'{box}<text x="{x:.0f}" y="{y + BOX_PX / 2 + 4.5:.0f}">{escape(room)}</text>'
