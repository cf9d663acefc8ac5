"""GeoJSON (RFC 7946) as a drawing in metres: areas, lines and points, with their names and what they are.

Degrees become a plane by the equirectangular projection about their middle: within a building exact to millimetres.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import PlanError
from .plan import Plan, Ring, Shape, drawing

SHAPES_MAX = 5_000
POINTS_MAX = 50_000
NAME_CHARS_MAX = 60
METRES_MAX = 5_000.0  # of a site; a longer one is no site, but a city
EARTH_M = 6_371_008.8  # mean radius, IUGG
EDGE = 0.03  # of the longer side, free around the drawing
GEOMETRIES_MAX = 8  # collections within collections

Degrees = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A geometry as it stands in a file, in degrees. kind: what it is, "" where nothing is said."""

    kind: str
    name: str
    area: bool
    rings: tuple[Degrees, ...]


def read(content: bytes) -> Plan:
    """The plan of a file. Raises PlanError."""
    return plan([one for feature in features(content) for one in found(feature, "")])


def features(content: bytes) -> list[dict[str, Any]]:
    """The features of a file, as JSON has them. Raises PlanError."""
    try:
        said = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise PlanError("this is no GeoJSON that can be read; export the file anew") from exc
    kind = said.get("type") if isinstance(said, dict) else None
    listed = said.get("features") if kind == "FeatureCollection" else [said] if kind == "Feature" else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise PlanError("a GeoJSON FeatureCollection is wanted (RFC 7946)")
    if len(listed) > SHAPES_MAX:
        raise PlanError(f"{len(listed):,} features are too many: at most {SHAPES_MAX:,}; leave some out")
    return listed


def found(feature: dict[str, Any], kind: str) -> Iterator[Found]:
    """The geometries of a feature. Raises PlanError for what is no geometry."""
    properties = feature.get("properties")
    name = _name(properties if isinstance(properties, dict) else {})
    for area, rings in _geometry(feature.get("geometry"), GEOMETRIES_MAX):
        yield Found(kind, name, area, rings)


def plan(parts: Sequence[Found]) -> Plan:
    """The drawing of geometries, north up. Raises PlanError: none, too many, or too far from each other."""
    points = [point for one in parts for ring in one.rings for point in ring]
    if not points:
        raise PlanError("there is nothing to draw in this file; export areas or lines into it")
    if len(parts) > SHAPES_MAX or len(points) > POINTS_MAX:
        raise PlanError(f"at most {SHAPES_MAX:,} shapes of {POINTS_MAX:,} points can be drawn; this has more")
    east, north = [lon for lon, _ in points], [lat for _, lat in points]
    lon_m = math.radians(1) * EARTH_M * math.cos(math.radians((min(north) + max(north)) / 2))
    lat_m = math.radians(1) * EARTH_M
    width, height = (max(east) - min(east)) * lon_m, (max(north) - min(north)) * lat_m
    longer = max(width, height)
    if not 1.0 <= longer <= METRES_MAX:
        raise PlanError(f"this is {longer:,.1f} m long; the plan of a site has 1 to {METRES_MAX:,.0f} m, in degrees")
    edge = EDGE * longer
    left, top = min(east), max(north)

    def placed(ring: Degrees) -> Ring:
        return tuple((round((lon - left) * lon_m + edge, 2), round((top - lat) * lat_m + edge, 2)) for lon, lat in ring)

    shapes = [Shape(one.kind, one.name, one.area, tuple(placed(ring) for ring in one.rings)) for one in parts]
    return drawing(shapes, round(max(width, longer / 10) + 2 * edge, 2), round(max(height, longer / 10) + 2 * edge, 2))


def _geometry(said: object, deep: int) -> Iterator[tuple[bool, tuple[Degrees, ...]]]:
    if said is None:
        return
    if not isinstance(said, dict) or deep == 0:
        raise PlanError("a geometry is not as RFC 7946 has it, or too many lie in each other; export the file anew")
    kind, at = said.get("type"), said.get("coordinates")
    if kind == "Point":
        yield False, (_ring([at]),)
    elif kind in ("LineString", "MultiPoint"):
        rings = (_ring(at),) if kind == "LineString" else tuple(_ring([one]) for one in _list(at))
        yield False, rings
    elif kind == "MultiLineString":
        yield False, tuple(_ring(one) for one in _list(at))
    elif kind == "Polygon":
        yield True, tuple(_ring(one) for one in _list(at))
    elif kind == "MultiPolygon":
        for polygon in _list(at):
            yield True, tuple(_ring(one) for one in _list(polygon))
    elif kind == "GeometryCollection":
        for one in _list(said.get("geometries")):
            yield from _geometry(one, deep - 1)
    else:
        raise PlanError("a geometry is of no kind that RFC 7946 knows; export the file anew")


def _ring(said: object) -> Degrees:
    return tuple(_point(one) for one in _list(said))


def _point(said: object) -> tuple[float, float]:
    at = _list(said)
    if len(at) < 2 or any(isinstance(one, bool) or not isinstance(one, int | float) for one in at[:2]):
        raise PlanError("a place is [longitude, latitude] in degrees; export the file anew, in WGS 84")
    if not (abs(at[0]) <= 180 and abs(at[1]) <= 90):
        raise PlanError("a longitude lies within 180 degrees, a latitude within 90; is this in metres?")
    return float(at[0]), float(at[1])


def _list(said: object) -> list[Any]:
    if not isinstance(said, list) or len(said) > POINTS_MAX:
        raise PlanError("coordinates are not as RFC 7946 has them, or too many; export the file anew")
    return said


def _name(properties: dict[str, Any]) -> str:
    """A feature's name; IMDF has one a language, of which the first will do."""
    said = properties.get("name")
    if isinstance(said, dict):
        said = next(iter(said.values()), None)
    text = said if isinstance(said, str) else ""
    return "".join(letter for letter in text if letter.isprintable())[:NAME_CHARS_MAX]


def _no_number(said: str) -> float:
    raise ValueError(f"{said} is no number of JSON")
