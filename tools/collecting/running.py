"""`footfall collector serve`."""

from pathlib import Path

import click

from collector import logs, server

from .options import dir_option, spoken


@click.command()
@dir_option
@click.option("--log", "form", type=click.Choice(logs.FORMATS), default="text", show_default=True, help="For whom.")
def serve(folder: Path, form: str) -> None:
    """Run the collector until it is told to stop (SIGTERM or Ctrl-C).

    \b
    On its HTTP port:
      /          the page
      /healthz   whether the process lives
      /readyz    whether it takes messages and keeps house, with reasons where not
      /metrics   figures for Prometheus
    """
    logs.configure(form)
    with spoken():
        server.serve(folder)
