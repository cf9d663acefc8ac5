"""What the door remembers: each sensor's starts, and times in which what a sensor heard is not to be counted."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from .base import Id, metadata

starts = Table(  # numbers that came, so that a recording is known for one, also after a restart of the collector
    "starts",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("signal_last", BigInteger, nullable=False),
    Column("death_last", BigInteger, nullable=False),
)

flags = Table(
    "flags",
    metadata,
    Column("sensor_id", Id, primary_key=True, autoincrement=False),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("figures", Text, nullable=False),  # why, as JSON
    Index(None, "start_ms"),
)
