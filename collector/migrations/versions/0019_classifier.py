"""A site's own classifier of visitors and passers-by."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    with op.batch_alter_table("sites") as sites:
        sites.add_column(sa.Column("classifier", sa.Text, nullable=False, server_default=""))
    with op.batch_alter_table("sites") as sites:
        sites.alter_column("classifier", server_default=None)
