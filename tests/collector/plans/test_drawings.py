"""GeoJSON and IMDF: what is drawn is in metres and in place; what is no plan is refused before it costs anything."""

import contextlib
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.plans import imdf
from collector.plans.book import read
from collector.plans.errors import PlanError

LEVEL_0, LEVEL_1 = "level-0", "level-1"
METRE_DEG = 1 / 111_195  # of latitude


def box(east_m: float, north_m: float, wide_m: float, high_m: float) -> list[list[list[float]]]:
    """A rectangle on the equator, where a degree is as long either way."""
    ends = [(0, 0), (wide_m, 0), (wide_m, high_m), (0, high_m), (0, 0)]
    return [[[(east_m + x) * METRE_DEG, (north_m + y) * METRE_DEG] for x, y in ends]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": properties.pop("id", "x"), "geometry": geometry, "properties": properties}


def area(*at: float, **properties: Any) -> dict[str, Any]:
    return feature({"type": "Polygon", "coordinates": box(*at)}, **properties)


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def archive(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(f"{name}.geojson", content)
    return made.getvalue()


def building() -> bytes:
    return archive(
        venue=collection(area(0, 0, 100, 50, name={"en": "Arcade"})),
        level=collection(
            area(0, 0, 100, 50, id=LEVEL_0, ordinal=0), area(0, 0, 90, 40, id=LEVEL_1, ordinal=1, name={"en": "Up"})
        ),
        unit=collection(
            area(0, 0, 20, 10, id="u0", level_id=LEVEL_0, name={"en": "Shop 1"}),
            area(0, 0, 20, 10, id="u1", level_id=LEVEL_1, name={"en": "Shop 2"}),
        ),
        amenity=collection(
            feature({"type": "Point", "coordinates": [10 * METRE_DEG, 5 * METRE_DEG]}, unit_ids=["u1"], name="lift")
        ),
        address=b"not even JSON, and not looked at",
    )


def test_a_drawing_is_in_metres_with_north_up() -> None:
    found = read(collection(area(0, 0, 100, 50, name="hall"), area(90, 40, 10, 10)))
    hall, corner = found.shapes()
    assert found.metres == 1.0
    assert found.width == pytest.approx(106, abs=0.5), "100 m, and an edge on either side"
    assert found.height == pytest.approx(56, abs=0.5)
    assert (hall.name, hall.area) == ("hall", True)
    assert min(y for _, y in corner.rings[0]) == pytest.approx(min(y for _, y in hall.rings[0]), abs=0.1)
    assert max(x for x, _ in corner.rings[0]) == pytest.approx(max(x for x, _ in hall.rings[0]), abs=0.1)


def test_one_level_of_an_archive_is_drawn() -> None:
    ground, upper = (imdf.read(building(), ordinal).shapes() for ordinal in (0, 1))
    assert [(one.kind, one.name) for one in ground] == [("venue", "Arcade"), ("level", ""), ("unit", "Shop 1")]
    assert [(one.kind, one.name) for one in upper][1:] == [("level", "Up"), ("unit", "Shop 2"), ("amenity", "lift")]
    with pytest.raises(PlanError, match="there are: 0, 1"):
        imdf.read(building(), 7)


DEEP = b'{"type":"FeatureCollection","features":' + b"[" * 100_000
NESTED: Any = {"type": "GeometryCollection", "geometries": []}
for _ in range(20):
    NESTED = {"type": "GeometryCollection", "geometries": [NESTED]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (DEEP, "no GeoJSON"),
        (collection(feature(NESTED)), "too many lie in each other"),
        (b'{"type":"Topology"}', "FeatureCollection is wanted"),
        (collection(), "nothing to draw"),
        (collection(*[feature(None)] * 5_001), "too many"),
        (
            collection(feature({"type": "Polygon", "coordinates": [[[0, 0], [3500, 0], [0, 2000]]]})),
            "is this in metres",
        ),
        (collection(area(0, 0, 90_000, 10)), "m long"),
        (collection(feature({"type": "Point", "coordinates": ["a", 1]})), "longitude, latitude"),
        (collection(feature({"type": "LineString", "coordinates": [[0, 0]] * 50_001})), "too many"),
        (b'{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,1]}}', "no GeoJSON"),
        (b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1e999,1]}}', "within 180"),
        (archive(kiosk=b"{}"), "holds none of"),
        (archive(unit=b" " * (9 * 1024 * 1024)), "too many bytes unpacked"),
        (archive(**{f"m{number}": b"" for number in range(65)}), "65 members"),
        (building()[:200], "cannot be read"),
    ],
    ids=lambda one: one[:24] if isinstance(one, str) else "",
)
def test_what_is_no_plan_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        read(content)


def test_all_members_together_are_bounded() -> None:
    """Each is under its own limit; SIMULATED bombs of some kilobytes."""
    large = b" " * (7 * 1024 * 1024)
    with pytest.raises(PlanError):
        read(archive(venue=large + collection(), level=large + collection(), unit=large + collection()))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["Polygon", "Point"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "geometries", "properties", "name"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(said=JSON, kind=st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "GeometryCollection", "x"]))
def test_whatever_stands_in_a_file_it_is_a_plan_or_a_sentence(said: Any, kind: str) -> None:
    for one in (said, feature(said, name=said), feature({"type": kind, "coordinates": said, "geometries": said})):
        for content in (collection(one), archive(unit=collection(one), level=collection(one))):
            with contextlib.suppress(PlanError):  # whatever else is raised fails
                assert read(content).width > 0
