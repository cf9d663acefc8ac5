"""Zones, transactions, and which questions have been answered; files of steps and of zones."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

KINDS = "kind in ('sightings', 'windows', 'stays', 'open_stays', 'visits', 'steps', 'zones')"


def upgrade() -> None:
    with op.batch_alter_table("files") as files:
        files.drop_constraint("ck_files_kind", type_="check")
        files.create_check_constraint("ck_files_kind", KINDS)
    op.create_table(
        "zones",
        sa.Column("sensor", sa.String(32), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sensor", name="pk_zones"),
    )
    op.create_table(
        "transactions",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("transactions", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "site", "start_ms", name="pk_transactions"),
        sa.CheckConstraint("transactions >= 0", name="ck_transactions_transactions"),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("audience", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("spans", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("asked_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint("tenant", "audience", "site", "digest", name="uq_questions_tenant_audience_site_digest"),
    )
    op.create_index("ix_questions_tenant_audience_site_end_ms", "questions", ["tenant", "audience", "site", "end_ms"])
