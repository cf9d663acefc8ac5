"""Numbers of batches that came long ago, as ranges."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "batch_ranges",
        sa.Column("sensor_id", number, autoincrement=False, nullable=False),
        sa.Column("boot", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.CheckConstraint("last >= first", name="ck_batch_ranges_last"),
        sa.PrimaryKeyConstraint("sensor_id", "boot", "first", name="pk_batch_ranges"),
        sqlite_with_rowid=False,
    )
