"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger()
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("name", sa.String(32)),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("epoch_turn_h", sa.Integer, nullable=False),
        sa.Column("minimum_group", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tenants"),
        sa.CheckConstraint("epoch_turn_h between 0 and 23", name="ck_tenants_epoch_turn_h"),
        sa.CheckConstraint("minimum_group >= 10", name="ck_tenants_minimum_group"),
    )
    op.create_table(
        "sites",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("seen_dbm", sa.Integer, nullable=False),
        sa.Column("inside_dbm", sa.Integer, nullable=False),
        sa.Column("visit_min_s", sa.Integer, nullable=False),
        sa.Column("visit_gap_s", sa.Integer, nullable=False),
        sa.Column("bounce_s", sa.Integer, nullable=False),
        sa.Column("fixed_h", sa.Integer, nullable=False),
        sa.Column("opens", sa.String(5)),
        sa.Column("closes", sa.String(5)),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_sites"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.name"], name="fk_sites_tenant"),
        sa.CheckConstraint("inside_dbm > seen_dbm", name="ck_sites_inside_dbm"),
    )
    op.create_table(
        "sensors",
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("key_id", sa.LargeBinary(8), nullable=False),
        sa.Column("public_key", sa.LargeBinary(32), nullable=False),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sensors"),
        sa.UniqueConstraint("tenant", "name", name="uq_sensors_tenant_name"),
    )
    op.create_table(
        "reports",
        sa.Column("sensor_id", ID, nullable=False),
        sa.Column("boot", BIG, nullable=False),
        sa.Column("received_ms", BIG, nullable=False),
        sa.Column("connected", sa.Boolean, nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("health", sa.LargeBinary),
        sa.PrimaryKeyConstraint("sensor_id", name="pk_reports"),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_reports_sensor_id"),
    )
    op.create_table(
        "files",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("epoch", sa.String(32), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("rows", BIG, nullable=False),
        sa.Column("bytes", BIG, nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("covers_id", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("path", name="uq_files_path"),
        sa.CheckConstraint("kind in ('sightings', 'windows', 'visits')", name="ck_files_kind"),
    )
    op.create_index("ix_files_tenant_kind_day", "files", ["tenant", "kind", "day"])
    op.create_table(
        "batches",
        sa.Column("sensor_id", ID, nullable=False, autoincrement=False),
        sa.Column("boot", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("file_id", BIG),
        sa.Column("received_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "boot", "number", name="pk_batches"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger",
        sa.Column("sensor_id", ID, nullable=False, autoincrement=False),
        sa.Column("boot", BIG, nullable=False),
        sa.Column("batches", BIG, nullable=False),
        sa.Column("sightings", BIG, nullable=False),
        sa.Column("duplicates", BIG, nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "boot", name="pk_ledger"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", ID, nullable=False),
        sa.Column("received_ms", BIG, nullable=False),
        sa.Column("topic", sa.String(256), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
    )
