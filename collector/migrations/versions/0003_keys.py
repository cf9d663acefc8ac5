"""Epochs, the collector's keys, and which sensors know of them; epochs of several days."""

import sqlalchemy as sa
from alembic import op

revision = "keys"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("tenants") as tenants:
        tenants.add_column(sa.Column("epoch_days", sa.Integer, nullable=False, server_default="1"))
        tenants.add_column(sa.Column("epoch_reason", sa.String(256), nullable=False, server_default=""))
    with op.batch_alter_table("tenants") as tenants:
        tenants.create_check_constraint("ck_tenants_epoch_days", "epoch_days between 1 and 30")
        tenants.create_check_constraint("ck_tenants_epoch_reason", "epoch_days = 1 or epoch_reason <> ''")
        for name in ("epoch_days", "epoch_reason"):
            tenants.alter_column(name, server_default=None)
    op.create_table(
        "epochs",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("destroyed_ms", sa.BigInteger),
        sa.CheckConstraint("end_ms > start_ms", name="ck_epochs_end_ms"),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_epochs"),
    )
    op.create_index("ix_epochs_tenant_start_ms", "epochs", ["tenant", "start_ms"])
    op.create_table(
        "collector_keys",
        sa.Column("key_id", sa.LargeBinary(8), nullable=False),
        sa.Column("public_key", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("overlap_ms", sa.BigInteger, nullable=False),
        sa.Column("retired_ms", sa.BigInteger),
        sa.CheckConstraint("state in ('next', 'signing', 'retired')", name="ck_collector_keys_state"),
        sa.PrimaryKeyConstraint("key_id", name="pk_collector_keys"),
    )
    op.create_table(
        "trust_versions",
        sa.Column("sensor_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_trust_versions_sensor_id"),
        sa.PrimaryKeyConstraint("sensor_id", name="pk_trust_versions"),
    )
