"""The watch over the fleet: samples, conditions, alerts, times of work."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "samples",
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.BigInteger, autoincrement=False, nullable=False)
            for name in ("time_ms", "boot", "frames", "kernel_drops", "dropped", "reconnects")
        ),
        sa.PrimaryKeyConstraint("sensor_id", "time_ms", name="pk_samples"),
    )
    op.create_index("ix_samples_time_ms", "samples", ["time_ms"])
    op.create_table(
        "conditions",
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("raised_ms", sa.BigInteger),
        sa.Column("clear_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("sensor_id", "state", name="pk_conditions"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", number, nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("sensor", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("raised_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("do", sa.Text, nullable=False),
        sa.Column("sensors", sa.Text, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("acknowledged_by", sa.String(64), nullable=False),
        sa.Column("snoozed_until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_ended_ms", "alerts", ["ended_ms"])
    op.create_table(
        "works",
        sa.Column("id", number, nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_works"),
    )
