"""The report: all metrics of a site and a time, each with its definition; text, JSON and page are made of it."""

import csv
import io
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb

from .. import calendar
from ..admission.flags import Degraded
from ..answers.heard import heard_span
from ..answers.memory import Answered, judge
from ..answers.query import Answers
from ..answers.question import PAGE, Audience, Question
from ..classifying.model import Classifier
from ..counting import estimating, folding
from ..counting.basis import Basis
from ..counting.calibrations import Calibrations
from ..metrics import Metric, metrics
from ..objections.book import enrolled
from ..records.registry import Registry
from ..stays import fold, noise
from ..stays.noise import Caught
from ..storage.engines import DUCKDB
from ..storage.store import FOLDED, Store
from ..suppression import Cell
from .disagreeing import disagreements
from .door_counts import DoorCounts
from .sales import Transactions

if TYPE_CHECKING:
    from .comparison import Change

TRIES = 3
SIGNS_FRESH_MS = 60_000  # a page that is looked at every few seconds must not count a whole day anew each time


@dataclass(frozen=True, slots=True)
class Answer:
    """One metric's released numbers, with what they mean."""

    metric: Metric
    cells: list[Cell]

    def unit(self, cell: Cell) -> str:
        """The unit of one of its numbers; a metric of several names them one after the other."""
        units = self.metric.unit.split("; ")
        return units[min(self.cells.index(cell), len(units) - 1)]

    @property
    def value(self) -> float | None:
        """The only number of a metric that has one; None where it has more, is suppressed or unknown."""
        return self.cells[0].value if len(self.cells) == 1 else None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says, before it is laid out."""

    site: str
    time_zone: str
    span: calendar.Span
    epochs: list[str]
    epoch_days: int  # business days that one key holds for
    epoch_reason: str  # why more than one
    minimum_group: int
    answers: list[Answer]
    degraded: tuple[Degraded, ...] = ()  # times that are not counted, or not whole
    noise: tuple[Caught, ...] = ()  # every rule that leaves something out
    door_counts: int = 0  # from which the rates of flows were learnt; 0: documented priors
    classifier: str = ""  # how visitors are told here, where it is not by the rule
    people: Basis | None = None  # what the estimate of people rests on
    enrolled: dict[str, int] = field(default_factory=dict)  # devices of the place itself that sensors do not hear

    changes: tuple["Change", ...] = ()  # since another time, where one was asked for
    against: str = ""  # which

    def answer(self, name: str) -> Answer:
        """The answer of this metric."""
        return next(answer for answer in self.answers if answer.metric.name == name)

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Where the panel and the ways to all people say different things beyond their intervals."""
        return tuple(disagreements(self.answer))

    def local(self, utc_ms: int) -> str:
        """An instant in the site's own time."""
        moment = datetime.fromtimestamp(utc_ms / 1000, tz=calendar.zone(self.time_zone))
        return moment.isoformat(sep=" ", timespec="minutes")


def build(
    store: Store,
    registry: Registry,
    tenant_name: str,
    site_name: str,
    span: calendar.Span | None,
    now_ms: int,
    engine: str = DUCKDB,
    audience: Audience = PAGE,
    hours: tuple[str, str] | None = None,
) -> Report:
    """The report of a site for a time, or for the last days heard. Folds first what has not been folded.

    hours: of each day, local HH:MM from and to. Raises QueryError: no such tenant or site, nothing heard, or an answer
    that would tell of too few beside those that this audience has had.
    """
    for _ in range(TRIES - 1):
        try:
            return _build(store, registry, tenant_name, site_name, span, now_ms, engine, audience, hours)
        except duckdb.IOException:
            continue  # a fold elsewhere has replaced a file between our reading of the list and of the file
    return _build(store, registry, tenant_name, site_name, span, now_ms, engine, audience, hours)


def _build(
    store: Store,
    registry: Registry,
    tenant_name: str,
    site_name: str,
    span: calendar.Span | None,
    now_ms: int,
    engine: str,
    audience: Audience,
    hours: tuple[str, str] | None,
) -> Report:
    tenant = registry.tenant(tenant_name)
    site = registry.site(tenant_name, site_name)
    sites = registry.sites(tenant_name)
    fold.refresh(store, tenant, sites, now_ms, engine)
    folding.refresh(store, tenant, now_ms, SIGNS_FRESH_MS, engine)
    heard = heard_span(store, tenant, site)
    named, span = span is not None or hours is not None, span or heard
    sensors = len(registry.sensors((tenant_name, site_name)))
    asked = Question(
        tenant,
        site,
        sensors,
        span,
        hours=hours,
        audience=audience,
        sites=tuple(sites),
        zones=store.zones.of(tenant_name, site_name),
        transactions=Transactions(registry.engine).of(tenant_name, site_name, span),
        rates=DoorCounts(registry.engine).rates(site),
    )
    days = [day for day in asked.days() if day.end_ms > span.start_ms]
    counts = Calibrations(registry.engine).of(site, estimating.level_dbm(site))
    estimated = estimating.estimate(store, tenant, site, days, span, counts)
    # Its hours and days are whole ones, which a question about some hours of each day is not.
    asked = replace(asked, levels=estimated.levels)
    if hours is None:
        asked = replace(asked, present=estimated.present, beside=estimated.beside)
    waiting = Answers(store, asked, engine)  # only then: what has no answer is not remembered as answered
    # The memory of answers goes through all days, so it has gone again before the tables of this answer are made.
    refused = judge(store, Answered(registry.engine), asked, heard, now_ms) if named else set()
    with waiting as answers:
        cells = answers.cells(metrics(), refused)
        return Report(
            site=site.name,
            time_zone=site.time_zone,
            span=span,
            epochs=sorted({day for kind in FOLDED for day in store.manifest.days(tenant.name, kind)}),
            epoch_days=tenant.epoch_days,
            epoch_reason=tenant.epoch_reason,
            minimum_group=asked.minimum,
            answers=[Answer(metric, cells[metric.name]) for metric in metrics()],
            degraded=tuple(one for one in store.flags.within(tenant.name, span) if one.site == site.name),
            noise=tuple(noise.caught(site, cells["noise_share"], cells["noise_devices"])),
            people=estimated.basis,
            door_counts=asked.rates.counts,
            classifier=Classifier.from_json(site.classifier).says() if site.classifier else "",
            enrolled=enrolled(registry.engine, tenant.name, site.name, now_ms),
        )


def as_json(report: Report) -> dict[str, Any]:
    """The report as JSON values. A suppressed number is absent, not null with a hint of its size."""
    return {
        "site": report.site,
        "time_zone": report.time_zone,
        "from": report.local(report.span.start_ms),
        "to": report.local(report.span.end_ms),
        "epochs": report.epochs,
        "epoch_days": report.epoch_days,
        **({"epoch_reason": report.epoch_reason} if report.epoch_days > 1 else {}),
        "minimum_group": report.minimum_group,
        "degraded": [
            {
                "sensor": one.sensor,
                "reason": one.reason,
                "from": report.local(one.start_ms),
                "to": report.local(one.end_ms),
            }
            for one in report.degraded
        ],
        "noise": [asdict(one) for one in report.noise],
        "enrolled": report.enrolled,
        **({"classifier": report.classifier} if report.classifier else {}),
        "door_counts": report.door_counts,
        "people": asdict(report.people) if report.people else None,
        "disagreements": list(report.disagreements),
        **(
            {"against": report.against, "changes": [asdict(one) | {"clear": one.clear} for one in report.changes]}
            if report.against
            else {}
        ),
        "metrics": {answer.metric.name: _answer_json(answer) for answer in report.answers},
    }


def _answer_json(answer: Answer) -> dict[str, Any]:
    said = {
        "title": answer.metric.title,
        "unit": answer.metric.unit,
        "definition": answer.metric.definition,
        "bias": answer.metric.bias,
    }
    if len(answer.cells) == 1 and answer.cells[0].cell == "all":
        (cell,) = answer.cells
        interval = None if cell.low is None else [cell.low, cell.high]
        return {"value": cell.value, "suppressed": cell.suppressed, "interval": interval, **said}
    return {"cells": [asdict(cell) for cell in answer.cells], **said}


def as_csv(report: Report) -> str:
    """The report's released cells as CSV: metric, series, cell, value, suppressed, unit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("site", "metric", "series", "cell", "value", "suppressed", "unit"))
    for answer in report.answers:
        for cell in answer.cells:
            value = "" if cell.value is None else cell.value
            unit = answer.unit(cell)
            row = (report.site, answer.metric.name, cell.series, cell.cell, value, int(cell.suppressed), unit)
            writer.writerow(row)
    return text.getvalue()
