"""The door remembers starts and flags; batches have digests; what is held says whose it is and how long it stays."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    sensor_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "starts",
        sa.Column("sensor_id", sensor_id, autoincrement=False, nullable=False),
        sa.Column("boot", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("first_ms", sa.BigInteger, nullable=False),
        sa.Column("signal_last", sa.BigInteger, nullable=False),
        sa.Column("death_last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "boot", name="pk_starts"),
    )
    op.create_table(
        "flags",
        sa.Column("sensor_id", sensor_id, autoincrement=False, nullable=False),
        sa.Column("start_ms", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "start_ms", name="pk_flags"),
    )
    op.create_index("ix_flags_start_ms", "flags", ["start_ms"])
    op.add_column("batches", sa.Column("digest", sa.LargeBinary(8)))
    with op.batch_alter_table("quarantine") as quarantine:
        quarantine.add_column(sa.Column("source", sa.String(80), nullable=False, server_default="?"))
        quarantine.add_column(sa.Column("size", sa.Integer, nullable=False, server_default="0"))
        quarantine.add_column(sa.Column("whole", sa.Boolean, nullable=False, server_default=sa.false()))
        quarantine.add_column(sa.Column("digest", sa.LargeBinary(8)))
        quarantine.add_column(sa.Column("until_ms", sa.BigInteger, nullable=False, server_default="0"))
    with op.batch_alter_table("quarantine") as quarantine:
        for name in ("source", "size", "whole", "until_ms"):
            quarantine.alter_column(name, server_default=None)
    op.create_index("ix_quarantine_source", "quarantine", ["source"])
    op.create_index("ix_quarantine_digest", "quarantine", ["digest"])
