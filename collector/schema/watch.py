"""What the watch over the fleet remembers: health of the last days and weeks, states, conditions, alerts, works."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from .base import Id, metadata

samples = Table(
    "samples",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("time_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, nullable=False),
    Column("frames", BigInteger, nullable=False),
    Column("kernel_drops", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("reconnects", BigInteger, nullable=False),
    Column("load_1m", Float),  # null, as all that follow: this machine does not say
    Column("memory_available_kib", BigInteger),
    Column("temperature_c", Float),
    Column("clock_offset_ms", BigInteger),
    Column("spool_batches", BigInteger),
    Column("spool_bytes", BigInteger),
    Index(None, "time_ms"),
)

health_hours = Table(  # the same, hour by hour: what counts grew by, and the worst of the rest
    "health_hours",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("hour_ms", BigInteger, primary_key=True, autoincrement=False),  # its begin
    Column("points", Integer, nullable=False),  # samples in it
    Column("frames", BigInteger, nullable=False),
    Column("kernel_drops", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("reconnects", BigInteger, nullable=False),
    Column("load_1m", Float),
    Column("memory_available_kib", BigInteger),  # the least
    Column("temperature_c", Float),
    Column("clock_offset_ms", BigInteger),  # the farthest off, without its sign
    Column("spool_batches", BigInteger),
    Column("spool_bytes", BigInteger),
    Index(None, "hour_ms"),
    sqlite_with_rowid=False,
)

state_changes = Table(  # from when on a sensor was in a state
    "state_changes",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("time_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("says", Text, nullable=False),
    Index(None, "time_ms"),
)

conditions = Table(
    "conditions",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("state", String(16), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
    Column("says", Text, nullable=False),
    Column("raised_ms", BigInteger),
    Column("clear_ms", BigInteger),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("site", String(64), nullable=False),  # "" = the tenant's whole fleet
    Column("sensor", String(32), nullable=False),  # "" = the whole site
    Column("state", String(16), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("raised_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("says", Text, nullable=False),
    Column("do", Text, nullable=False),
    Column("sensors", Text, nullable=False),  # names, a blank between
    Column("told", Boolean, nullable=False),
    Column("acknowledged_by", String(64), nullable=False),
    Column("snoozed_until_ms", BigInteger, nullable=False),
    Index(None, "ended_ms"),
)

works = Table(
    "works",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("site", String(64), nullable=False),  # "" = all sites
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)
