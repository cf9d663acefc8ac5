"""A target is told in a language."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("targets", sa.Column("language", sa.String(8), nullable=False, server_default="en"))
