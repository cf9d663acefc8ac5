"""Tenants, sites, sensors, and what each sensor said of itself last."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .base import Id, metadata

tenants = Table(
    "tenants",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("time_zone", String(64), nullable=False),
    Column("epoch_turn_h", Integer, nullable=False),
    Column("minimum_group", Integer, nullable=False),
    Column("epoch_days", Integer, nullable=False),  # business days that one key holds for
    Column("epoch_reason", String(256), nullable=False),  # why more than one
    Column("device_feed_reason", String(256), nullable=False),  # why single devices are handed on; "" = they are not
    CheckConstraint("epoch_days between 1 and 30", name="epoch_days"),
    CheckConstraint("epoch_days = 1 or epoch_reason <> ''", name="epoch_reason"),
    CheckConstraint("epoch_turn_h between 0 and 23", name="epoch_turn_h"),
    CheckConstraint("minimum_group >= 10", name="minimum_group"),
)

sites = Table(
    "sites",
    metadata,
    Column("tenant", ForeignKey("tenants.name"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("time_zone", String(64), nullable=False),
    Column("seen_dbm", Integer, nullable=False),
    Column("inside_dbm", Integer, nullable=False),
    Column("visit_min_s", Integer, nullable=False),
    Column("visit_gap_s", Integer, nullable=False),
    Column("bounce_s", Integer, nullable=False),
    Column("fixed_h", Integer, nullable=False),
    Column("staff_h", Integer, nullable=False),
    Column("opens", String(5)),  # HH:MM local; null = always open
    Column("closes", String(5)),
    Column("sensitive", Boolean, nullable=False),  # a hospital, a church, a school: nothing but counts
    Column("classifier", Text, nullable=False),  # JSON, see collector.classifying; "" = the rule
    CheckConstraint("inside_dbm > seen_dbm", name="inside_dbm"),
)

sensors = Table(
    "sensors",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tenant", String(32), nullable=False),
    Column("name", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("key_id", LargeBinary(8), nullable=False),
    Column("public_key", LargeBinary(32), nullable=False),
    Column("state", String(16), nullable=False),  # see collector.records.standing
    Column("says", Text, nullable=False),  # why it is in this state
    Column("group_name", String(32), nullable=False),  # settings go by it; "" = none
    Column("changed_ms", BigInteger, nullable=False),
    UniqueConstraint("name"),  # over all tenants: an envelope names its sensor and no tenant
)

reports = Table(  # what each sensor said of itself last
    "reports",
    metadata,
    Column("sensor_id", ForeignKey("sensors.id"), primary_key=True),
    Column("boot", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("version", String(128), nullable=False),
    Column("health", LargeBinary),  # body of its last health message
    Column("firmware", String(128), nullable=False, server_default=""),  # version of its image; "" = never said
    Column("board", String(128), nullable=False, server_default=""),
)
