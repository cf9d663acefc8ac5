"""How sensors were: more in each sample, the same hour by hour for weeks, and the states they were in."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    measured = {
        "load_1m": sa.Float,
        "memory_available_kib": sa.BigInteger,
        "temperature_c": sa.Float,
        "clock_offset_ms": sa.BigInteger,
        "spool_batches": sa.BigInteger,
        "spool_bytes": sa.BigInteger,
    }
    for name, kind in measured.items():
        op.add_column("samples", sa.Column(name, kind))
    op.create_table(
        "health_hours",
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        sa.Column("hour_ms", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("frames", "kernel_drops", "dropped", "reconnects")
        ),
        *(sa.Column(name, kind) for name, kind in measured.items()),
        sa.PrimaryKeyConstraint("sensor_id", "hour_ms", name="pk_health_hours"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_health_hours_hour_ms", "health_hours", ["hour_ms"])
    op.create_table(
        "state_changes",
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        sa.Column("time_ms", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "time_ms", name="pk_state_changes"),
    )
    op.create_index("ix_state_changes_time_ms", "state_changes", ["time_ms"])
