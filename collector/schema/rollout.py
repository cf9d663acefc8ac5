"""Tags and places of sensors, images, and campaigns: changes that go over the fleet in stages."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from .base import Id, metadata

tags = Table(
    "tags",
    metadata,
    Column("sensor_id", ForeignKey("sensors.id"), primary_key=True, autoincrement=False),
    Column("tag", String(32), primary_key=True),
)

mounts = Table(  # where a sensor hangs
    "mounts",
    metadata,
    Column("sensor_id", ForeignKey("sensors.id"), primary_key=True, autoincrement=False),
    Column("latitude", Float),  # degrees, WGS 84; null = nobody has said
    Column("longitude", Float),
    Column("behind", String(32), nullable=False),  # the sensor whose uplink it needs; "" = none that is known
)

images = Table(  # whole firmwares, see collector.images; the files lie in the collector's folder
    "images",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("note", Text, nullable=False),  # what the release key has signed: boards, version, size, hash
    Column("key_id", LargeBinary(8), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("recovery", Text, nullable=False),  # JSON: by board, what brings back a unit that does not start
    Column("actor", String(64), nullable=False),
    Column("added_ms", BigInteger, nullable=False),
)

packages = Table(  # of the agent, see collector.images.packages; the files lie beside those of images
    "packages",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("note", Text, nullable=False),  # what the release key has signed: package, version, form, size, hash
    Column("key_id", LargeBinary(8), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("added_ms", BigInteger, nullable=False),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),  # config, package, image
    Column("cargo", Text, nullable=False),  # JSON: what is rolled out
    Column("terms", Text, nullable=False),  # JSON: stages, when it stops, how long it waits
    Column("state", String(16), nullable=False),
    Column("stage", Integer, nullable=False),  # the one that is open, from 0
    Column("deadline_ms", BigInteger, nullable=False),
    Column("says", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Index(None, "state"),
)

campaign_units = Table(
    "campaign_units",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaigns.id"), primary_key=True, autoincrement=False),
    Column("sensor_id", Id, ForeignKey("sensors.id"), primary_key=True, autoincrement=False),
    Column("turn", Integer, nullable=False),  # its place in the order, from 0
    Column("stage", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("told_ms", BigInteger, nullable=False),  # 0 = not yet
    Column("settled_ms", BigInteger, nullable=False),
    Column("boot", BigInteger, nullable=False),  # its start when it was told
    Column("excused", Boolean, nullable=False),  # a failure that somebody has looked at: it stops nothing more
    Column("says", Text, nullable=False),
)
