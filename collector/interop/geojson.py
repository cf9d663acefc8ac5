"""Sites and sensors as GeoJSON (RFC 7946): longitude before latitude, WGS 84."""

from collections.abc import Iterable, Mapping, Sequence

from ..grouping.selection import Known


def collection(known: Iterable[Known], states: Mapping[int, str]) -> dict[str, object]:
    """A FeatureCollection: each site with the mean place of its sensors, then each sensor that has a place.

    A site of which nobody has said where any sensor hangs has the geometry null, as RFC 7946, 3.2 allows.
    """
    sites: dict[tuple[str, str], list[Known]] = {}
    everyone = list(known)
    for one in everyone:
        sites.setdefault((one.sensor.tenant, one.sensor.site), []).append(one)
    features = [_site(*name, there, states) for name, there in sorted(sites.items())]
    features += [_sensor(one, states) for one in everyone if one.latitude is not None]
    return {"type": "FeatureCollection", "features": features}


def _site(tenant: str, name: str, there: Sequence[Known], states: Mapping[int, str]) -> dict[str, object]:
    placed = [(one.longitude, one.latitude) for one in there if one.latitude is not None and one.longitude is not None]
    mean = [round(sum(axis) / len(placed), 6) for axis in zip(*placed, strict=True)] if placed else None
    count: dict[str, int] = {}
    for one in there:
        state = states.get(one.sensor.id, "unknown")
        count[state] = count.get(state, 0) + 1
    said = {"kind": "site", "tenant": tenant, "site": name, "sensors": len(there), "placed": len(placed)}
    return _feature(f"site/{tenant}/{name}", mean, said | {"states": count})


def _sensor(one: Known, states: Mapping[int, str]) -> dict[str, object]:
    sensor = one.sensor
    said = {"kind": "sensor", "tenant": sensor.tenant, "site": sensor.site, "sensor": sensor.name}
    said |= {"group": sensor.group_name, "state": states.get(sensor.id, "unknown")}
    return _feature(f"sensor/{sensor.user}", [one.longitude, one.latitude], said | {"tags": sorted(one.tags)})


def _feature(name: str, at: Sequence[float | None] | None, said: Mapping[str, object]) -> dict[str, object]:
    geometry = None if at is None else {"type": "Point", "coordinates": list(at)}
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": dict(said)}
