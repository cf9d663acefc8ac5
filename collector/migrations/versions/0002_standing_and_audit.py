"""A sensor has a state instead of a yes or no; and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("sensors") as sensors:
        sensors.add_column(sa.Column("state", sa.String(16), nullable=False, server_default="pending"))
        sensors.add_column(sa.Column("says", sa.Text, nullable=False, server_default=""))
        sensors.add_column(sa.Column("group_name", sa.String(32), nullable=False, server_default=""))
        sensors.add_column(sa.Column("changed_ms", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE sensors SET state = 'approved' WHERE approved")
    with op.batch_alter_table("sensors") as sensors:
        sensors.drop_column("approved")
        sensors.drop_constraint("uq_sensors_tenant_name", type_="unique")
        sensors.create_unique_constraint("uq_sensors_name", ["name"])
        for name in ("state", "says", "group_name", "changed_ms"):
            sensors.alter_column(name, server_default=None)
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("verb", sa.String(32), nullable=False),
        sa.Column("object", sa.String(128), nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
