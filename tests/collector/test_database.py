"""The registry: migrations make exactly the tables that the code expects, and a newer registry is refused."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text
from tables import described, migrate

from collector import folder, schema
from collector.database import MIGRATIONS, open_database, revision, versions
from collector.errors import DatabaseError, SettingsError
from collector.options.settings import Settings


def bare(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    migrate(engine)
    return engine


def test_migrations_make_the_tables_that_a_new_registry_has(tmp_path: Path) -> None:
    migrated = bare(tmp_path / "migrated.sqlite")
    made = open_database(f"sqlite:///{tmp_path / 'made.sqlite'}")
    assert described(migrated) == described(made)
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    assert revision(migrated) == revision(made) == versions()[-1]


def test_an_old_registry_is_migrated_when_it_is_opened_and_keeps_its_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    old = create_engine(url)
    migrate(old, versions()[0])
    with old.begin() as connection:
        connection.execute(text("INSERT INTO tenants VALUES ('shop', 'UTC', 4, 10)"))
    old.dispose()
    with open_database(url).connect() as connection:
        assert connection.execute(text("SELECT name FROM tenants")).scalars().all() == ["shop"]


def test_each_migration_follows_the_one_before_and_is_named_after_its_version() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == versions()
    assert scripts.get_current_head() == versions()[-1]


def test_a_commit_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    """synchronous=FULL with a write-ahead log, and deleted rows are overwritten."""
    engine = open_database(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    with engine.connect() as connection:
        found = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "secure_delete")
        ]
    assert found == ["wal", 2, 1]


def test_a_registry_of_a_newer_footfall_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    with open_database(url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer Footfall"):
        open_database(url)


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    folder.create(tmp_path / "c", Settings())
    with pytest.raises(SettingsError, match="already holds a collector"):
        folder.create(tmp_path / "c", Settings())


@pytest.mark.parametrize(
    ("said", "names"),
    [("broker_port = 0", "broker_port"), ("colour = 1", "colour"), ("broker_port = ", "cannot be read")],
)
def test_a_wrong_setting_is_named(tmp_path: Path, said: str, names: str) -> None:
    folder.create(tmp_path / "c", Settings())
    (tmp_path / "c" / "collector.toml").write_text(said)
    with pytest.raises(SettingsError, match=names):
        folder.open_folder(tmp_path / "c")


def test_settings_survive_their_file(tmp_path: Path) -> None:
    chosen = Settings(broker_port=8883, replay=True, http_host="::1")
    folder.create(tmp_path / "c", chosen)
    assert folder.open_folder(tmp_path / "c").settings == chosen


def test_a_folder_that_is_none_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="footfall collector init"):
        folder.open_folder(tmp_path)


def test_twenty_who_ask_at_once_do_not_open_the_registry_anew_the_next_time(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    opened: list[object] = []
    event.listen(engine, "connect", lambda connection, _: opened.append(connection))
    for _ in range(3):
        with ExitStack() as at_once:
            for _ in range(20):
                at_once.enter_context(engine.begin())
    assert len(opened) <= 20
