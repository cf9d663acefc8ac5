"""Options that several commands of a collector share, and how its errors reach the person who typed."""

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from collector import calendar
from collector import folder as folders
from collector.errors import CollectorError
from collector.folder import Collector
from collector.objections.book import EVERYWHERE
from collector.options.sources import Outside, parse_flags
from collector.records import sites
from collector.records.registry import Registry, Site, Tenant
from footfall_sensor.errors import SensorError

from ..errors import ToolError

Command = TypeVar("Command", bound=Callable[..., object])
FLAGS = "footfall.flags"  # in click's context: what --set said


def dir_option(command: Command) -> Command:
    """--dir, and --set for what `opened` then opens."""
    return folder_option(set_option(command))


def _keep_flags(context: click.Context, _option: click.Parameter, words: tuple[str, ...]) -> None:
    with spoken():
        _tell(context, parse_flags(words))


def _tell(context: click.Context, said: dict[str, str]) -> None:
    """Keep what options say of settings. Raises UsageError where two of them say the same one."""
    before = context.meta.get(FLAGS, {})
    if twice := sorted(before.keys() & said.keys()):
        raise click.UsageError(f"{twice[0]} is given by --set and by an option of its own; leave one away")
    context.meta[FLAGS] = {**before, **said}


folder_option = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    envvar="FOOTFALL_DIR",
    help="The collector's folder.",
)
set_option = click.option(
    "--set",
    metavar="NAME=VALUE",
    multiple=True,
    expose_value=False,
    callback=_keep_flags,
    help="A setting, for this command only; repeatable.",
)


def _keep_master(context: click.Context, _option: click.Parameter, master: str | None) -> None:
    """--spark-master URL is --set spark_master=URL, and checked as that is."""
    if master is not None:
        _tell(context, {"spark_master": master})


engine_option = click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="What computes the numbers; they are the same. Spark needs Java and takes seconds to start.",
)
spark_master_option = click.option(
    "--spark-master",
    metavar="URL",
    expose_value=False,
    callback=_keep_master,
    help="Where Spark computes: local[N] with N cores of this machine, or spark://HOST:PORT (setting spark_master).",
)
tenant_option = click.option("--tenant", default="default", show_default=True, help="Whose site it is.")
out_option = click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for its files; made if it is new."
)
held_at_option = click.option("--site", default=EVERYWHERE, help="Where it holds; default: at all sites of the tenant.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def actor() -> str:
    """Who types, as the audit log has it: the login name, behind sudo the one who called it. It proves nothing."""
    try:
        return f"cli:{os.environ.get('SUDO_USER') or getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as containers have
        return "cli:unknown"


@contextmanager
def spoken() -> Iterator[None]:
    """Whatever a collector or a key complains of is said in a line, with exit code 1."""
    try:
        yield
    except (CollectorError, SensorError) as exc:
        raise ToolError(str(exc)) from exc


def make_site(registry: Registry, tenant: Tenant, name: str, time_zone: str | None = None) -> None:
    """Make a site if it is new; time_zone: of a new one, else the tenant's."""
    if name not in {one.name for one in registry.sites(tenant.name)}:
        sites.check_name(name)
        calendar.zone(time_zone or tenant.time_zone)
        registry.put_site(Site(tenant.name, name, time_zone=time_zone or tenant.time_zone))


def flags() -> dict[str, str]:
    """What --set of this command said."""
    context = click.get_current_context(silent=True)
    return dict(context.meta.get(FLAGS, {})) if context else {}


def outside() -> Outside:
    """What is said of settings beside their file: by --set of this command, and by the environment."""
    return Outside.of_process(flags())


@contextmanager
def computing(collector: Collector, engine: str) -> Iterator[None]:
    """What this engine wants, for as long as it computes: of Spark a session at the collector's place.

    Raises CollectorError.
    """
    if engine != "spark":
        yield
        return
    from collector.spark import session  # noqa: PLC0415 - few commands ask for it

    with session.at(collector.spark):
        yield


def opened(folder: Path) -> Collector:
    """The collector in `folder`. Raises ToolError."""
    with spoken():
        return folders.open_folder(folder, outside())
