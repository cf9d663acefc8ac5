"""Plans of sites, and where on them sensors hang."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, LargeBinary, String, Table

from .base import metadata

plans = Table(
    "plans",
    metadata,
    Column("tenant", String(32), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("content", LargeBinary, nullable=False),  # a WebP of ours, or shapes as JSON: see collector/plans
    Column("width", Float, nullable=False),  # pixels, or metres
    Column("height", Float, nullable=False),
    Column("metres", Float),  # a unit of width; null = nobody said
    Column("changed_ms", BigInteger, nullable=False),
    CheckConstraint("kind in ('picture', 'drawing')", name="kind"),
)

placements = Table(
    "placements",
    metadata,
    Column("sensor", String(32), primary_key=True),  # names are unique over all tenants
    Column("tenant", String(32), nullable=False),
    Column("site", String(64), nullable=False),
    Column("x", Float, nullable=False),  # per cent of the plan's width, from the left
    Column("y", Float, nullable=False),  # per cent of its height, from the top
)
