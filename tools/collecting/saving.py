"""`footfall collector backup` and `restore`."""

import json
from pathlib import Path

import click

from collector import clock
from collector.backups import backup as backups
from collector.backups import restore as restoring
from collector.images.files import FOLDER as IMAGES
from collector.records.audit import Audit, Event

from .. import instants
from .options import actor, dir_option, json_option, opened, outside, set_option, spoken


@click.command()
@dir_option
@json_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write (tar).")
@click.option("--images/--no-images", default=True, show_default=True, help="With the files of images and packages.")
def backup(folder: Path, out: Path, images: bool, as_json: bool) -> None:
    """Write everything the collector needs to go on elsewhere into one file, while it runs.

    It holds the collector's keys: keep it as safe as the collector. It holds no token and no epoch key: what the
    running day has seen so far goes along as visits without tokens. Site plans go with the registry, and images and
    packages for units with their catalogues. --no-images leaves those files out; what is missing is named, here and
    on restore.
    """
    with spoken():
        collector = opened(folder)
        made = backups.make(collector, out, clock.now_ms(), images=images)
        found = restoring.check(made.path)
        says = f"{found.files} files, {made.bytes} bytes, read back and whole"
        log = Audit(collector.registry.engine)
        log.append(Event(actor(), "backup", f"file {made.path.absolute()}"[:128], says), clock.now_ms())
    if as_json:
        said = {"path": str(made.path), "files": made.files, "bytes": made.bytes, "checked": True}
        click.echo(json.dumps(said | _images(found)))
        return
    click.echo(f"{made.path}: {found.files} files, {made.bytes:,} bytes, read back and whole")
    _tell_images(found)


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="The folder to make; not wanted by --check.")
@set_option
@json_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--database-url", help="Of the registry, instead of the one in the backup's settings; '' = SQLite.")
@click.option("--store-url", help="Object store for the files, instead of the backup's; '' = in the folder.")
@click.option("--check", "only_check", is_flag=True, help="Only read the backup through; --dir is left alone.")
def restore(
    folder: Path | None, file: Path, as_json: bool, only_check: bool, database_url: str | None, store_url: str | None
) -> None:
    """Make the folder of a collector out of the backup FILE; the folder must be empty or not there.

    Then start it with: footfall collector serve. End the collector that the backup was made of first: two of one key
    would both acknowledge what sensors send. --database-url and --store-url are written into the restored
    collector.toml; where FOOTFALL_DATABASE_URL or FOOTFALL_STORE_URL is set, that place is filled. A restore that is
    refused leaves nothing behind in the folder.
    """
    if folder is None and not only_check:
        raise click.UsageError("--dir is wanted: the folder to make; or --check, to read the backup alone")
    with spoken():
        if folder is None or only_check:
            found = restoring.check(file)
        else:
            found = restoring.restore(file, folder, clock.now_ms(), database_url, outside(), store_url)
    made = instants.second(found.made_ms)
    if as_json:
        said = {"made": made, "files": found.files, "bytes": found.bytes, "restored": not only_check}
        click.echo(json.dumps(said | {"unreadable_objections": found.sealed} | _images(found)))
        return
    done = "is whole" if only_check else f"is restored in {folder}"
    click.echo(f"the backup of {made} ({found.files} files) {done}")
    _tell_images(found)
    if folder is not None and not only_check:
        _tell_what_is_next(folder, found)


def _tell_what_is_next(folder: Path, found: restoring.Found) -> None:
    """What a person has to do before the restored collector goes on where the other one stopped."""
    if found.sealed:
        click.echo(
            f"Careful: {found.sealed} objections and devices of staff cannot be read; until they can, sensors there "
            "get no key and tell no devices apart. objections.key is in no backup: put your copy of it into "
            f"{folder}",
            err=True,
        )
    click.echo("Before it starts: stop the collector that the backup was made of; two of one key disturb each other")
    conf = folder.absolute() / "mosquitto.conf"
    if conf.exists():
        click.echo(f"Start the broker: mosquitto -c {conf}")
    click.echo(f"Start the collector: footfall collector serve --dir {folder}")
    click.echo("Then revoke, shut out and withdraw again what was since the backup: it knows nothing of that")


def _images(found: restoring.Found) -> dict[str, object]:
    return {"images": found.images, "image_bytes": found.image_bytes, "left_out": list(found.left_out)}


def _tell_images(found: restoring.Found) -> None:
    if found.images:
        click.echo(f"of them {found.images} images and packages for units, {found.image_bytes:,} bytes")
    if found.left_out:
        click.echo(
            f"NOT in it: {len(found.left_out)} files of images and packages that the catalogues name. Keep them "
            f"elsewhere, and put them into the folder {IMAGES}/ after a restore: {' '.join(found.left_out)}"
        )
