"""`footfall collector retention`: what goes when, and proof that it is gone."""

import json
from pathlib import Path

import click

from collector import clock
from collector.housekeeping import retention
from collector.storage.store import READERS_S

from ..errors import ToolError
from .options import dir_option, json_option, opened, spoken


@click.command("retention")
@dir_option
@json_option
@click.option("--dry-run", is_flag=True, help="Say what is due, and delete nothing.")
def retain(folder: Path, as_json: bool, dry_run: bool) -> None:
    """Delete what is no longer to be kept; a running collector does the same every five minutes.

    Tokens go six hours after their business day; visits without tokens and counts of times when settings say so. Exit
    code 1 where something that should be gone is still there afterwards.
    """
    collector = opened(folder)
    now_ms = clock.now_ms()
    keep, store = collector.settings.keep, collector.store
    tenants = collector.registry.tenants()
    due = [one for tenant in tenants for one in retention.due(store, tenant, keep, now_ms)]
    if not dry_run:
        with spoken():
            retention.retain(collector, now_ms)
            store.tidy(now_ms + READERS_S * 1000)  # now, not in two minutes: who reads them reads the list anew
    left = [one for tenant in tenants for one in retention.due(store, tenant, keep, now_ms)]
    on_disk = [file.name for one in due for file in one.files if not dry_run and store.shelf.look(file.name)]
    if as_json:
        rows = [
            {"data": one.data, "tenant": one.tenant, "day": one.day, "files": len(one.files), "rows": one.rows}
            for one in due
        ]
        click.echo(json.dumps({"due": rows, "deleted": not dry_run, "left": len(left), "on_disk": len(on_disk)}))
    else:
        for one in due:
            click.echo(f"{one.data:8} {one.tenant}/{one.day}: {len(one.files)} files, {one.rows} rows")
        click.echo("nothing is due" if not due else "would go" if dry_run else "gone from manifest and disk")
    if not dry_run and (left or on_disk):
        raise ToolError(f"{len(left)} days and {len(on_disk)} files should be gone and are not: see the log")
