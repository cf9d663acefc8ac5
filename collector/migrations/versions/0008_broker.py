"""Certificates that were issued, and lean units' ways in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("user_name", sa.String(65), nullable=False),
        sa.Column("not_before_ms", sa.BigInteger, nullable=False),
        sa.Column("not_after_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("serial", name="pk_certificates"),
    )
    op.create_index("ix_certificates_user_name", "certificates", ["user_name"])
    op.create_table(
        "peers",
        sa.Column("user_name", sa.String(65), nullable=False),
        sa.Column("public_key", sa.String(44), nullable=False),
        sa.Column("address", sa.String(39), nullable=False),
        sa.Column("password", sa.String(160), nullable=False),
        sa.PrimaryKeyConstraint("user_name", name="pk_peers"),
        sa.UniqueConstraint("public_key", name="uq_peers_public_key"),
        sa.UniqueConstraint("address", name="uq_peers_address"),
    )
