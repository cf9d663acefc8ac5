"""`footfall run`."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from collector.options import sources
from collector.records.registry import Site
from footfall_sensor import capture
from footfall_sensor.errors import CaptureError

from ..errors import ToolError
from ..simulate import files as simulated_files
from ..simulate.shop import ShopPlan, simulate
from . import broker
from .line import TENANT, Line, Plan, SensorPlan
from .play import play

SPEED_WATCHED = 1000.0  # without --once somebody looks at the page: a shop day in under a minute


@click.command("run")
@click.option(
    "--capture",
    "captures",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="pcap or pcapng, may be .gz; repeatable. Without it a simulated shop day is played.",
)
@click.option("--once", is_flag=True, help="End after the report instead of serving the page.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line of standard output.")
@click.option("--speed", type=click.FloatRange(min=0), help="Captured seconds a second; 0 = as fast as it goes.")
@click.option("--site", "site_name", default="shop", show_default=True, help="What the place is called.")
@click.option("--time-zone", default="UTC", show_default=True, help="Of the place, such as Europe/Prague.")
@click.option(
    "--inside-dbm", type=click.IntRange(-89, -20), default=-65, show_default=True, help="Inside at this level."
)
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep everything here; default: thrown away.")
@click.option(
    "--port", "http_port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Of the page."
)
@click.option("--broker", "broker_at", default="auto", help="auto, mosquitto, embedded, or HOST:PORT of one that runs.")
@click.option("--seed", default=1, show_default=True, help="Of the simulated day.")
@click.option("--patience-s", default=60.0, show_default=True, help="Give up when nothing moves for so long.")
def run(
    captures: tuple[Path, ...],
    once: bool,
    as_json: bool,
    speed: float | None,
    site_name: str,
    time_zone: str,
    inside_dbm: int,
    folder: Path | None,
    http_port: int,
    broker_at: str,
    seed: int,
    patience_s: float,
) -> None:
    """Run the whole line here: broker, collector, a sensor on captures, report and page.

    \b
    Examples:
      footfall run                                   a simulated shop day, and the page
      footfall run --once --capture day.pcap.gz      a capture of yours, and the report
      footfall run --once --json --capture a.pcap --capture b.pcapng
    """
    if ignored := sources.forget():
        click.echo(f"not for a collector of this command's own, and ignored: {', '.join(ignored)}", err=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children are ended and the folder removed
    _check_captures(captures)
    if once:
        http_port = broker.free_port()
    else:
        broker.check_free(http_port, "page", "--port")
    kind, host, broker_port = _broker(broker_at)
    with _kept_or_temporary(folder) as base:
        if captures:
            site = Site(TENANT, site_name, time_zone=time_zone, inside_dbm=inside_dbm)
            sensors: tuple[SensorPlan, ...] = (SensorPlan("sensor-1", captures),)
        else:
            site, sensors = _simulated(base, site_name, seed, inside_dbm)
        plan = Plan(
            folder=base,
            site=site,
            sensors=sensors,
            speed=(0.0 if once else SPEED_WATCHED) if speed is None else speed,
            http_port=http_port,
            broker_host=host,
            broker_port=broker_port,
            broker_kind=kind,
            patience_s=patience_s,
            simulated=not captures,
        )
        with Line(plan) as line:
            faults = play(line, as_json)
            if not once:
                click.echo(f"The page is at {line.url} Ctrl-C ends.", err=True)
                _serve_until_interrupted(line)
    if faults:
        raise ToolError(" ".join(faults))


def _serve_until_interrupted(line: Line) -> None:
    try:
        while line.collector is not None and line.collector.wait(1.0) is None:
            continue
    except KeyboardInterrupt:
        click.echo("", err=True)
        return
    if line.collector is not None:
        line.collector.check()


def _simulated(base: Path, site_name: str, seed: int, inside_dbm: int) -> tuple[Site, tuple[SensorPlan, ...]]:
    plan = ShopPlan(seed=seed, visitors=1000, passers_by=6000)  # busy enough for numbers by the hour
    written = simulated_files.write(simulate(plan), base / "simulated")
    site = Site(
        TENANT,
        site_name,
        time_zone=plan.time_zone,
        inside_dbm=inside_dbm,
        opens=plan.opens.isoformat(timespec="minutes"),
        closes=plan.closes.isoformat(timespec="minutes"),
    )
    return site, tuple(SensorPlan(path.name.partition(".")[0], (path,)) for path in written.captures)


def _check_captures(captures: tuple[Path, ...]) -> None:
    for path in captures:
        if not path.exists():
            raise ToolError(f"{path}: there is no such file; check the name")
        if path.is_dir():
            raise ToolError(f"{path} is a folder; name the capture files in it")
    unreadable = [_fault(path) for path in captures]
    if captures and all(unreadable):  # else the others are played, and the sensor says it at the end
        raise ToolError(str(unreadable[0]))


def _fault(path: Path) -> CaptureError | None:
    """Why a capture gives not even its first frame; None also where it holds none."""
    frames = capture.read(path)
    try:
        next(frames, None)
    except CaptureError as exc:
        return exc
    return None


def _broker(at: str) -> tuple[str, str, int]:
    """(kind, host, port) of --broker."""
    if at in ("auto", "mosquitto", "embedded"):
        return at, broker.HOST, broker.free_port()
    host, _, port = at.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.BadParameter("auto, mosquitto, embedded or HOST:PORT is wanted", param_hint="--broker")
    return "external", host, int(port)


@contextmanager
def _kept_or_temporary(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder.absolute()
        return
    try:
        temporary = Path(tempfile.mkdtemp(prefix="footfall-"))
    except OSError as exc:
        raise ToolError(f"no temporary folder can be made: {exc.strerror}. Name one with --dir") from exc
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
