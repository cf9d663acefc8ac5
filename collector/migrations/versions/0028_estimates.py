"""Estimates: what was worked out of a day that is over, kept so that a report need not do it again; one file a day."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

KINDS = (
    "kind in ('sightings', 'windows', 'stays', 'open_stays', 'visits', 'steps', 'zones', 'signs', 'marks', 'estimates')"
)


def upgrade() -> None:
    with op.batch_alter_table("files") as files:
        files.drop_constraint("ck_files_kind", type_="check")
        files.create_check_constraint("ck_files_kind", KINDS)
    op.create_index(
        "uq_files_estimates",
        "files",
        ["tenant", "day"],
        unique=True,
        sqlite_where=sa.text("kind = 'estimates'"),
        postgresql_where=sa.text("kind = 'estimates'"),
    )
