"""The tables of the registry database, a module a subject. One definition for SQLite and PostgreSQL.

Instants are UTC milliseconds. A change of a table is a new file in `collector/migrations/versions`.
"""

from .base import metadata
from .broker import certificates, peers
from .configuration import commands, layers, proposals, pushes
from .delivery import letters, reported, targets
from .door import flags, starts
from .enrolment import claims, units
from .keys import collector_keys, epochs, trust_versions
from .manifest import batch_ranges, batches, epoch_ledger, files, ledger, published
from .numbers import calibrations, door_counts, flow_rates, questions, transactions, zones
from .people import api_tokens, sessions, users
from .places import notices, objection_lists, objections
from .plans import placements, plans
from .records import audit, quarantine
from .registry import reports, sensors, sites, tenants
from .rollout import campaign_units, campaigns, images, mounts, packages, tags
from .watch import alerts, conditions, health_hours, samples, state_changes, works

__all__ = [
    "alerts",
    "api_tokens",
    "audit",
    "batch_ranges",
    "batches",
    "calibrations",
    "campaign_units",
    "campaigns",
    "certificates",
    "claims",
    "collector_keys",
    "commands",
    "conditions",
    "door_counts",
    "epoch_ledger",
    "epochs",
    "files",
    "flags",
    "flow_rates",
    "health_hours",
    "images",
    "layers",
    "ledger",
    "letters",
    "metadata",
    "mounts",
    "notices",
    "objection_lists",
    "objections",
    "packages",
    "peers",
    "placements",
    "plans",
    "proposals",
    "published",
    "pushes",
    "quarantine",
    "questions",
    "reported",
    "reports",
    "samples",
    "sensors",
    "sessions",
    "sites",
    "starts",
    "state_changes",
    "tags",
    "targets",
    "tenants",
    "transactions",
    "trust_versions",
    "units",
    "users",
    "works",
    "zones",
]
