"""python -m tools.pins: whether the ranges of pyproject.toml hold, by trying their ends."""

import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import click

from .. import instants
from ..release.parts import licence
from . import ranges, record, trying


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("ways", nargs=-1, type=click.Choice(sorted(trying.WAYS)), metavar="[lowest] [newest]")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path("build/pins"), show_default=True, help="For both."
)
def main(ways: tuple[str, ...], folder: Path) -> None:
    """Make an environment of the oldest versions that pyproject.toml allows, and one of the newest, and test in each.

    What passes is kept in tools/pins/tried.json, of which `make docs` makes the table of docs/supply.md. The first
    test that fails ends it: exit code 1.

    \b
    Example:
      make pins ARGS=lowest
    """
    for way in ways or tuple(trying.WAYS):
        click.echo(f"{way}: installing into {folder / way}", err=True)
        python = trying.install(way, (folder / way).absolute())
        click.echo(f"{way}: testing, some minutes", err=True)
        said = trying.tested(python, (folder / f"{way}-tests").absolute())
        record.keep(way, _tried(python, said))
        click.echo(f"{way}: {said}")
    click.echo(f"kept in {record.KEPT}; `make docs` shows it in docs/supply.md", err=True)


def _tried(python: Path, said: str) -> record.Tried:
    wanted = ranges.read()
    names = {need.name for need in wanted} - trying.UNTRIED
    found = {name: one for name, one in trying.distributions(python).items() if name in names}
    return record.Tried(
        date=instants.day(time.time_ns() // 1_000_000),
        python=platform.python_version(),
        said=said,
        versions={name: one.version for name, one in found.items()},
        ranges={need.name: need.allowed for need in wanted if need.name in found},
        licences=licences(wanted) | {name: licence(one) for name, one in found.items()},
    )


def licences(wanted: Sequence[ranges.Range]) -> dict[str, str]:
    """By name, of what is installed here: also of parts that no environment of ours tries."""
    found = {}
    for need in wanted:
        with suppress(metadata.PackageNotFoundError):
            found[need.name] = licence(metadata.distribution(need.name))
    return found


if __name__ == "__main__":
    main()
