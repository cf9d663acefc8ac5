"""`footfall collector backup` and `restore`."""

import json
from pathlib import Path

import click

from collector import clock
from collector.backups import backup as backups
from collector.backups import restore as restoring

from .. import instants
from .options import dir_option, json_option, opened, outside, spoken


@click.command()
@dir_option
@json_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write (tar).")
def backup(folder: Path, out: Path, as_json: bool) -> None:
    """Write everything the collector needs to go on elsewhere into one file, while it runs.

    It holds the collector's keys: keep it as safe as the collector. It holds no token and no epoch key: what the
    running day has seen so far goes along as visits without tokens.
    """
    with spoken():
        made = backups.make(opened(folder), out, clock.now_ms())
        found = restoring.check(made.path)
    if as_json:
        click.echo(json.dumps({"path": str(made.path), "files": made.files, "bytes": made.bytes, "checked": True}))
        return
    click.echo(f"{made.path}: {found.files} files, {made.bytes:,} bytes, read back and whole")


@click.command()
@dir_option
@json_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--database-url", help="Of the registry, instead of the one in the backup's settings; '' = SQLite.")
@click.option("--store-url", help="Object store for the files, instead of the backup's; '' = in the folder.")
@click.option("--check", "only_check", is_flag=True, help="Only read the backup through; --dir is left alone.")
def restore(
    folder: Path, file: Path, as_json: bool, only_check: bool, database_url: str | None, store_url: str | None
) -> None:
    """Make the folder of a collector out of the backup FILE; the folder must be empty or not there.

    Then start it with: footfall collector serve. End the collector that the backup was made of first: two of one key
    would both acknowledge what sensors send. --database-url and --store-url are written into the restored
    collector.toml; where FOOTFALL_DATABASE_URL or FOOTFALL_STORE_URL is set, that place is filled. A restore that is
    refused leaves nothing behind in the folder.
    """
    with spoken():
        if only_check:
            found = restoring.check(file)
        else:
            found = restoring.restore(file, folder, clock.now_ms(), database_url, outside(), store_url)
    made = instants.second(found.made_ms)
    if as_json:
        click.echo(json.dumps({"made": made, "files": found.files, "bytes": found.bytes, "restored": not only_check}))
        return
    done = "is whole" if only_check else f"is restored in {folder}"
    click.echo(f"the backup of {made} ({found.files} files) {done}")
