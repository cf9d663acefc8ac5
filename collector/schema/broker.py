"""Who may speak to the broker: certificates that were issued, and lean units' ways in."""

from sqlalchemy import BigInteger, Column, Index, String, Table, UniqueConstraint

from .base import metadata

certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(40), primary_key=True),  # hex
    Column("user_name", String(65), nullable=False),  # tenant/sensor
    Column("not_before_ms", BigInteger, nullable=False),
    Column("not_after_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),  # null = holds
    Index(None, "user_name"),
)

peers = Table(  # lean units: a WireGuard peer, and a password within its tunnel
    "peers",
    metadata,
    Column("user_name", String(65), primary_key=True),
    Column("public_key", String(44), nullable=False),  # X25519, base64
    Column("address", String(39), nullable=False),
    Column("password", String(160), nullable=False),  # as mosquitto keeps it: salted and hashed; "" = none yet
    UniqueConstraint("public_key"),
    UniqueConstraint("address"),
)
