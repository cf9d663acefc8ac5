"""The tables of the registry database, a module a subject. One definition for SQLite and PostgreSQL.

Instants are UTC milliseconds. A change of a table is a new file in `collector/migrations/versions`.
"""

from .base import metadata
from .door import flags, starts
from .manifest import batches, files, ledger
from .records import audit, quarantine
from .registry import reports, sensors, sites, tenants

__all__ = [
    "audit",
    "batches",
    "files",
    "flags",
    "ledger",
    "metadata",
    "quarantine",
    "reports",
    "sensors",
    "sites",
    "starts",
    "tenants",
]
