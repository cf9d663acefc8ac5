"""What the operator's pages and the API share: one look at each thing, one way to do each deed."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import FastAPI

from ...admission.quarantine import Held, Selection
from ...errors import QueryError
from ...folder import Collector
from ...housekeeping.readmission import Outcome, replay
from ...records.audit import Audit, Entry
from ...verification.conservation import EpochBalance, by_epoch, summed
from ...vitals.figures import Vitals
from ..given import Unfit, whole
from . import conservation, refusals, status, storage, trail
from .conservation import Balance, Wanted
from .refusals import Facts, Refusal
from .status import Status
from .storage import Storage

KEPT_S = 2.0  # a look at a wide fleet takes a tenth of a second: however many pages follow, it is taken once


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of refused messages, the newest first. below: where the next page begins; None: this was the last."""

    refusals: list[Refusal]
    counts: dict[str, int]  # held in all, by reason, as far as they are looked for
    below: int | None


@dataclass(frozen=True, slots=True)
class Balanced:
    """A page of the conservation table."""

    balances: list[Balance]
    found: int
    different: int  # starts with a difference, of all that are looked for
    page: int
    pages: int
    epochs: list[EpochBalance]  # of each tenant, over what its sensors say of their newest epochs


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the audit log, the newest first. below: where the next page begins; None: this was the last."""

    entries: list[Entry]
    below: int | None


class Operator:
    """The collector as its operator sees and mends it."""

    def __init__(self, app: FastAPI, collector: Collector, now_ms: Callable[[], int]) -> None:
        self._app, self._collector, self.now_ms = app, collector, now_ms
        self._looking = threading.Lock()
        self._status: tuple[float, Status] | None = None

    @property
    def _vitals(self) -> Vitals:
        found: Vitals = self._app.state.vitals
        return found

    def status(self) -> Status:
        """How it is, or was at most KEPT_S ago."""
        with self._looking:
            if self._status is None or time.monotonic() - self._status[0] >= KEPT_S:
                self._status = time.monotonic(), status.look(self._collector, self._vitals, self.now_ms())
            return self._status[1]

    def storage(self) -> Storage:
        """What it keeps."""
        return storage.look(self._collector, self.now_ms())

    def refused(self, wish: refusals.Wish) -> Listed:
        """A page of refused messages. Raises QueryError."""
        now_ms = self.now_ms()
        selection = wish.selection(now_ms)
        held = self._collector.quarantine.list(refusals.PAGE + 1, selection)
        page = held[: refusals.PAGE]
        return Listed(
            [refusals.refusal(one, now_ms) for one in page],
            self._collector.quarantine.count(selection),
            page[-1].id if len(held) > len(page) else None,
        )

    def facts(self, number: int) -> Facts:
        """One refused message. Raises QueryError."""
        return refusals.facts(self._held(number), self.now_ms())

    def readmit(self, wish: refusals.Wish, actor: str) -> Outcome:
        """Let held messages through the door once more, as the command does. Raises QueryError, StoreError."""
        if not (wish.id or wish.reason or wish.sensor):
            raise Unfit("name a message, a reason or a sensor")
        if wish.id:
            self._held(whole(wish.id))
        now_ms = self.now_ms()
        return replay(self._collector, wish.selection(now_ms), actor, now_ms)

    def purge(self, wish: refusals.Wish, everything: bool, actor: str) -> int:
        """Throw held messages away for good, as the command does. Raises QueryError."""
        says = [
            *([f"older than {wish.older} h"] if wish.older else []),
            *([f"reason {wish.reason}"] if wish.reason else []),
        ]
        if not says and not everything:
            raise Unfit("name an age, a reason, or everything")
        now_ms = self.now_ms()
        named = refusals.Wish(reason=wish.reason, older=wish.older)
        return self._collector.quarantine.purge(named.selection(now_ms), actor, ", ".join(says) or "all", now_ms)

    def balanced(self, wanted: Wanted, page: int) -> Balanced:
        """A page of the conservation table."""
        found = [one for one in conservation.balances(self._collector, self.now_ms()) if wanted.takes(one)]
        pages = max(1, -(-len(found) // conservation.PAGE))
        page = min(max(1, page), pages)
        shown = found[(page - 1) * conservation.PAGE : page * conservation.PAGE]
        different = sum(bool(one.difference) for one in found)
        epochs = [one for one in by_epoch(self._collector.registry.engine) if wanted.tenant in ("", one.tenant)]
        return Balanced(shown, len(found), different, page, pages, summed(epochs))

    def recorded(self, wish: trail.Wish, rows: int = trail.PAGE) -> Found:
        """A page of the audit log. Raises QueryError."""
        found = self._audit.search(wish.search(), rows + 1)
        return Found(found[:rows], found[rows - 1].number if len(found) > rows else None)

    def words(self) -> tuple[Sequence[str], Sequence[str]]:
        """Every actor and every action of the audit log."""
        return self._audit.words()

    def sensors(self) -> list[str]:
        """TENANT/SENSOR of all."""
        return [one.user for one in self._collector.registry.sensors()]

    @property
    def _audit(self) -> Audit:
        return Audit(self._collector.registry.engine)

    def _held(self, number: int) -> Held:
        found = self._collector.quarantine.list(1, Selection(id=number))
        if not found:
            raise QueryError(f"no message {number} is held; it was let in, thrown away, or its week is over")
        return found[0]
