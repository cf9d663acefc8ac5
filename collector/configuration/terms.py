"""A tenant's own settings, in its row of the registry: floors under them, and two people where they tell more.

They are no layer: they hold in the collector, and no sensor hears of them.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from ..errors import QueryError
from ..records import tenants
from ..records.registry import Tenant
from . import floors

NAMES = tuple(field.name for field in fields(Tenant) if field.name != "name")


def draft(before: Tenant, words: Mapping[str, str]) -> Tenant:
    """The tenant with these settings, above all floors. Raises QueryError, SettingsError."""
    changed: dict[str, Any] = {}
    for name, text in words.items():
        if name not in NAMES:
            raise QueryError(f"{name}: no setting of a tenant. Known are: {', '.join(NAMES)}")
        kind = type(getattr(before, name))
        try:
            changed[name] = kind(text)
        except ValueError as exc:
            raise QueryError(f"{name}: '{text}' is no number; write it in digits") from exc
    after = replace(before, **changed)
    floors.check_tenant(after.minimum_group, after.epoch_days, after.epoch_reason)
    tenants.check(after)
    return after


def loosens(before: Tenant, after: Tenant) -> tuple[str, ...]:
    """What tells more of people afterwards."""
    groups = (before.minimum_group, after.minimum_group)
    looser = floors.loosens_tenant(groups, (before.epoch_days, after.epoch_days))
    if after.device_feed_reason.strip() and after.device_feed_reason != before.device_feed_reason:
        looser += (f"lists of single devices may be handed on: {after.device_feed_reason}",)
    return looser
