"""Tags and places of sensors; campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "tags",
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "tag", name="pk_tags"),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_tags_sensor_id"),
    )
    op.create_table(
        "mounts",
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("behind", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", name="pk_mounts"),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_mounts_sensor_id"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", number, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("cargo", sa.Text, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("deadline_ms", sa.BigInteger, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_index("ix_campaigns_state", "campaigns", ["state"])
    op.create_table(
        "campaign_units",
        sa.Column("campaign_id", number, autoincrement=False, nullable=False),
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("told_ms", sa.BigInteger, nullable=False),
        sa.Column("settled_ms", sa.BigInteger, nullable=False),
        sa.Column("boot", sa.BigInteger, nullable=False),
        sa.Column("excused", sa.Boolean, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "sensor_id", name="pk_campaign_units"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_units_campaign_id"),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_campaign_units_sensor_id"),
    )
