"""`footfall collector serve`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import explaining, logs, server, settings

from .options import dir_option, json_option, outside, spoken


@click.command()
@dir_option
@click.option("--log", "form", type=click.Choice(logs.FORMATS), default="text", show_default=True, help="For whom.")
@click.option("--explain", is_flag=True, help="Print every setting and who said it, and do not start.")
@json_option
def serve(folder: Path, form: str, explain: bool, as_json: bool) -> None:
    """Run the collector until it is told to stop (SIGTERM or Ctrl-C).

    A setting is taken from --set, else from FOOTFALL_<NAME> in the environment, else from collector.toml, else its
    default holds. --explain shows which; passwords are not shown.

    \b
    On its HTTP port:
      /          the page
      /healthz   whether the process lives
      /readyz    whether it takes messages and keeps house, with reasons where not
      /metrics   figures for Prometheus
    """
    if explain:
        with spoken():
            lines = explaining.explain(settings.resolve(folder, outside()))
        click.echo(json.dumps([asdict(one) for one in lines]) if as_json else explaining.render(lines), nl=as_json)
        return
    if as_json:
        raise click.UsageError("--json goes with --explain; for logs as JSON: --log json")
    logs.configure(form)
    with spoken():
        server.serve(folder, outside())
