"""`footfall collector verify` and `audit`: that all is whole, and what was done."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.exc import DatabaseError

from collector import clock
from collector.records.audit import Audit, Verdict
from collector.verification import books, files
from collector.verification.finding import Finding

from .. import instants
from ..errors import ToolError
from ..simulate.progress import late_bar
from .options import dir_option, json_option, opened, spoken


@click.command()
@dir_option
@json_option
@click.option("--deep", is_flag=True, help="Read every row of every file, and compare every page with its checksum.")
@click.option("--head", help="Hash of a head noted earlier: the log must still hold it.", metavar="HEX")
def verify(folder: Path, as_json: bool, deep: bool, head: str | None) -> None:
    """Look whether a collector, running or stopped, is whole. Changes nothing.

    \b
    Files      each that the manifest lists is there, of its size, rows and place; nothing else lies beside them
    Registry   the database is sound; the ledger fits the batches; no batch that a sensor sent is missing
    Retention  nothing is kept beyond its time
    Audit log  nobody has changed, dropped or added a row

    Exit code 1 where something is not so, each with what to do next. Files that a crash left behind are named and are
    no fault. Note the head of the audit log somewhere else, and give it back with --head later: then also rows cut off
    at its end tell.
    """
    now_ms = clock.now_ms()
    with spoken(), _readable(), late_bar("reading") as tell:
        collector = opened(folder)
        looked = files.check(collector.store, collector.registry, now_ms, deep=deep, tell=tell)
        log = Audit(collector.registry.engine)
        verdict = log.verify()
        known = head is None or head in {entry.hash.hex() for entry in log.entries()}
        findings = [*looked.findings, *books.check(collector, now_ms), *_audited(verdict, known)]
    fatal = [one for one in findings if one.fatal]
    if as_json:
        said = {
            "whole": not fatal,
            "deep": deep,
            "files": looked.files,
            "rows": looked.rows,
            "bytes": looked.bytes,
            "findings": [asdict(one) for one in findings],
            "entries": verdict.entries,
            "head": verdict.head.hex(),
            "broken": verdict.broken,
            "head_known": known,
        }
        click.echo(json.dumps(said))
    else:
        for one in findings:
            click.echo(f"{one.check:12} {one.of}: {one.says}")
        click.echo(
            f"{looked.files} files, {looked.rows:,} rows, {looked.bytes:,} bytes{', read through' if deep else ''}"
        )
        click.echo(f"{verdict.entries} entries of the audit log fit; head {verdict.head.hex()}")
    if fatal:
        raise ToolError(f"{len(fatal)} of these are faults, the first: {fatal[0].of}: {fatal[0].says}")


@contextmanager
def _readable() -> Iterator[None]:
    """A registry of which not even the tables can be read is said in a line."""
    try:
        yield
    except DatabaseError as exc:
        raise ToolError(f"the registry is damaged: {exc.orig}. Restore the collector from a backup") from exc


def _audited(verdict: Verdict, known: bool) -> Iterator[Finding]:
    if verdict.broken is not None:
        says = "does not fit: it, or one before it, was changed. Compare with a backup"
        yield Finding("audit", f"entry {verdict.broken}", says)
    if not known:
        yield Finding("audit", "the head you noted", "is not in the log: its end was cut off or written anew")


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
