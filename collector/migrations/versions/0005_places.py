"""Objections, the lists made of them, sensitive sites, and what a notice says."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger()
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("sites") as sites:
        sites.add_column(sa.Column("sensitive", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sites") as sites:
        sites.alter_column("sensitive", server_default=None)
    op.create_table(
        "objections",
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("since_ms", BIG, nullable=False),
        sa.Column("until_ms", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_objections"),
    )
    op.create_table(
        "objection_lists",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary, nullable=False),
        sa.Column("key_made_ms", BIG, nullable=False),
        sa.Column("rests_on", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "site", name="pk_objection_lists"),
        sa.CheckConstraint("version > 0", name="ck_objection_lists_version"),
    )
    op.create_table(
        "notices",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("field", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "site", "field", name="pk_notices"),
    )
