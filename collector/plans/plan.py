"""A plan: a picture, or a drawing of shapes; and a place on it."""

import json
from dataclasses import dataclass
from typing import Any

PICTURE, DRAWING = "picture", "drawing"
Ring = tuple[tuple[float, float], ...]  # from the left, from the top; in units of the plan's width


@dataclass(frozen=True, slots=True)
class Shape:
    """A part of a drawing. kind: as IMDF has it, "" where nothing is said; area: whether it is filled.

    rings: an area's first is its outer one; a point is a ring of one place.
    """

    kind: str
    name: str
    area: bool
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is kept. width, height: a picture's pixels, a drawing's metres; metres: one of these has, None: not said."""

    kind: str
    content: bytes
    width: float
    height: float
    metres: float | None = None
    changed_ms: int = 0

    def shapes(self) -> list[Shape]:
        """The shapes of a drawing."""
        said: list[Any] = json.loads(self.content) if self.kind == DRAWING else []
        return [
            Shape(kind, name, bool(area), tuple(tuple((x, y) for x, y in ring) for ring in rings))
            for kind, name, area, rings in said
        ]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a sensor hangs: per cent of the plan's width from the left, of its height from the top."""

    x: float
    y: float


def drawing(shapes: list[Shape], width_m: float, height_m: float) -> Plan:
    """A plan of shapes whose points are in metres."""
    said = [
        [one.kind, one.name, int(one.area), [[list(spot) for spot in ring] for ring in one.rings]] for one in shapes
    ]
    content = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
    return Plan(DRAWING, content, width_m, height_m, metres=1.0)
