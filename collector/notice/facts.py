"""Facts: what holds at a site now, as the sentences of its notice name it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from .. import calendar
from ..options.settings import Settings
from ..records.registry import Site, Tenant
from ..suppression import MINIMUM_GROUP
from .details import Details


@dataclass(frozen=True, slots=True)
class Facts:
    """The running configuration of one site. `missing`: why the notice must not hang yet; empty = it may."""

    site: str
    turn: str
    zone: str
    minimum: int
    opens: str
    closes: str
    feed_reason: str  # why lists of single devices may be handed on
    conditions: frozenset[str]  # see claims.CONDITIONS
    details: Details
    day: str
    missing: tuple[str, ...]


def gather(settings: Settings, tenant: Tenant, site: Site, details: Details, now_ms: int) -> Facts:
    """The facts of a site."""
    conditions = {
        "always",
        "counts" if site.sensitive else "tokens",
        "hours" if site.opens else "always_open",
        "web" if details.objection_url else "no_web",
        *(("dpo",) if details.dpo else ()),
        *(("feed",) if tenant.device_feed_reason and not site.sensitive else ()),
    }
    missing = [*details.missing]
    if settings.replay:
        missing.append("a collector that does not play captures: this one keeps the keys of days gone by")
    return Facts(
        site=details.place or site.name,
        turn=f"{tenant.epoch_turn_h:02}:00",
        zone=tenant.time_zone,
        minimum=max(tenant.minimum_group, MINIMUM_GROUP),
        opens=site.opens or "",
        closes=site.closes or "",
        feed_reason=tenant.device_feed_reason.rstrip("."),
        conditions=frozenset(conditions),
        details=details,
        day=datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(calendar.zone(site.time_zone)).date().isoformat(),
        missing=tuple(missing),
    )
