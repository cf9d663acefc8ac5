"""Signs of people, kept as files without tokens; counts made by hand, with the signs of that time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

KINDS = "kind in ('sightings', 'windows', 'stays', 'open_stays', 'visits', 'steps', 'zones', 'signs')"


def upgrade() -> None:
    with op.batch_alter_table("files") as files:
        files.drop_constraint("ck_files_kind", type_="check")
        files.create_check_constraint("ck_files_kind", KINDS)
    op.create_table(
        "calibrations",
        sa.Column("tenant", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("level_dbm", sa.Integer, nullable=False),
        sa.Column("people", sa.Float, nullable=False),
        sa.Column("lasting_devices", sa.Float, nullable=False),
        sa.Column("phones", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "site", "start_ms", name="pk_calibrations"),
        sa.CheckConstraint("people >= 0", name="ck_calibrations_people"),
    )
