"""Alerts out of conditions: one for each cause. A site that is down is one alert, not sixty. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..records.registry import Sensor
from .checks import CHECKS
from .conditions import Condition

SITE_MIN = 3  # sensors of a site that must share a condition ...
SITE_SHARE = 0.5  # ... and their share of the site's
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
    """The findings of all raised conditions of these sensors; those that may send count for their site."""
    of_site: dict[tuple[str, str], int] = defaultdict(int)
    for sensor in sensors.values():
        of_site[sensor.tenant, sensor.site] += sensor.approved
    together: dict[tuple[str, str, str], list[Condition]] = defaultdict(list)
    for one in conditions:
        if one.raised_ms is not None and one.state not in QUIET and one.sensor_id in sensors:
            sensor = sensors[one.sensor_id]
            together[sensor.tenant, sensor.site, one.state].append(one)
    found = []
    for (tenant, site, state), held in sorted(together.items()):
        whole = of_site[tenant, site]
        names = tuple(sorted(sensors[one.sensor_id].name for one in held))
        since_ms = min(one.since_ms for one in held)
        if len(held) >= SITE_MIN and len(held) >= SITE_SHARE * whole:
            do = "power and network of the site; then single units" if state == "silent" else _DO[state]
            says = f"{len(held)} of {whole} sensors are {state}"
            found.append(Finding(Cause(tenant, site, "", state), since_ms, says, do, names))
            continue
        for one in held:
            name = sensors[one.sensor_id].name
            found.append(Finding(Cause(tenant, site, name, state), one.since_ms, one.says, _DO[state], (name,)))
    return found
