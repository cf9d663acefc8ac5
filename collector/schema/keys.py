"""Keys: which epochs there were, the collector's own keys, and which sensors know of them. No secret is in here."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table

from .base import metadata

epochs = Table(  # each epoch that a key was made for; the keys lie in files
    "epochs",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("destroyed_ms", BigInteger),  # null while its key is there
    CheckConstraint("end_ms > start_ms", name="end_ms"),
    Index(None, "tenant", "start_ms"),
)

collector_keys = Table(  # every key that the collector has signed with, or will
    "collector_keys",
    metadata,
    Column("key_id", LargeBinary(8), primary_key=True),
    Column("public_key", LargeBinary(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", BigInteger, nullable=False),  # of the list that names it first; 0 = given out by hand
    Column("made_ms", BigInteger, nullable=False),
    Column("overlap_ms", BigInteger, nullable=False),  # of the next: UTC at which it takes over at the latest
    Column("retired_ms", BigInteger),
    CheckConstraint("state in ('next', 'signing', 'retired')", name="state"),
)

trust_versions = Table(  # the list of collector keys that a sensor has, as its last birth said
    "trust_versions",
    metadata,
    Column("sensor_id", ForeignKey("sensors.id"), primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)
