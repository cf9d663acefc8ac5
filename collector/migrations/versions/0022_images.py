"""Images that can be rolled out; and of each sensor the image that it runs, and its board."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    for name in ("firmware", "board"):
        op.add_column("reports", sa.Column(name, sa.String(128), nullable=False, server_default=""))
    op.create_table(
        "images",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("key_id", sa.LargeBinary(8), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("recovery", sa.Text, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("added_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_images"),
    )
