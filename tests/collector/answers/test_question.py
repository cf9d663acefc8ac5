"""The tables that are asked beside the stored ones."""

import numpy as np
import pyarrow as pa
import pytest

from collector import calendar
from collector.answers import question


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Europe/Berlin"])
def test_every_instant_finds_its_hour_by_its_quarter_and_no_other(zone: str) -> None:
    """A quarter in which two hours meet has a row for each; hours begin at 15 past in UTC where clocks stand so."""
    span = calendar.Span("", calendar.day_named("2026-03-28", "UTC", 4).start_ms + 1234, 1_774_760_400_123)
    hours = question.spans(list(calendar.hours(span, zone)))
    found = question.quarters(hours)
    start, end, quarter = (found[name].to_numpy() for name in ("start_ms", "end_ms", "quarter"))
    for at_ms in [span.start_ms, span.end_ms - 1, *np.random.default_rng(1).integers(span.start_ms, span.end_ms, 200)]:
        row = np.flatnonzero((quarter == at_ms // question.QUARTER_MS) & (start <= at_ms) & (at_ms < end))
        assert len(row) == 1
    assert set(found["name"].to_pylist()) == set(hours["name"].to_pylist())


def test_no_hours_have_no_quarters() -> None:
    assert question.quarters(question.spans([])).num_rows == 0
    assert pa.types.is_int64(question.quarters(question.spans([])).schema.field("quarter").type)
