"""Which report went out to whom last."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "reported",
        sa.Column("target_id", number, autoincrement=False, nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("target_id", "site", name="pk_reported"),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_reported_target_id", ondelete="CASCADE"),
    )
