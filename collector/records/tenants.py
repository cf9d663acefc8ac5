"""Changes of what holds for a whole tenant, with a row in the audit log that says what it was before."""

from dataclasses import asdict

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import IntegrityError

from .. import calendar, schema
from ..database import writing
from ..errors import SettingsError
from ..suppression import MINIMUM_GROUP
from . import audit
from .audit import Event
from .registry import Tenant, find_tenant

EPOCH_DAYS_MAX = 30  # the schema holds to it as well


def change(engine: Engine, tenant: Tenant, actor: str, now_ms: int) -> list[str]:
    """Put an existing tenant's settings in place of those it has; what changed, in words.

    A running epoch keeps its end: other times hold from the next. Raises SettingsError below a floor, QueryError where
    there is no such tenant.
    """
    check(tenant)
    with writing(engine).begin() as connection:
        return write(connection, find_tenant(connection, tenant.name), tenant, actor, "", now_ms)


def write(connection: Connection, before: Tenant, after: Tenant, actor: str, why: str, now_ms: int) -> list[str]:
    """The same within a transaction that writes, for whoever has checked `after` himself. Raises SettingsError."""
    was = asdict(before)
    changes = [f"{name}: {was[name]} -> {value}" for name, value in asdict(after).items() if was[name] != value]
    if not changes:
        return []
    try:
        connection.execute(update(schema.tenants).where(schema.tenants.c.name == after.name).values(asdict(after)))
    except IntegrityError as exc:
        raise SettingsError(f"the registry does not take that: {exc.orig}") from exc
    says = "; ".join([*changes, why] if why else changes)
    audit.append(connection, Event(actor, "set", f"tenant {after.name}", says), now_ms)
    return changes


def check(tenant: Tenant) -> None:
    """Raise SettingsError where a tenant's settings are no settings, or below a floor."""
    calendar.zone(tenant.time_zone)
    if not 1 <= tenant.epoch_days <= EPOCH_DAYS_MAX:
        raise SettingsError(f"an epoch has 1 to {EPOCH_DAYS_MAX} days, not {tenant.epoch_days}; choose a number within")
    if tenant.epoch_days > 1 and not tenant.epoch_reason.strip():
        raise SettingsError(
            "an epoch of more than a day lets a phone be followed from day to day: say why that is needed, "
            "every report prints it (--epoch-reason)"
        )
    if len(tenant.epoch_reason) > 256 or not tenant.epoch_reason.isprintable():
        raise SettingsError("the reason for a longer epoch has at most 256 printable characters; shorten it")
    if len(tenant.device_feed_reason) > 256 or not tenant.device_feed_reason.isprintable():
        raise SettingsError("the reason for a feed of single devices has at most 256 printable characters; shorten it")
    if tenant.minimum_group < MINIMUM_GROUP:
        raise SettingsError(f"a number is shown from {MINIMUM_GROUP} people on at the least; give that, or more")
