"""The sum of a run: what the sensors say they sent, held against what the collector says it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collector.storage.ledger import LedgerRow

SUMMED = ("frames", "probes", "malformed", "overflow", "keyless", "tokens")


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one run. lost = emitted by the sensors - committed by the collector, in sightings."""

    frames: int
    probes: int
    malformed: int
    overflow: int
    keyless: int
    tokens: int
    sightings: int
    batches_emitted: int
    batches_committed: int
    sightings_committed: int
    duplicates: int
    waiting: int  # batches in the sensors' spools
    lost: int


def of(results: Sequence[dict[str, Any]], ledger: Sequence[LedgerRow]) -> Summary:
    """The summary of sensors' results (their own totals) and the collector's ledger rows of the same starts."""
    emitted = sum(result["sightings_emitted"] for result in results)
    committed = sum(row.sightings for row in ledger)
    return Summary(
        **{name: sum(result[name] for result in results) for name in SUMMED},
        sightings=emitted,
        batches_emitted=sum(result["batches_emitted"] for result in results),
        batches_committed=sum(row.batches for row in ledger),
        sightings_committed=committed,
        duplicates=sum(row.duplicates for row in ledger),
        waiting=sum(result["waiting"] for result in results),
        lost=emitted - committed,
    )
