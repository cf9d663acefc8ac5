"""Users, their sessions and their API tokens. Of every secret only a hash."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, Text

from .base import Id, metadata

users = Table(
    "users",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("sites", Text, nullable=False),  # JSON: "*", or a list of [tenant, site]; an empty site is all of a tenant
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("disabled", Boolean, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("until_ms", BigInteger),  # of a one-time password
    Column("made_ms", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("user_name", ForeignKey("users.name"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Index(None, "user_name"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hash", LargeBinary(32), nullable=False),
    Column("user_name", ForeignKey("users.name"), nullable=False),
    Column("label", String(64), nullable=False),
    Column("scopes", Text, nullable=False),  # a blank between
    Column("sites", Text, nullable=False),  # as of users
    Column("made_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Index(None, "hash", unique=True),
    Index(None, "user_name"),
)
