"""IMDF, Indoor Mapping Data Format 1.0: an archive of GeoJSON files, of which one level is drawn.

Read are venue, level, unit, section, fixture and amenity; the rest of the archive is not looked at. An archive is
input: how many members it has is bounded, and how much of each is unpacked; an archive in it is not opened.
"""

import io
import zipfile
import zlib
from typing import Any

from . import geojson
from .errors import PlanError
from .geojson import Found
from .plan import Plan

KINDS = ("venue", "level", "section", "unit", "fixture", "amenity")  # drawn in this order
ON_A_LEVEL = ("section", "unit", "fixture", "amenity")
MEMBERS_MAX = 64
MEMBER_BYTES_MAX = 8 * 1024 * 1024  # unpacked
ARCHIVE_BYTES_MAX = 16 * 1024 * 1024  # all that is read, unpacked


def read(content: bytes, ordinal: int = 0) -> Plan:
    """The plan of an archive's level; ordinal: 0 is the ground. Raises PlanError naming the levels there are."""
    parts = _members(content)
    levels = [one for one in parts.get("level", []) if _of(one, "ordinal") == ordinal]
    if not levels and parts.get("level"):
        there = sorted({str(_of(one, "ordinal")) for one in parts["level"]})
        raise PlanError(f"there is no level {ordinal} in this archive; there are: {', '.join(there[:20])}")
    ids = {one.get("id") for one in levels if isinstance(one.get("id"), str)}
    wanted: list[Found] = []
    for kind in KINDS:
        for feature in levels if kind == "level" else parts.get(kind, []):
            if kind not in ON_A_LEVEL or _on(feature, ids, parts):
                wanted += geojson.found(feature, kind)
    return geojson.plan(wanted)


def _members(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """The features of each file that is drawn, by its kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    left = ARCHIVE_BYTES_MAX
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_MAX:
                raise PlanError(
                    f"an archive of {len(members)} members is no IMDF: at most {MEMBERS_MAX}; choose another file"
                )
            for member in members:
                kind = member.filename.removesuffix(".geojson")
                if kind not in KINDS or kind in found or kind == member.filename:
                    continue
                with archive.open(member) as packed:  # what it says of its size is not believed
                    most = min(MEMBER_BYTES_MAX, left)
                    text = packed.read(most + 1)
                if len(text) > most:
                    raise PlanError(
                        f"{member.filename} has too many bytes unpacked: at most {MEMBER_BYTES_MAX:,}"
                        "; export less of the building"
                    )
                left -= len(text)
                found[kind] = geojson.features(text)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as exc:
        raise PlanError("this archive cannot be read; an IMDF archive is a plain zip of GeoJSON files") from exc
    if not found:
        raise PlanError(
            f"this archive holds none of {', '.join(f'{kind}.geojson' for kind in KINDS)}; choose an IMDF archive"
        )
    return found


def _on(feature: dict[str, Any], ids: set[Any], parts: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether a feature is of one of these levels; an amenity says so by its units. Without levels everything is."""
    if "level" not in parts:
        return True
    level = _of(feature, "level_id")
    if isinstance(level, str):
        return level in ids
    units = _of(feature, "unit_ids")
    on_it = {one.get("id") for one in parts.get("unit", []) if _of(one, "level_id") in ids and _hashable(one.get("id"))}
    return isinstance(units, list) and any(_hashable(one) and one in on_it for one in units[:MEMBERS_MAX])


def _of(feature: dict[str, Any], name: str) -> Any:
    properties = feature.get("properties")
    found = properties.get(name) if isinstance(properties, dict) else None
    return found if not isinstance(found, dict) else None


def _hashable(said: object) -> bool:
    return isinstance(said, str)
