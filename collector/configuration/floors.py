"""Floors under what is told of people. They hold whatever the layers say; no option turns one off."""

from collections.abc import Mapping

from ..errors import QueryError
from ..records.tenants import EPOCH_DAYS_MAX
from ..suppression import MINIMUM_GROUP
from .layers import Origin

SENSITIVE = Origin("counts", "the site is sensitive")


def floor(effective: Mapping[str, Origin], sensitive: bool) -> dict[str, Origin]:
    """The options that hold: where the site is sensitive nothing per device leaves a unit."""
    return {**effective, "mode": SENSITIVE} if sensitive else dict(effective)


def loosens(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """What tells more of people after a change of options than before it: that needs a second person."""
    found = []
    if before.get("mode") == "counts" and after.get("mode") != "counts":
        found.append("mode is counts no more")
    elif after.get("mode") == "tokens" and before.get("mode") != "tokens":
        found.append("mode is tokens, whatever the units' own files say")
    if after.get("associated") == "on" and before.get("associated") != "on":
        found.append("stations of the venue's networks are heard")
    elif before.get("associated") == "off" and "associated" not in after:
        found.append("associated is off no more")
    further = _networks(after) - _networks(before)
    if further and before.get("associated") == "on":
        found.append(f"stations of {len(further)} more networks are heard")
    return tuple(found)


def loosens_tenant(groups: tuple[int, int], epochs_days: tuple[int, int]) -> tuple[str, ...]:
    """The same for a tenant's own settings; each pair is before and after."""
    found = []
    if groups[1] < groups[0]:
        found.append(f"the minimum group falls from {groups[0]} to {groups[1]}")
    if epochs_days[1] > epochs_days[0]:
        found.append(f"the epoch grows from {epochs_days[0]} to {epochs_days[1]} days")
    return tuple(found)


def check_tenant(minimum_group: int, epoch_days: int = 1, reason: str = "") -> None:
    """Raise QueryError where a tenant's settings are below a floor."""
    if minimum_group < MINIMUM_GROUP:
        raise QueryError(
            f"minimum_group: {minimum_group} is below {MINIMUM_GROUP}, the least that is ever released"
            "; give that, or more"
        )
    if not 1 <= epoch_days <= EPOCH_DAYS_MAX:
        raise QueryError(f"epoch_days: {epoch_days} is outside 1 to {EPOCH_DAYS_MAX}; give a number of days within")
    if epoch_days > 1 and not reason.strip():
        raise QueryError("epoch_days: an epoch of more than a day needs a reason, which every report then prints")


def _networks(options: Mapping[str, str]) -> frozenset[str]:
    return frozenset(options.get("bssid", "").lower().split())
