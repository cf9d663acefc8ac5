"""In how many hours of a day somebody is heard who works there; and why an address is not heard."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    with op.batch_alter_table("sites") as sites:
        sites.add_column(sa.Column("staff_h", sa.Integer, nullable=False, server_default="6"))
    with op.batch_alter_table("sites") as sites:
        sites.alter_column("staff_h", server_default=None)
    with op.batch_alter_table("objections") as objections:
        objections.add_column(sa.Column("kind", sa.String(16), nullable=False, server_default="objection"))
    with op.batch_alter_table("objections") as objections:
        objections.alter_column("kind", server_default=None)
