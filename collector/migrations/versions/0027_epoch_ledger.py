"""What is committed of each start, by epoch; of starts that are running the epochs so far are not known."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "epoch_ledger",
        sa.Column("sensor_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False),
        sa.Column("boot", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(32), nullable=False),
        sa.Column("batches", sa.BigInteger, nullable=False),
        sa.Column("sightings", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "boot", "epoch", name="pk_epoch_ledger"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO epoch_ledger SELECT sensor_id, boot, '?', batches, sightings, 0 FROM ledger")
