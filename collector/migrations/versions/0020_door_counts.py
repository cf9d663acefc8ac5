"""Counts at the door, and the rates of flows that they taught."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "door_counts",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("visitors", sa.Integer, nullable=False),
        sa.Column("passers_by", sa.Integer),
        sa.PrimaryKeyConstraint("tenant", "site", "start_ms", name="pk_door_counts"),
        sa.CheckConstraint("visitors >= 0", name="ck_door_counts_visitors"),
    )
    op.create_table(
        "flow_rates",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("rates", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "site", name="pk_flow_rates"),
    )
