"""python -m tools.release: everything that is handed on, made of the commit that is checked out."""

import sys
import tempfile
from pathlib import Path

import click

from ..errors import ToolError
from . import making
from .parts import read

ROOT = Path(__file__).parents[2]


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("dist"), show_default=True)
@click.option("--once", is_flag=True, help="Make it once, and do not prove that it comes out the same again.")
def main(out: Path, once: bool) -> None:
    """Wheel, source, packages for units with their index, bill of materials, licences, changes, and SHA-256 of all.

    It is made twice, in folders of other names, and fails where a byte differs.

    \b
    Example:
      make release
    """
    try:
        sums = _made(out, once)
    except ToolError as exc:
        click.echo(f"Error: {exc}", err=True)
        sys.exit(1)
    for name, digest in sums.items():
        click.echo(f"{digest[:16]}  {(out / name).stat().st_size:>10,}  {name}")
    click.echo(f"{out / making.SUMS}: {len(sums)} files{'' if once else ', made twice, byte for byte the same'}")


def _made(out: Path, once: bool) -> dict[str, str]:
    if not_allowed := [f"{part.name} ({part.licence})" for part in read() if not part.allowed]:
        raise ToolError(f"licences that do not go with Apache-2.0: {', '.join(not_allowed)}")
    if out.exists() and any(out.iterdir()):
        raise ToolError(f"{out} is not empty: a release goes into a new folder. Remove it, or say --out")
    commit = making.Commit.head(ROOT)
    with tempfile.TemporaryDirectory(prefix="footfall-release-") as first:
        sums = making.make(ROOT, commit, Path(first), out)
    if once:
        return sums
    with tempfile.TemporaryDirectory(prefix="footfall-once-more-") as second:
        again = making.make(ROOT, commit, Path(second), Path(second) / "out")
    if differ := sorted(name for name in sums.keys() | again.keys() if sums.get(name) != again.get(name)):
        raise ToolError(f"made twice, these differ: {', '.join(differ)}")
    return sums


if __name__ == "__main__":
    main()
