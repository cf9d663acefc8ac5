"""Playing a run: start the sensors, show how far they are, and print what came of it."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

import click

from collector.clock import now_ms
from collector.errors import CollectorError, StoreError
from collector.reporting import report
from collector.reporting import text as report_text

from ..errors import ToolError
from . import summary
from .line import TENANT, Line, ledger_of

STORE_PATIENCE_S = 15.0
LOOK_S = 0.25
BLOCKED = "waiting for the store"  # as the collector's ingest says it
_AGAIN = "Run the same command again when that is mended: what is stored already is not counted twice"


def play(line: Line, as_json: bool) -> list[str]:
    """Play the captures, print what came of it, and return what went wrong. Raises ToolError when the line breaks."""
    if line.plan.simulated:
        click.echo("Playing a SIMULATED shop day: these people never lived.", err=True)
    if line.plan.speed:
        click.echo(f"The page is at {line.url} and fills as the day goes by.", err=True)
    line.start_sensors()
    _watch(line)
    results = [line.sensor_result(child) for child in line.sensors]
    opened = line.open()
    counted = summary.of(results, ledger_of(opened, [result["boot"] for result in results]))
    faults = _faults(line, results, counted)
    built = None
    if counted.frames:
        try:
            built = report.build(opened.store, opened.registry, TENANT, line.plan.site.name, None, now_ms())
        except StoreError as exc:
            faults = faults or [f"{exc}. {_AGAIN}"]
        except CollectorError as exc:
            faults = faults or [str(exc)]
    elif not faults:
        click.echo("There are no frames in these captures: was the interface in monitor mode?", err=True)
    if as_json:
        said: dict[str, Any] = {"simulated": line.plan.simulated, **asdict(counted)}
        said["report"] = report.as_json(built) if built else {}
        click.echo(json.dumps(said))
    else:
        click.echo("  ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in asdict(counted).items()))
        if built:
            click.echo("\n" + report_text.render(built))
    return faults


def _faults(line: Line, results: list[dict[str, Any]], counted: summary.Summary) -> list[str]:
    """What went wrong, the cause before its consequences."""
    state = _store_state(line)
    if state.startswith(BLOCKED):
        return [_blocked(line, state)]
    faults = [result["error"] for result in results if result["error"]]
    if counted.waiting:
        faults.append(f"{counted.waiting} batches still wait in the spool ({state}). {_AGAIN}")
    elif counted.lost:
        faults.append(f"{counted.lost} sightings that were emitted are not in the store; please report this")
    return faults


def _blocked(line: Line, state: str) -> str:
    return f"the collector is {state}. Nothing of it was acknowledged; it waits in {line.plan.folder}. {_AGAIN}"


def _watch(line: Line) -> None:
    """Wait until the sensors have ended, showing how far they are. Raises ToolError when the line breaks."""
    blocked_since: float | None = None
    interactive = sys.stderr.isatty()
    while any(child.exit_code is None for child in line.sensors):
        time.sleep(LOOK_S)
        if line.collector is not None:
            line.collector.check()
        if line.broker is not None:
            line.broker.check()
        if interactive:
            click.echo(f"\r{_progress(line)}\x1b[K", nl=False, err=True)
        if not _store_state(line).startswith(BLOCKED):
            blocked_since = None
        elif blocked_since is None:
            blocked_since = time.monotonic()
        elif time.monotonic() - blocked_since > STORE_PATIENCE_S:
            for child in line.sensors:
                child.stop()
            raise ToolError(_blocked(line, _store_state(line)))
    if interactive:
        click.echo("\r\x1b[K", nl=False, err=True)


def _progress(line: Line) -> str:
    totals = [line.sensor_status(sensor.name).get("totals", {}) for sensor in line.plan.sensors]
    frames = sum(one.get("frames", 0) for one in totals)
    emitted = sum(one.get("batches_emitted", 0) for one in totals)
    acked = sum(one.get("batches_acked", 0) for one in totals)
    return f"{frames:,} frames heard, {emitted:,} batches sent, {acked:,} stored"


def _store_state(line: Line) -> str:
    said = line.health()
    return str(said["ingest"]) if said else "the collector does not answer"
