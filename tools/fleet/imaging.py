"""`footfall fleet image`: the catalogue of images that `footfall fleet upgrade --image` rolls out."""

import json
from pathlib import Path

import click

from collector import clock
from collector.folder import Collector
from collector.images.catalogue import Catalogue, Entry, usual_name
from collector.images.vouched import release_key
from collector.rollout import images
from footfall_sensor import keys

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from ..device import vouching

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("image")
def image() -> None:
    """Whole firmwares (sysupgrade images) that campaigns can bring to units.

    `footfall device release` vouches for one; `add` takes it in; `footfall fleet upgrade --image NAME` rolls it out.
    """


@image.command()
@dir_option
@click.argument("file", type=FILE)
@click.option("--name", help="What it is called here; its board and version where nothing is said.")
@click.option("--board", "boards", multiple=True, help="Take it only if it is for this board; repeatable.")
@click.option(
    "--key", type=FILE, help="The public release key; else release.pub in the collector's folder, if it is there."
)
@json_option
def add(folder: Path, file: Path, name: str | None, boards: tuple[str, ...], key: Path | None, as_json: bool) -> None:
    """Take the image FILE in; FILE.note and FILE.sig of `footfall device release` lie beside it.

    \b
    Example:
      footfall device release openwrt-...-cpe210-v3-squashfs-sysupgrade.bin --key release.sec
      footfall fleet image add openwrt-...-cpe210-v3-squashfs-sysupgrade.bin --dir DIR --board tplink,cpe210-v3
    """
    collector = opened(folder)
    with spoken():
        found = vouching.vouched(file, keys.read_public(key) if key else release_key(collector.folder), boards)
        called = name or usual_name(found.image)
        entry = Entry(called, found.image, found.key_id, found.signature, found.recovery)
        with file.open("rb") as source:
            made = of(collector).add(entry, source, actor(), clock.now_ms())
    if as_json:
        click.echo(json.dumps(made.as_json()))
    else:
        click.echo(f"{made.name}: {made.image.version} for {', '.join(made.image.boards)}, {made.image.size:,} bytes")


@image.command("list")
@dir_option
@json_option
def list_images(folder: Path, as_json: bool) -> None:
    """Each image: name, version, boards."""
    entries = of(opened(folder)).all()
    if as_json:
        click.echo(json.dumps([one.as_json() for one in entries]))
        return
    for one in entries:
        click.echo(f"{one.name:32} {one.image.version:22} {', '.join(one.image.boards)}")
    if not entries:
        click.echo("no image yet; footfall fleet image add takes one in")


@image.command()
@dir_option
@click.argument("name")
@json_option
def show(folder: Path, name: str, as_json: bool) -> None:
    """The image NAME: what it is for, who vouches for it, its file, and what brings a unit back that does not start."""
    collector = opened(folder)
    with spoken():
        catalogue = of(collector)
        one = catalogue.one(name)
    path = catalogue.path(one.file)
    if as_json:
        click.echo(json.dumps(one.as_json() | {"file": str(path) if path else None}))
        return
    lines = {
        "version": f"{one.image.version}{' (units may go back to it)' if one.image.older else ''}",
        "boards": ", ".join(one.image.boards),
        "compat": one.image.compat,
        "size": f"{one.image.size:,} bytes",
        "sha256": one.image.sha256.hex(),
        "signed by": one.key_id.hex(),
        "file": str(path) if path else "missing: take the image out and in again",
        "added by": one.actor,
    }
    for what, said in (lines | {f"{board} back": words for board, words in one.recovery.items()}).items():
        click.echo(f"{what:12} {said}")


@image.command()
@dir_option
@click.argument("name")
def remove(folder: Path, name: str) -> None:
    """Take the image NAME out, and its file. One that a campaign rolls out stays."""
    collector = opened(folder)
    with spoken():
        of(collector).remove(name, actor(), clock.now_ms(), images.in_use(collector.registry.engine))
    click.echo(f"{name} is gone")


def of(collector: Collector) -> Catalogue:
    """The catalogue of a collector."""
    return Catalogue(collector.registry.engine, collector.image_files)
