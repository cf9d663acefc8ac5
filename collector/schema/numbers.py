"""What numbers rest on beside what was heard: zones, transactions; and what has been answered already."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from .base import Id, metadata

zones = Table(
    "zones",
    metadata,
    Column("sensor", String(32), primary_key=True),
    Column("zone", String(64), nullable=False),
)

transactions = Table(  # of a till: how many began in the time that begins at start_ms
    "transactions",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("transactions", Integer, nullable=False),
    CheckConstraint("transactions >= 0", name="transactions"),
)

calibrations = Table(  # people counted by hand in the ten minutes from start_ms, and the signs of these, at one level
    "calibrations",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("level_dbm", Integer, nullable=False),
    Column("people", Float, nullable=False),
    Column("lasting_devices", Float, nullable=False),
    Column("phones", Float, nullable=False),
    CheckConstraint("people >= 0", name="people"),
)

door_counts = Table(  # people who came in, and walked past (null: not counted), counted at the door
    "door_counts",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("visitors", Integer, nullable=False),
    Column("passers_by", Integer),
    CheckConstraint("visitors >= 0", name="visitors"),
)

flow_rates = Table(  # what these taught: see collector.flows
    "flow_rates",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("rates", Text, nullable=False),  # JSON
)

questions = Table(  # which times an audience has had answers for: differences of answers tell of small groups
    "questions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("audience", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("spans", Text, nullable=False),  # JSON: [[start_ms, end_ms], ...]
    Column("digest", String(64), nullable=False),  # of spans
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    UniqueConstraint("tenant", "audience", "site", "digest"),
    Index(None, "tenant", "audience", "site", "end_ms"),
)
