"""`footfall fleet package`: the catalogue of packages of the agent, which the collector serves to units itself."""

import json
from pathlib import Path

import click

from collector import clock
from collector.images.packages import Packages
from collector.images.vouched import Word, wanted_key
from collector.rollout import packages
from footfall_sensor import keys

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from ..device import releasing
from ..errors import ToolError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("package")
def package() -> None:
    """Packages of the agent that campaigns can bring to units from the collector itself.

    `footfall device release` vouches for one; `add` takes it in; the page, the API and `footfall fleet upgrade VERSION`
    roll it out. Add the versions that run today, too: units go back to those.
    """


@package.command()
@dir_option
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--key", type=FILE, help="The public release key; else release.pub in the collector's folder.")
@json_option
def add(folder: Path, files: tuple[Path, ...], key: Path | None, as_json: bool) -> None:
    """Take packages in; FILE.sig of `footfall device release` lies beside each.

    \b
    Example:
      footfall fleet package add new.ipk old.ipk --dir DIR --key release.pub
    """
    collector = opened(folder)
    made = []
    with spoken():
        public = keys.read_public(key) if key else wanted_key(collector.folder)
        shelf = Packages(collector.registry.engine, collector.image_files)
        for path in files:
            word = Word.read(releasing.read(path).note(), _signature(path))
            with path.open("rb") as source:
                made.append(shelf.add(word, source, public, actor(), clock.now_ms()))
    if as_json:
        click.echo(json.dumps([one.as_json() for one in made]))
        return
    for one in made:
        click.echo(f"{one.name}: {one.release.size:,} bytes")


@package.command("list")
@dir_option
@json_option
def list_packages(folder: Path, as_json: bool) -> None:
    """Each package, the newest version first."""
    collector = opened(folder)
    entries = Packages(collector.registry.engine, collector.image_files).all()
    if as_json:
        click.echo(json.dumps([one.as_json() for one in entries]))
        return
    for one in entries:
        click.echo(f"{one.name:40} {one.release.size:10,} bytes  {one.actor}")
    if not entries:
        click.echo("no package yet; footfall fleet package add takes one in")


@package.command()
@dir_option
@click.argument("name")
def remove(folder: Path, name: str) -> None:
    """Take the package NAME out, and its file. One that a campaign rolls out, or lets units go back to, stays."""
    collector = opened(folder)
    with spoken():
        used = packages.in_use(collector.registry.engine)
        Packages(collector.registry.engine, collector.image_files).remove(name, actor(), clock.now_ms(), used)
    click.echo(f"{name} is gone")


def _signature(path: Path) -> bytes:
    beside = releasing.beside(path)
    try:
        return beside.read_bytes()
    except OSError as exc:
        raise ToolError(f"{beside}: {exc.strerror}; footfall device release makes it") from exc
