"""What places demand: objections, the lists made of them, and what the notice at the door says."""

from sqlalchemy import BigInteger, CheckConstraint, Column, LargeBinary, String, Table, Text

from .base import Id, metadata

objections = Table(
    "objections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("site", String(64), nullable=False),  # "" = all sites of the tenant
    Column("sealed", LargeBinary, nullable=False),  # the address, see collector.keys.vault
    Column("since_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),  # null = until it is withdrawn
    Column("kind", String(16), nullable=False),  # objection; or staff, fixed: devices of the place itself
)

objection_lists = Table(
    "objection_lists",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("key_made_ms", BigInteger, nullable=False),
    Column("rests_on", LargeBinary(32), nullable=False),  # hash of what this version says
    CheckConstraint("version > 0", name="version"),
)

notices = Table(
    "notices",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("site", String(64), primary_key=True),  # "" = all sites of the tenant
    Column("field", String(16), primary_key=True),
    Column("text", Text, nullable=False),
)
