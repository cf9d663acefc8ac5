"""Packages of the agent that can be rolled out from the collector itself."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "packages",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("key_id", sa.LargeBinary(8), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("added_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_packages"),
    )
