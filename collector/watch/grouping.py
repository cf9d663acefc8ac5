"""Alerts out of conditions: one for each cause. A site that is down is one alert, not sixty. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..records.registry import Sensor
from .checks import CHECKS, MINUTE_MS
from .conditions import Condition

SITE_MIN = 3  # sensors of a site that must share a condition ...
SITE_SHARE = 0.5  # ... and their share of the site's
SPREAD_MS = 3 * MINUTE_MS  # sensors say how they are once a minute, each at its own second, and are looked at once a
# minute: what hits all of a site at once begins at two looks, and three where the collector is busy
QUIET = frozenset({"revoked", "outdated"})  # shown in the list; nobody is woken for them
_DO = {check.state: check.do for check in CHECKS}


@dataclass(frozen=True, slots=True)
class Cause:
    """What an alert is about; two of the same are the same alert."""

    tenant: str
    site: str
    sensor: str  # "" = the whole site
    state: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause with what is to be said of it."""

    cause: Cause
    since_ms: int
    says: str
    do: str
    sensors: tuple[str, ...]


def group(conditions: Iterable[Condition], sensors: Mapping[int, Sensor]) -> list[Finding]:
    """The findings of all raised conditions of these sensors; those that may send count for their site.

    A site is told of as one as soon as the first of its sensors would be: those that began with it and have not lasted
    as long yet count, or a site that goes down would be told of sensor by sensor first.
    """
    of_site: dict[tuple[str, str], int] = defaultdict(int)
    for sensor in sensors.values():
        of_site[sensor.tenant, sensor.site] += sensor.approved
    together: dict[tuple[str, str, str], list[Condition]] = defaultdict(list)
    for one in conditions:
        if one.state not in QUIET and one.sensor_id in sensors:
            sensor = sensors[one.sensor_id]
            together[sensor.tenant, sensor.site, one.state].append(one)
    found = []
    for (tenant, site, state), amiss in sorted(together.items()):
        raised = [one for one in amiss if one.raised_ms is not None]
        if not raised:
            continue
        whole, newest_ms = of_site[tenant, site], max(one.since_ms for one in raised)
        held = [one for one in amiss if one.raised_ms is not None or one.since_ms <= newest_ms + SPREAD_MS]
        names = tuple(sorted(sensors[one.sensor_id].name for one in held))
        since_ms = min(one.since_ms for one in held)
        if len(held) >= SITE_MIN and len(held) >= SITE_SHARE * whole:
            do = "power and network of the site; then single units" if state == "silent" else _DO[state]
            says = f"{len(held)} of {whole} sensors are {state}"
            found.append(Finding(Cause(tenant, site, "", state), since_ms, says, do, names))
            continue
        for one in raised:
            name = sensors[one.sensor_id].name
            found.append(Finding(Cause(tenant, site, name, state), one.since_ms, one.says, _DO[state], (name,)))
    return found
