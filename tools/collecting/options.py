"""Options that several commands of a collector share, and how its errors reach the person who typed."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from collector import folder as folders
from collector.errors import CollectorError
from collector.folder import Collector
from footfall_sensor.errors import SensorError

from ..errors import ToolError

dir_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), required=True, help="The collector's folder."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def actor() -> str:
    """Who types, as the audit log has it."""
    return f"cli:{getpass.getuser()}"


@contextmanager
def spoken() -> Iterator[None]:
    """Whatever a collector or a key complains of is said in a line, with exit code 1."""
    try:
        yield
    except (CollectorError, SensorError) as exc:
        raise ToolError(str(exc)) from exc


def opened(folder: Path) -> Collector:
    """The collector in `folder`. Raises ToolError."""
    with spoken():
        return folders.open_folder(folder)
