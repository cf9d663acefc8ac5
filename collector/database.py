"""The registry database: opening it, and bringing its tables up to date.

SQLite in the collector's folder by default: write-ahead log, fully synchronous, so that a commit is on disk when it
returns; deleted rows are overwritten. PostgreSQL where a URL is given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from . import schema
from .errors import DatabaseError, scrubbed

MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_WAIT_MS = 30_000
# The server has 40 threads. What is beyond POOL is opened anew each time, and reads all tables' names first.
POOL, BEYOND = 20, 28


def open_database(url: str) -> Engine:
    """The engine behind `url`, its tables brought up to date. Raises DatabaseError, also for a newer registry."""
    engine = create_engine(url, **_pooled(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
    try:
        _bring_up_to_date(engine)
    except OperationalError as exc:
        ask = "Is the disk full or read-only?" if engine.dialect.name == "sqlite" else "Is the server up?"
        said = scrubbed(str(exc.orig))
        raise DatabaseError(f"the registry cannot be opened: {said}. {ask} Try again when that is mended") from exc
    return engine


def _pooled(url: str) -> dict[str, Any]:
    """Connections that are kept; PostgreSQL counts them over all processes, so there the default's few must do."""
    kept = {"pool_size": POOL, "max_overflow": BEYOND, "pool_use_lifo": True}
    return kept if make_url(url).get_backend_name() == "sqlite" else {}


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions late; we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_WAIT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Any) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it was when it began, whatever others write meanwhile."""
    isolated = engine
    if engine.dialect.name == "postgresql":
        isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    with isolated.begin() as connection:
        yield connection


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: SQLite takes its lock at the beginning, not half-way through."""
    return engine.execution_options(writes=True)


def inserting(engine: Engine) -> Any:
    """The `insert` of this engine's dialect: the one that knows `on_conflict_do_update`."""
    return sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert


def revision(engine: Engine) -> str:
    """The version of the tables."""
    with engine.begin() as connection:
        return _version(connection) or ""


@cache
def versions() -> tuple[str, ...]:
    """The versions of the tables, oldest first: each migration's file begins with its own."""
    return tuple(sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def _bring_up_to_date(engine: Engine) -> None:
    with engine.begin() as connection:
        if _version(connection) == versions()[-1]:
            return  # as nearly always, and nobody who writes was held up
    with writing(engine).begin() as connection:
        found = _version(connection)
        if found is None:
            _make(connection)
        elif found != versions()[-1]:
            _migrate(connection)


def _make(connection: Connection) -> None:
    """All tables at once, and the version that Alembic would have noted: migrations are for registries of old."""
    schema.metadata.create_all(connection, checkfirst=False)
    noted = Table("alembic_version", MetaData(), Column("version_num", String(32), nullable=False))
    noted.append_constraint(PrimaryKeyConstraint("version_num", name="alembic_version_pkc"))
    noted.create(connection)
    connection.execute(noted.insert().values(version_num=versions()[-1]))


def _migrate(connection: Connection) -> None:
    # Here, because a registry that is up to date need not wait for Alembic: it takes longest.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    """The version of the tables, None where there are none. Raises DatabaseError for one of a newer program."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if current is not None and current not in versions():
        raise DatabaseError(
            f"the registry is of version {current}, which this program does not know. "
            "It was made by a newer Footfall: install that, or restore a backup made before the upgrade"
        )
    return None if current is None else str(current)
