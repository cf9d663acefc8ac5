"""What sensors are told to be: layers of options, changes that wait for a second person, pushes, commands."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .base import Id, metadata

layers = Table(  # append-only: a change is a row with the whole layer as it is from then on
    "layers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("scope", String(8), nullable=False),  # tenant, site, group or sensor
    Column("tenant", String(32), nullable=False),
    Column("name", String(64), nullable=False),  # of the site, group or sensor; the tenant's own again
    Column("number", Integer, nullable=False),  # from 1 in each layer
    Column("options", Text, nullable=False),  # JSON
    Column("time_ms", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("why", Text, nullable=False),
    UniqueConstraint("scope", "tenant", "name", "number"),
)

proposals = Table(  # changes that tell more of people: somebody else must say yes
    "proposals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("scope", String(8), nullable=False),  # as a layer's, or member: a sensor's group
    Column("tenant", String(32), nullable=False),
    Column("name", String(64), nullable=False),
    Column("base", Integer, nullable=False),  # number of the layer that it was made for
    Column("options", Text, nullable=False),
    Column("loosens", Text, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("state", String(12), nullable=False),  # open, confirmed, withdrawn
    Column("decided_by", String(64), nullable=False),
    Column("decided_ms", BigInteger, nullable=False),
)

pushes = Table(  # the newest configuration of each sensor, and what the sensor says of it
    "pushes",
    metadata,
    Column("sensor_id", ForeignKey("sensors.id"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("options", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("says", Text, nullable=False),
    Column("running", BigInteger, nullable=False),  # version that the sensor said last; 0 = its own file alone
    Column("made_ms", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Column("retry_ms", BigInteger, nullable=False),  # when somebody wanted it tried again
)

commands = Table(
    "commands",
    metadata,
    Column("id", LargeBinary(8), primary_key=True),
    Column("sensor_id", ForeignKey("sensors.id"), nullable=False),
    Column("verb", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, sent, ok, refused, expired
    Column("says", Text, nullable=False),
    Index(None, "state"),
)
