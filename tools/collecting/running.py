"""`footfall collector serve`."""

import logging
from pathlib import Path

import click

from collector import server

from .options import dir_option, spoken


@click.command()
@dir_option
def serve(folder: Path) -> None:
    """Run the collector until it is told to stop (SIGTERM or Ctrl-C)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with spoken():
        server.serve(folder)
