"""What is kept for whoever looks later: refused messages, and the audit log."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, Text

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
