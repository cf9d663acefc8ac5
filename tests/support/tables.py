"""What a database holds, in words: to compare one that was made at once with one that the migrations made."""

from collections.abc import Mapping

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect

from collector.database import MIGRATIONS, writing


def migrate(engine: Engine, version: str = "head") -> None:
    """Bring it to `version` by the real migrations, from the first."""
    with writing(engine).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def described(engine: Engine) -> dict[str, dict[str, list[str]]]:
    """Of each table columns with type, nullability and default, keys, references, rules and indexes, all sorted."""
    looked = inspect(engine)
    return {
        name: {
            "columns": sorted(
                f"{column['name']} {column['type']} {column['nullable']} {column['default']}"
                for column in looked.get_columns(name)
            ),
            "key": [_words(looked.get_pk_constraint(name))],
            "references": sorted(map(_words, looked.get_foreign_keys(name))),
            "uniques": sorted(map(_words, looked.get_unique_constraints(name))),
            "rules": sorted(map(_words, looked.get_check_constraints(name))),
            "indexes": sorted(map(_words, looked.get_indexes(name))),
        }
        for name in sorted(looked.get_table_names())
    }


def _words(value: object) -> str:
    """A partial index tells its condition as an element of SQL, whose text is meant and not its place in memory."""
    if isinstance(value, Mapping):
        return str({key: _words(one) for key, one in sorted(value.items())})
    return str(value)
