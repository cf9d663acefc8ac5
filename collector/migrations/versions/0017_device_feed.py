"""Why a tenant's lists of single devices may be handed on; empty where they may not."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    with op.batch_alter_table("tenants") as tenants:
        tenants.add_column(sa.Column("device_feed_reason", sa.String(256), nullable=False, server_default=""))
    with op.batch_alter_table("tenants") as tenants:
        tenants.alter_column("device_feed_reason", server_default=None)
