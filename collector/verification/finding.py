"""Findings: what is not as it should be, and what to do next."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. check: its kind, a stable name; of: the file, sensor or day; says: what to do next."""

    check: str
    of: str
    says: str
    fatal: bool = True  # False: it mends itself, and is named only
