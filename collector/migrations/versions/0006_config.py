"""Options of sensors by layer, proposals, pushes and commands."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str, size: int) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(size), nullable=False)


def _number(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger, nullable=False)


def _says(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    op.create_table(
        "layers",
        sa.Column("id", ID, nullable=False),
        *(_text("scope", 8), _text("tenant", 32), _text("name", 64)),
        sa.Column("number", sa.Integer, nullable=False),
        *(_says("options"), _number("time_ms"), _text("actor", 64), _says("why")),
        sa.PrimaryKeyConstraint("id", name="pk_layers"),
        sa.UniqueConstraint("scope", "tenant", "name", "number", name="uq_layers_scope_tenant_name_number"),
    )
    op.create_table(
        "proposals",
        sa.Column("id", ID, nullable=False),
        *(_text("scope", 8), _text("tenant", 32), _text("name", 64)),
        sa.Column("base", sa.Integer, nullable=False),
        *(_says("options"), _says("loosens"), _number("time_ms"), _text("actor", 64), _says("why")),
        *(_text("state", 12), _text("decided_by", 64), _number("decided_ms")),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
    )
    op.create_table(
        "pushes",
        sa.Column("sensor_id", ID, nullable=False),
        *(_number("version"), _says("options"), _text("state", 12), _says("says")),
        *(_number("running"), _number("made_ms"), _number("changed_ms"), _number("retry_ms")),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_pushes_sensor_id"),
        sa.PrimaryKeyConstraint("sensor_id", name="pk_pushes"),
    )
    op.create_table(
        "commands",
        sa.Column("id", sa.LargeBinary(8), nullable=False),
        sa.Column("sensor_id", ID, nullable=False),
        *(_text("verb", 16), _text("actor", 64), _number("made_ms"), _text("state", 12), _says("says")),
        sa.ForeignKeyConstraint(["sensor_id"], ["sensors.id"], name="fk_commands_sensor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_commands"),
    )
    op.create_index("ix_commands_state", "commands", ["state"])
