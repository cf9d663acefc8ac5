"""Who is told of what, and the letters that are on their way."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from .base import Id, metadata

targets = Table(
    "targets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("site", String(64), nullable=False),  # "" = all sites of the tenant
    Column("kind", String(16), nullable=False),  # email, webhook
    Column("address", Text, nullable=False),
    Column("alerts", Boolean, nullable=False),
    Column("report", String(16), nullable=False),  # "" = none, daily, weekly
    Column("language", String(8), nullable=False, server_default="en"),  # in which they are told
    Column("sealed_secret", LargeBinary),  # of a webhook, see collector.keys.vault
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", String(64), nullable=False),
)

reported = Table(  # which report went out last
    "reported",
    metadata,
    Column("target_id", Id, ForeignKey("targets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("site", String(64), primary_key=True),
    Column("day", String(10), nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("target_id", Id, ForeignKey("targets.id", ondelete="CASCADE"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),  # null = sent, or given up
    Column("attempts", Integer, nullable=False),
    Column("sent_ms", BigInteger),
    Column("says", Text, nullable=False),  # why the last attempt failed
    Index(None, "due_ms"),
    Index(None, "target_id"),
)
