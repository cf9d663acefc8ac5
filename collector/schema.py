"""The registry's tables: tenants, sites, sensors, and the manifest that says which files and batches exist.

One definition for SQLite and PostgreSQL. Instants are UTC milliseconds. A file that `files` does not list does not
exist; a batch whose key stands in `batches` has been committed and will not be committed again.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself

tenants = Table(
    "tenants",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("time_zone", String(64), nullable=False),
    Column("epoch_turn_h", Integer, nullable=False),
    Column("minimum_group", Integer, nullable=False),
    CheckConstraint("epoch_turn_h between 0 and 23", name="epoch_turn_h"),
    CheckConstraint("minimum_group >= 10", name="minimum_group"),
)

sites = Table(
    "sites",
    metadata,
    Column("tenant", ForeignKey("tenants.name"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("time_zone", String(64), nullable=False),
    Column("seen_dbm", Integer, nullable=False),
    Column("inside_dbm", Integer, nullable=False),
    Column("visit_min_s", Integer, nullable=False),
    Column("visit_gap_s", Integer, nullable=False),
    Column("bounce_s", Integer, nullable=False),
    Column("fixed_h", Integer, nullable=False),
    Column("opens", String(5)),  # HH:MM local; null = always open
    Column("closes", String(5)),
    CheckConstraint("inside_dbm > seen_dbm", name="inside_dbm"),
)

sensors = Table(
    "sensors",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("name", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("key_id", LargeBinary(8), nullable=False),
    Column("public_key", LargeBinary(32), nullable=False),
    Column("approved", Boolean, nullable=False),
    UniqueConstraint("tenant", "name"),
)

reports = Table(  # what each sensor said of itself last
    "reports",
    metadata,
    Column("sensor_id", ForeignKey("sensors.id"), primary_key=True),
    Column("boot", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("version", String(128), nullable=False),
    Column("health", LargeBinary),  # body of its last health message
)

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

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Id, primary_key=True),
    Column("received_ms", BigInteger, nullable=False),
    Column("topic", String(256), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("says", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
