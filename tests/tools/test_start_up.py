"""Commands start without what they do not need: Arrow, DuckDB and the page take longer to load than most to run."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from shop import SENSOR, SITE, SmallShop, Stay, at

from collector.options import sources
from tools.cli import cli
from tools.lazy import Lazy

HEAVY = {"deltalake", "duckdb", "fastapi", "httpx", "pyarrow", "scipy", "sklearn", "uvicorn"}
PROGRAM = """
import json, sys
from tools.cli import cli
try:
    cli.main(sys.argv[1:], standalone_mode=False)
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded(*words: str) -> tuple[str, set[str]]:
    """What a command says, and the modules that its process has at the end."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
    return done.stdout, set(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = SmallShop(tmp_path_factory.mktemp("start-up") / "c")
    shop.hear([Stay(1, at(10), at(10, 1))])
    return shop.collector.folder


@pytest.mark.parametrize(
    "words",
    [["--help"], ["collector", "--help"], ["collector", "serve", "--help"], ["fleet", "--help"], ["device", "--help"]],
    ids=" ".join,
)
def test_help_waits_for_nothing(words: list[str]) -> None:
    says, modules = loaded(*words)
    assert says.startswith("Usage: ")
    assert modules & HEAVY == set()


@pytest.mark.parametrize(
    "words", [["collector", "status"], ["fleet", "list"], ["collector", "site", "list"]], ids=" ".join
)
def test_commands_that_only_read_the_registry_load_no_engine(words: list[str], folder: Path) -> None:
    says, modules = loaded(*words, "--dir", str(folder))
    assert SENSOR in says or SITE in says
    assert modules & HEAVY == set()


def test_what_is_looked_for_would_be_seen(folder: Path) -> None:
    """A report needs DuckDB and Arrow, and has them."""
    _, modules = loaded("report", "shop", "--dir", str(folder), "--json")
    assert {"duckdb", "pyarrow"} <= modules


def lazy_groups(group: click.Group = cli, path: str = "footfall") -> list[tuple[str, click.Group]]:
    context = click.Context(group)
    inside = [(f"{path} {name}", group.get_command(context, name)) for name in group.list_commands(context)]
    found = [pair for name, one in inside if isinstance(one, click.Group) for pair in lazy_groups(one, name)]
    return [(path, group), *found] if isinstance(group, Lazy) else found


def test_a_lazy_list_says_what_its_commands_say() -> None:
    groups = lazy_groups()
    assert {"footfall", "footfall collector", "footfall device", "footfall fleet"} <= {path for path, _ in groups}
    for path, group in groups[1:]:  # the first has lines of its own: a command's first sentence is longer there
        assert isinstance(group, Lazy)
        for name, (_, _, says) in group.table.items():
            command = group.get_command(click.Context(group), name)
            assert command is not None
            assert (command.name, command.get_short_help_str(1000)) == (name, says), path


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["devise", "check"], "Did you mean 'device'?"),
        (["device", "chek"], "Did you mean 'check'?"),
        (["device", "qqq"], "No such command 'qqq'."),
    ],
)
def test_a_mistyped_command_is_told_the_nearest(words: list[str], says: str) -> None:
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    assert says in done.output


def test_no_option_that_the_environment_gives_is_taken_for_a_setting() -> None:
    """A technician's FOOTFALL_UNIT_PASSWORD would have ended every command that opens a collector's folder."""

    def given(command: click.Command) -> set[str]:
        own = {param.envvar for param in command.params if isinstance(param.envvar, str)}
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                if (one := command.get_command(context, name)) is not None:
                    own |= given(one)
        return own

    assert {name for name in given(cli) if name.startswith(sources.PREFIX)} == sources.OF_COMMANDS
