"""Enrolment: claims, and the units that showed their keys.

A sensor is the name of a place for years; a unit is one key, and a row in the history of that place. The unit whose key
stands in `sensors` is the one that may speak.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from .base import Id, metadata

claims = Table(
    "claims",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("sensor", String(32), nullable=False),  # "" = the collector names it after the site
    Column("approve", Boolean, nullable=False),  # by rule: who shows it needs nobody's approval
    Column("secret", LargeBinary),  # sealed; null once the claim is over
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("ended", String(16), nullable=False),  # "", used, withdrawn, locked
    Column("ended_ms", BigInteger),
    Column("wrong", Integer, nullable=False),  # proofs that did not fit
)

units = Table(
    "units",
    metadata,
    Column("id", Id, primary_key=True),
    Column("public_key", LargeBinary(32), nullable=False, unique=True),
    Column("key_id", LargeBinary(8), nullable=False),
    Column("sensor_id", ForeignKey("sensors.id"), nullable=False, index=True),
    Column("claim_id", ForeignKey("claims.id")),  # null = registered by hand
    Column("shown_ms", BigInteger, nullable=False),
    Column("since_ms", BigInteger),  # it has the place since then; null = it waits
    Column("until_ms", BigInteger),  # another has it since then
    Column("asked_ms", BigInteger, nullable=False),
    Column("link", LargeBinary),  # sealed: proves the collector to this unit, until it knows the collector's key
    Column("wireguard", LargeBinary(32)),
    Column("version", String(128), nullable=False),
    Column("machine", String(128), nullable=False),
    Column("profile", String(128), nullable=False),
    Column("board", String(128), nullable=False),
    Column("model", String(128), nullable=False),
    Column("serial", String(64)),  # of the certificate it has, hexadecimal; null, as the next three: it has none
    Column("pem", Text),
    Column("begins_ms", BigInteger),
    Column("ends_ms", BigInteger),
)
