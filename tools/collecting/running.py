"""`footfall collector serve`."""

import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from collector.options import explaining, resolving
from collector.service import logs, server

from .options import dir_option, json_option, outside, spoken

log_option = click.option(
    "--log", "form", type=click.Choice(logs.FORMATS), default="text", show_default=True, help="For whom."
)
INTERRUPTED = 130  # as shells have it: 128 + SIGINT


@click.command()
@dir_option
@log_option
@click.option("--explain", is_flag=True, help="Print every setting and who said it, and do not start.")
@json_option
def serve(folder: Path, form: str, explain: bool, as_json: bool) -> None:
    """Run the collector until it is told to stop (SIGTERM or Ctrl-C).

    A setting is taken from --set, else from FOOTFALL_<NAME> in the environment, else from collector.toml, else its
    default holds. --explain shows which; passwords are not shown.

    The first start makes the user admin and prints a one-time password on standard output.

    \b
    On its HTTP port:
      /          the page, for who signs in; docs/people.md says who may do what
      /healthz   whether the process lives
      /readyz    whether it takes messages and keeps house, with reasons where not
      /metrics   figures for Prometheus; both for this machine, or a token with read:operation
    """
    if explain:
        with spoken():
            lines = explaining.explain(resolving.resolve(folder, outside()))
        click.echo(json.dumps([asdict(one) for one in lines]) if as_json else explaining.render(lines), nl=as_json)
        return
    if as_json:
        raise click.UsageError("--json goes with --explain; for logs as JSON: --log json")
    logs.configure(form)
    try:
        with spoken():
            server.serve(folder, outside(), form)
    except KeyboardInterrupt:  # before it serves, or once more while it stops
        click.echo("interrupted before all was in order; nothing that was acknowledged is lost", err=True)
        _leave(INTERRUPTED)
    _leave()


def _leave(exit_code: int = 0) -> NoReturn:
    """End the process after it was told to, whatever its threads compute: nothing that is to be kept rests on it.

    An interpreter that ends tears threads out of DuckDB, which takes that for a fault of its own and aborts.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


@click.command()
@dir_option
@click.option("--number", type=click.IntRange(1, 7), required=True, help="Which worker; each number runs once.")
@log_option
def work(folder: Path, number: int, form: str) -> None:
    """Take batches beside a collector that serves, until it is told to stop.

    `serve` starts its workers by itself. This is for further machines: they share the collector's folder and a
    PostgreSQL, and start the last of its workers, as many as the setting workers_elsewhere says.

    \b
    Example, where collector.toml has workers = 3 and workers_elsewhere = 1:
        footfall collector work --number 3 --dir /srv/footfall
    """
    from collector.service import worker as working  # noqa: PLC0415 - serve need not wait for it

    logs.configure(form)
    with spoken():
        working.work(folder, number, working.until_told(), outside())
    _leave()
