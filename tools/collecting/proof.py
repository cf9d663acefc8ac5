"""`footfall collector verify` and `audit`: what was done, and that the record of it is whole."""

import json
from pathlib import Path

import click

from collector.audit import Audit

from .. import instants
from ..errors import ToolError
from .options import dir_option, json_option, opened


@click.command()
@dir_option
@json_option
@click.option("--head", help="Hash of a head noted earlier: the log must still hold it.", metavar="HEX")
def verify(folder: Path, as_json: bool, head: str | None) -> None:
    """Prove that nobody has changed, dropped or added a row of the audit log.

    Note the head it prints somewhere else, and give it back with --head later: then also rows cut off at the end tell.
    """
    log = Audit(opened(folder).registry.engine)
    verdict = log.verify()
    known = head is None or head in {entry.hash.hex() for entry in log.entries()}
    if as_json:
        said = {"entries": verdict.entries, "head": verdict.head.hex(), "broken": verdict.broken, "head_known": known}
        click.echo(json.dumps(said))
    else:
        click.echo(f"{verdict.entries} entries fit; head {verdict.head.hex()}")
    if verdict.broken is not None:
        raise ToolError(
            f"entry {verdict.broken} does not fit: it, or one before it, was changed. Compare with a backup"
        )
    if not known:
        raise ToolError("the head you noted is not in the log: its end was cut off or written anew")


@click.command()
@dir_option
@json_option
@click.option("--newest", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many.")
def audit(folder: Path, as_json: bool, newest: int) -> None:
    """Who did what: the newest entries of the audit log, oldest of them first."""
    entries = Audit(opened(folder).registry.engine).entries(newest)
    if as_json:
        names = ("number", "time_ms", "actor", "verb", "object", "says")
        click.echo(json.dumps([{name: getattr(entry, name) for name in names} for entry in entries]))
        return
    for entry in entries:
        when = instants.second(entry.time_ms)
        click.echo(f"{entry.number:>6}  {when}  {entry.actor:20} {entry.verb:12} {entry.object}  {entry.says}")
    if not entries:
        click.echo("nothing was done yet")
