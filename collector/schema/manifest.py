"""The manifest: which files exist, which batches they hold, and the sums of the conservation check.

A file that `files` does not list does not exist; a batch whose key stands in `batches` has been committed and will not
be committed again. What came long ago stands in `batch_ranges` instead.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, String, Table, Text, text

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
    Column("covers_id", BigInteger),  # of folded files: the newest sightings they rest on
    Column("first_ms", BigInteger),  # of folded files: the time that their rows lie in
    Column("last_ms", BigInteger),
    CheckConstraint(
        "kind in ('sightings', 'windows', 'stays', 'open_stays', 'visits', 'steps', 'zones', 'signs', 'marks', "
        "'estimates')",
        name="kind",
    ),
    Index(None, "tenant", "kind", "day"),
    Index(
        "uq_files_open_stays",
        "tenant",
        "day",
        unique=True,
        sqlite_where=text("kind = 'open_stays'"),
        postgresql_where=text("kind = 'open_stays'"),
    ),
    Index(
        "uq_files_marks",
        "tenant",
        "day",
        unique=True,
        sqlite_where=text("kind = 'marks'"),
        postgresql_where=text("kind = 'marks'"),
    ),
    Index(
        "uq_files_estimates",
        "tenant",
        "day",
        unique=True,
        sqlite_where=text("kind = 'estimates'"),
        postgresql_where=text("kind = 'estimates'"),
    ),
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

batch_ranges = Table(  # numbers of a start that came long ago, first to last, in the place of rows of `batches`
    "batch_ranges",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    CheckConstraint("last >= first", name="last"),
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

epoch_ledger = Table(  # the same, of each epoch that a start made batches in; names that no epoch has: storage.epochs
    "epoch_ledger",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", String(32), primary_key=True),  # "" = made without a key
    Column("batches", BigInteger, nullable=False),
    Column("sightings", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),  # when one came last
    sqlite_with_rowid=False,
)

published = Table(  # which file each day of an open table was written from
    "published",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("file_id", BigInteger, nullable=False),
)
