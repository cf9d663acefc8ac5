"""`footfall device verify`: green only when the unit works as it hangs there; and the installer's report."""

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.errors import CollectorError

from ..collecting.options import opened
from ..options import last_line_option
from . import installer, proving
from .errors import DeviceError
from .options import Reach, unit_options
from .proving import Check
from .reachable import UnitAddress
from .shell import Login, Shell

POLL_S = 3.0


def _boot_id(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Any other text would pass for the boot id of another start."""
    if value is not None and not re.fullmatch(r"[0-9a-f]{16}", value.lower()):
        raise click.BadParameter("16 hexadecimal digits are wanted, as `footfall device verify SENSOR --dir DIR` shows")
    return value.lower() if value else None


@click.command()
@click.argument("sensor", required=False)
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="The collector's folder, where that is at hand.")
@click.option("--address", type=UnitAddress(), help="Of the unit, to ask it over SSH.")
@click.option("--version", help="The agent's version that must run.")
@click.option(
    "--boot-before",
    metavar="HEX",
    callback=_boot_id,
    help="The boot id before it was written, 16 digits as verify shows it: another one must be there.",
)
@click.option(
    "--wait",
    "wait_s",
    type=click.IntRange(0, 3600),
    default=0,
    show_default=True,
    help="Ask again until all is well, for so many seconds.",
)
@click.option(
    "--report",
    "report_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the installer's report, HTML; with --address.",
)
@click.option("--position", default="", help="For the report: where it hangs.")
@click.option("--by", default="", help="For the report: who installed it.")
@click.option("--note", default="", help="For the report.")
@click.option(
    "--walk",
    "walk_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="For the report: CSV of a walk, columns place and level (dBm).",
)
@unit_options
@last_line_option
@click.pass_context
def verify(
    context: click.Context,
    sensor: str | None,
    folder: Path | None,
    address: str | None,
    version: str | None,
    boot_before: str | None,
    wait_s: int,
    report_path: Path | None,
    position: str,
    by: str,
    note: str,
    walk_path: Path | None,
    reach: Reach,
    as_json: bool,
) -> None:
    """Green only when a unit works: running, hearing, on time, and known to the collector.

    With --dir the collector is asked for the last words that bore SENSOR's signature: heartbeat, a new boot id, the
    version, a radio that hears. With --address the unit is asked, and whether the collector's signed word for a batch
    has come back to it. Exit code 1 while anything is amiss.

    \b
    Examples:
      footfall device verify shop-door --dir /var/lib/footfall --version 0.1.0 --wait 180
      footfall device verify --address 192.168.1.1 --position "above door 3" --report shop-door.html
    """
    if folder is None and address is None:
        raise click.UsageError("--dir FOLDER of the collector, or --address of the unit")
    if folder is not None and sensor is None:
        raise click.UsageError("which SENSOR?")
    said: dict[str, Any] = {}

    def ask() -> list[Check]:
        checks = []
        if address is not None:
            said.update(_status(reach.login(address)))
            checks += proving.by_unit(said, float(said.get("age_s", 0.0)), version)
        if folder is not None and sensor is not None:
            checks += _at_collector(folder, sensor, version, boot_before)
        return checks

    checks = _asked(ask, wait_s)
    ok = all(check.ok for check in checks)
    if report_path is not None:
        if not said:
            raise click.UsageError("--report is made from the unit's own words: give --address")
        installer.write(report_path, said, checks, installer.Place(position, by, note), walk_path)
    if as_json:
        click.echo(json.dumps({"ok": ok, "checks": [asdict(check) for check in checks]}))
    else:
        _show(checks)
    context.exit(0 if ok else 1)


def _show(checks: Sequence[Check]) -> None:
    for check in checks:
        click.secho(f"{'OK' if check.ok else 'NO':3} {check.name:14} {check.says}", fg="green" if check.ok else "red")
        if not check.ok:
            click.echo(f"    do: {check.do}")


def _asked(ask: Callable[[], list[Check]], wait_s: int) -> list[Check]:
    """Ask until all is well or the time is over; what is still amiss is said whenever it changes, on standard error."""
    until, told = time.monotonic() + wait_s, ""
    while True:
        try:
            checks = ask()
            amiss = ", ".join(f"{check.name} ({check.says})" for check in checks if not check.ok)
        except DeviceError as exc:
            if time.monotonic() >= until:
                raise
            checks, amiss = [], exc.message
        left_s = until - time.monotonic()
        if amiss != told and left_s > 0:
            click.echo(f"not yet, {left_s:.0f} s to go: {amiss}", err=True)
            told = amiss
        if (checks and all(check.ok for check in checks)) or time.monotonic() >= until:
            return checks
        time.sleep(POLL_S)


def _status(login: Login) -> dict[str, Any]:
    with Shell(login) as shell:
        answer = shell.run("footfall-sensor status --json")
    try:
        said = json.loads(answer.text.splitlines()[-1])
        if "fingerprint" in said and "totals" not in said:
            raise DeviceError(
                f"{login.address} is no member yet, {said.get('state')}: {said.get('says')}. Its fingerprint is "
                f"{said['fingerprint']}: read it to the administrator, who approves it"
            )
        _ = said["totals"], said["last_ack_s"], said["radio"]
    except (ValueError, IndexError, KeyError, TypeError) as exc:
        raise DeviceError(
            f"{login.address}: no agent has said how it is yet. {answer.text.strip()[:200]} Look: logread -e footfall"
        ) from exc
    return dict(said)


def _at_collector(folder: Path, name: str, version: str | None, boot_before: str | None) -> list[Check]:
    collector = opened(folder)
    try:
        known = {sensor.name: sensor.id for sensor in collector.registry.sensors()}
        if name not in known:
            raise DeviceError(f"the collector knows no sensor {name}: footfall fleet list")
        return proving.by_collector(
            collector.registry.reports.newest().get(known[name]), clock.now_ms(), version, boot_before
        )
    except CollectorError as exc:
        raise DeviceError(str(exc)) from exc
