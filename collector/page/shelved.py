"""Shelved: the last reports lie in a file while the collector is stopped, so that its first pages need not wait.

It holds released numbers alone, those that pages have shown or were about to show. It is read and deleted at the next
start; of what it holds only that is taken which this same program wrote on this same business day, and which rests on
the rules of now. One that cannot be read is as good as none.
"""

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .. import calendar
from ..admission.flags import Degraded
from ..counting.basis import Basis
from ..metrics import ORDER, metric
from ..reporting.report import Answer, Report
from ..stays.noise import Caught
from ..suppression import Cell

log = logging.getLogger(__name__)

FILE_NAME = "reports.shelf"
SOURCES = (".py", ".sql")

Key = tuple[str, str]  # tenant, site


@dataclass(frozen=True, slots=True)
class _Said:
    """What a report says, but for what its metrics mean; see Report."""

    site: str
    time_zone: str
    span: calendar.Span
    epochs: list[str]
    epoch_days: int
    epoch_reason: str
    minimum_group: int
    degraded: tuple[Degraded, ...]
    noise: tuple[Caught, ...]
    door_counts: int
    classifier: str
    people: Basis | None
    enrolled: dict[str, int]


@dataclass(frozen=True, slots=True)
class Shelved:
    """A report as it lies there. rules: see `digest`; day: the business day on which it was built."""

    tenant: str
    rules: str
    day: date
    built_ms: int
    said: _Said
    cells: dict[str, list[Cell]]  # by metric

    @classmethod
    def of(cls, tenant: str, report: Report, rules: object, day: date, built_ms: int) -> "Shelved":
        """A report to be shelved; it compares with no other time."""
        said = _Said(**{one.name: getattr(report, one.name) for one in fields(_Said)})
        cells = {answer.metric.name: list(answer.cells) for answer in report.answers}
        return cls(tenant, digest(rules), day, built_ms, said, cells)

    def report(self) -> Report:
        """The report again. Raises KeyError: it lacks a metric."""
        answers = [Answer(metric(name), self.cells[name]) for name in ORDER]
        return Report(answers=answers, **{one.name: getattr(self.said, one.name) for one in fields(_Said)})


def digest(rules: object) -> str:
    """Of rules and of the program that applies them: neither may be another one than when the report was built."""
    return hashlib.sha256(repr((_program(), rules)).encode()).hexdigest()


def put(folder: Path, reports: Sequence[Shelved]) -> None:
    """Write the file, for its owner alone. A disk that is full costs the reports, and no more."""
    partial, final = folder / f"{FILE_NAME}.partial", folder / FILE_NAME
    try:
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            for one in reports:
                file.write(json.dumps(asdict(one), default=str) + "\n")
        partial.rename(final)
    except OSError as exc:
        log.warning("the last reports are not kept for the next start: %s", exc.strerror or exc)
        partial.unlink(missing_ok=True)


def take(folder: Path) -> Mapping[Key, str]:
    """What lies there, a line a report, by site; the file is gone then. See `read`."""
    path = folder / FILE_NAME
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    path.unlink(missing_ok=True)
    found: dict[Key, str] = {}
    for line in lines:
        try:
            known = json.loads(line)
            found[known["tenant"], known["said"]["site"]] = line
        except (ValueError, KeyError, TypeError):
            continue
    return found


def read(line: str) -> Shelved | None:
    """A line of it; None where it is damaged."""
    try:
        return _adapter().validate_python(json.loads(line))
    except (ValueError, ValidationError):
        return None


@cache
def _adapter() -> "TypeAdapter[Shelved]":
    return TypeAdapter(Shelved)


@cache
def _program() -> str:
    """Every line of the collector's source: numbers are released by it."""
    found: Any = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(one for one in root.rglob("*") if one.suffix in SOURCES):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return str(found.hexdigest())
