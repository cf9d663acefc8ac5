"""Sites: their settings, changed one way only: checked, audited, and with a reason where a change loosens."""

import re
from dataclasses import asdict, dataclass, fields, replace

from .. import calendar, schema
from ..database import writing
from ..errors import QueryError
from . import audit
from .audit import Event
from .registry import Registry, Site

SAID_CHARS_MAX = 60  # of a value in the audit log
NAME = re.compile(r"[^\s/>][^/>\x00-\x1f]{0,62}")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None = as it was."""

    time_zone: str | None = None
    opens: str | None = None
    closes: str | None = None
    always_open: bool = False
    sensitive: bool | None = None
    inside_dbm: int | None = None
    fixed_h: int | None = None
    staff_h: int | None = None
    classifier: str | None = None  # "" = the rule


class Sites:
    """The sites in the registry database."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def change(self, tenant: str, name: str, change: Change, why: str, actor: str, now_ms: int) -> Site:
        """Change a site, or make it. Raises QueryError: what was asked for cannot be, or needs a reason."""
        owner = self._registry.tenant(tenant)
        known = {site.name: site for site in self._registry.sites(tenant)}
        before = known.get(name) or Site(tenant, name, time_zone=owner.time_zone)
        after = _changed(before, change)
        _check(before, after, why)
        says = "; ".join(
            f"{field.name}: {_said(getattr(before, field.name))} -> {_said(getattr(after, field.name))}"
            for field in fields(Site)
            if getattr(before, field.name) != getattr(after, field.name)
        )
        if name in known and not says:
            return after
        verb = "configure" if name in known else "make"
        with writing(self._registry.engine).begin() as connection:
            event = Event(actor, verb, f"site {tenant}/{name}", f"{says} ({why})" if why else says)
            audit.append(connection, event, now_ms)
            table, values = schema.sites, asdict(after)
            if name in known:
                mine = (table.c.tenant == tenant, table.c.name == name)
                connection.execute(table.update().where(*mine).values(values))
            else:
                connection.execute(table.insert().values(values))
        return after


def _changed(site: Site, change: Change) -> Site:
    if change.always_open:
        site = replace(site, opens=None, closes=None)
    return replace(
        site,
        time_zone=change.time_zone or site.time_zone,
        opens=change.opens or site.opens,
        closes=change.closes or site.closes,
        sensitive=site.sensitive if change.sensitive is None else change.sensitive,
        inside_dbm=site.inside_dbm if change.inside_dbm is None else change.inside_dbm,
        fixed_h=change.fixed_h or site.fixed_h,
        staff_h=change.staff_h or site.staff_h,
        classifier=site.classifier if change.classifier is None else change.classifier,
    )


def check_name(name: str) -> None:
    """Raise QueryError where a site cannot be called so: addresses have it between slashes, ways between ">"."""
    if not NAME.fullmatch(name):
        raise QueryError(f"'{name[:64]}' is no name of a site: 1 to 63 characters without / and > are wanted")


def _check(before: Site, after: Site, why: str) -> None:
    check_name(after.name)
    calendar.zone(after.time_zone)
    if (after.opens is None) != (after.closes is None):
        raise QueryError("opening hours have a beginning and an end; give --opens and --closes, or --always-open")
    for text in (after.opens, after.closes):
        if text is not None and not TIME.fullmatch(text):
            raise QueryError(f"'{text}' is no time of day; HH:MM from 00:00 to 23:59 is wanted")
    if after.opens is not None and after.opens == after.closes:
        raise QueryError("a place that opens and closes at the same minute never closes; use --always-open")
    if not after.seen_dbm < after.inside_dbm < 0:
        raise QueryError(
            f"the inside level lies between {after.seen_dbm} (seen) and 0 dBm, not at {after.inside_dbm}"
            "; choose one within"
        )
    if not 1 <= after.staff_h <= after.fixed_h <= 24:
        raise QueryError("1 <= staff_h <= fixed_h <= 24 (hours of a day): fixed devices stay for longer than staff")
    if before.sensitive and not after.sensitive and not why:
        raise QueryError("this lets tokens leave a sensitive place; say --why, it goes into the audit log")


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "-" if value in (None, "") else str(value)
    return text if len(text) <= SAID_CHARS_MAX else f"{text[:SAID_CHARS_MAX]}..."
