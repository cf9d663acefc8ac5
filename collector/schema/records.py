"""What is kept for whoever looks later: refused messages, and the audit log."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from .base import Id, metadata

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Id, primary_key=True),
    Column("received_ms", BigInteger, nullable=False),
    Column("topic", String(256), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("says", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("source", String(80), nullable=False),  # tenant/sensor; with ? before it where that is not certain
    Column("size", Integer, nullable=False),  # of the message as it came
    Column("whole", Boolean, nullable=False),  # payload is all of it: it can be replayed
    Column("digest", LargeBinary(8)),  # of a sensor's own message: it is held once
    Column("until_ms", BigInteger, nullable=False),  # when its payload goes, because it may hold tokens of an epoch
    Index(None, "source"),
    Index(None, "digest"),
)

audit = Table(  # append-only; each row's hash covers the row before it
    "audit",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("verb", String(32), nullable=False),
    Column("object", String(128), nullable=False),
    Column("says", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
