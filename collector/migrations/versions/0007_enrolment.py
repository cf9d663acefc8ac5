"""Claims, and the units that showed them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
BIG = sa.BigInteger


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.String(8), nullable=False),
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("sensor", sa.String(32), nullable=False),
        sa.Column("approve", sa.Boolean, nullable=False),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("made_ms", BIG, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("expires_ms", BIG, nullable=False),
        sa.Column("ended", sa.String(16), nullable=False),
        sa.Column("ended_ms", BIG),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
    )
    op.create_table(
        "units",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_key", sa.LargeBinary(32), nullable=False),
        sa.Column("key_id", sa.LargeBinary(8), nullable=False),
        sa.Column("sensor_id", ID, nullable=False),
        sa.Column("claim_id", sa.String(8)),
        sa.Column("shown_ms", BIG, nullable=False),
        sa.Column("since_ms", BIG),
        sa.Column("until_ms", BIG),
        sa.Column("asked_ms", BIG, nullable=False),
        sa.Column("link", sa.LargeBinary),
        sa.Column("wireguard", sa.LargeBinary(32)),
        *(
            sa.Column(name, sa.String(128), nullable=False)
            for name in ("version", "machine", "profile", "board", "model")
        ),
        sa.Column("serial", sa.String(64)),
        sa.Column("pem", sa.Text),
        sa.Column("begins_ms", BIG),
        sa.Column("ends_ms", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.UniqueConstraint("public_key", name="uq_units_public_key"),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_units_sensor_id"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_units_claim_id"),
    )
    op.create_index("ix_units_sensor_id", "units", ["sensor_id"])
