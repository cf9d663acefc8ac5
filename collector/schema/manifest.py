"""The manifest: which files exist, which batches they hold, and the sums of the conservation check.

A file that `files` does not list does not exist; a batch whose key stands in `batches` has been committed and will not
be committed again.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, String, Table, Text

from .base import Id, metadata

files = Table(
    "files",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("tenant", String(32), nullable=False),
    Column("epoch", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("covers_id", BigInteger),  # of folded files: the newest input they rest on
    CheckConstraint("kind in ('sightings', 'windows', 'visits')", name="kind"),
    Index(None, "tenant", "kind", "day"),
)

batches = Table(
    "batches",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("file_id", BigInteger),  # of its sightings; null where it had none
    Column("received_ms", BigInteger, nullable=False),
    Column("digest", LargeBinary(8)),  # tells a batch that came again from another one under its number
    sqlite_with_rowid=False,
)

ledger = Table(  # the collector's half of the conservation check, a row a start of a sensor
    "ledger",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    Column("batches", BigInteger, nullable=False),
    Column("sightings", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
)
