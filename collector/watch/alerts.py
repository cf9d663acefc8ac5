"""Alerts: raised once, told once, ended once; acknowledged, put off, or kept quiet while somebody works there. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from .grouping import Cause, Finding


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause from when on."""

    cause: Cause
    since_ms: int
    raised_ms: int
    says: str
    do: str
    sensors: tuple[str, ...]
    id: int = 0  # 0 = not kept yet
    ended_ms: int | None = None
    told: bool = False  # somebody was told that it was raised, so its end is told too
    acknowledged_by: str = ""
    snoozed_until_ms: int = 0

    @property
    def heard_of(self) -> bool:
        """Whether it is or was somebody's concern, and not only noted while somebody worked there."""
        return self.told or bool(self.acknowledged_by) or self.snoozed_until_ms > 0

    def as_json(self) -> dict[str, object]:
        """For whoever reads JSON: its cause and all that is known of it, side by side."""
        flat = asdict(self)
        return {**flat.pop("cause"), **flat}


@dataclass(frozen=True, slots=True)
class Work:
    """A time in which somebody works at a site: nobody is told of it."""

    tenant: str
    site: str  # "" = all sites
    start_ms: int
    end_ms: int
    why: str
    by: str
    id: int = 0

    def covers(self, cause: Cause, now_ms: int) -> bool:
        """Whether a cause falls into it."""
        here = self.tenant == cause.tenant and self.site in ("", cause.site)
        return here and self.start_ms <= now_ms < self.end_ms


@dataclass(frozen=True, slots=True)
class Turn:
    """What one look made of the alerts: all that stand, those to be told of, and those that have ended."""

    standing: tuple[Alert, ...]
    tell: tuple[Alert, ...]
    ended: tuple[Alert, ...]


def turn(findings: Iterable[Finding], known: Mapping[Cause, Alert], work: Iterable[Work], now_ms: int) -> Turn:
    """Bring the alerts up to what was found now.

    An alert of one sensor whose site is now an alert of its own ends without a word: the site's tells of it.
    """
    times = list(work)
    found = {one.cause: one for one in findings}
    whole = {(cause.tenant, cause.site, cause.state) for cause in found if not cause.sensor}
    standing, tell = [], []
    for cause, one in found.items():
        alert = known.get(cause) or Alert(cause, one.since_ms, now_ms, one.says, one.do, one.sensors)
        alert = replace(alert, says=one.says, do=one.do, sensors=one.sensors)
        quiet = any(time.covers(cause, now_ms) for time in times) or now_ms < alert.snoozed_until_ms
        if not alert.told and not alert.acknowledged_by and not quiet:
            alert = replace(alert, told=True)
            tell.append(alert)
        standing.append(alert)
    ended = []
    for cause, alert in known.items():
        if cause not in found:
            swallowed = bool(cause.sensor) and (cause.tenant, cause.site, cause.state) in whole
            ended.append(replace(alert, ended_ms=now_ms, told=alert.told and not swallowed))
    return Turn(tuple(standing), tuple(tell), tuple(ended))
