"""Marks: what a day's signs of people are made of, kept so that only what is new is read again; one file a day."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

KINDS = "kind in ('sightings', 'windows', 'stays', 'open_stays', 'visits', 'steps', 'zones', 'signs', 'marks')"


def upgrade() -> None:
    with op.batch_alter_table("files") as files:
        files.drop_constraint("ck_files_kind", type_="check")
        files.create_check_constraint("ck_files_kind", KINDS)
    op.create_index(
        "uq_files_marks",
        "files",
        ["tenant", "day"],
        unique=True,
        sqlite_where=sa.text("kind = 'marks'"),
        postgresql_where=sa.text("kind = 'marks'"),
    )
