"""The operator's functions as JSON, below /api/operation."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import FastAPI, Path, Query

from ...admission.door import Reason
from ...housekeeping.readmission import Outcome
from ...records.audit import Entry
from ..visit import Who
from .conservation import Wanted
from .operator import Balanced, Listed, Operator
from .refusals import NAMES, Facts, Wish
from .status import Status
from .storage import Storage
from .trail import Wish as TrailWish

NUMBER_MAX = 10**15 - 1
HOURS_MAX = 24 * 366
Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Below = Annotated[int | None, Query(ge=1, le=NUMBER_MAX)]
Hours = Annotated[int | None, Query(ge=0, le=HOURS_MAX)]
SensorName = Annotated[str, Query(max_length=65, pattern=f"^({NAMES.pattern})?$")]
Text = Annotated[str, Query(max_length=64)]
Day = Annotated[str, Query(pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]))?$")]


@dataclass(frozen=True, slots=True)
class Purged:
    """How many messages are gone."""

    purged: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the audit log; hash in hexadecimal."""

    number: int
    time_ms: int
    actor: str
    verb: str
    object: str
    says: str
    hash: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the audit log, the newest first. below: ask with it for the next page; null: this was the last."""

    entries: list[Row]
    below: int | None


def add_routes(app: FastAPI, operator: Operator) -> None:
    """All of /api/operation."""
    _add_quarantine(app, operator)

    @app.get("/api/operation/status")
    def status() -> Status:
        """How the collector is: rates, lag, refusals, tasks, versions; rates are null until they are known."""
        return operator.status()

    @app.get("/api/operation/storage")
    def storage() -> Storage:
        """What is kept, how it grows, what goes when, and what was deleted."""
        return operator.storage()

    @app.get("/api/operation/conservation")
    def conservation(
        tenant: Text = "",
        sensor: Text = "",
        only: Annotated[str, Query(pattern="^(different|spool|dropped)?$")] = "",
        earlier: bool = False,
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> Balanced:
        """What each start of each sensor sent and what became of it; those with a difference first."""
        return operator.balanced(Wanted(tenant, sensor, only, earlier), page)

    @app.get("/api/operation/audit")
    def audit(
        actor: Text = "", verb: Text = "", object: Text = "", begin: Day = "", end: Day = "", below: Below = None
    ) -> Rows:
        """Rows of the audit log by actor, action, object (a part of it) and days (UTC, both included)."""
        found = operator.recorded(TrailWish(actor, verb, object, begin, end, str(below or "")))
        return Rows([_row(one) for one in found.entries], found.below)


def _add_quarantine(app: FastAPI, operator: Operator) -> None:
    @app.get("/api/operation/quarantine")
    def refused(
        reason: Reason | None = None, sensor: SensorName = "", hours: Hours = None, below: Below = None
    ) -> Listed:
        """Refused messages, the newest first; never what they hold. hours: no older than that."""
        return operator.refused(Wish("", reason or "", sensor, _said(hours), "", _said(below)))

    @app.post("/api/operation/quarantine/replay")
    def replay(visit: Who, id: Below = None, reason: Reason | None = None, sensor: SensorName = "") -> Outcome:
        """Let held messages through the door once more, all checks included. Name an id, a reason or a sensor."""
        return operator.readmit(Wish(_said(id), reason or "", sensor), visit.somebody.actor)

    @app.post("/api/operation/quarantine/purge")
    def purge(visit: Who, reason: Reason | None = None, older_h: Hours = None, everything: bool = False) -> Purged:
        """Throw held messages away for good. Name a reason, an age in hours, or everything."""
        return Purged(operator.purge(Wish(reason=reason or "", older=_said(older_h)), everything, visit.somebody.actor))

    @app.get("/api/operation/quarantine/{number}")
    def facts(number: Number) -> Facts:
        """One refused message: whose, when, why, and what its envelope says."""
        return operator.facts(number)


def _said(value: int | None) -> str:
    return "" if value is None else str(value)


def _row(one: Entry) -> Row:
    return Row(one.number, one.time_ms, one.actor, one.verb, one.object, one.says, one.hash.hex())
