"""`footfall device provision`: what makes a unit that of its place, as an overlay for its image or over SSH."""

import json
import shlex
from pathlib import Path

import click

from footfall_sensor.errors import SensorError
from footfall_sensor.posting import Post

from ..naming import warn_of_loopback
from ..options import last_line_option
from . import pallet
from .errors import DeviceError
from .options import Reach, unit_options
from .pallet import Place
from .reachable import UnitAddress
from .shell import Shell

# Beside the package's own first settings, and after them. A script in uci-defaults runs once and is deleted.
SCRIPT = Path("etc/uci-defaults/99-footfall-place")


def commands(place: Place, enrol_url: str) -> list[str]:
    """What makes a unit that of its place, in OpenWrt's words."""
    settings = {
        "footfall.main.enrol_url": enrol_url,
        "footfall.main.claim": place.claim.code(),
        "system.@system[0].hostname": place.name,
        "system.@system[0].notes": " ".join(part for part in (place.site, place.position) if part),
    }
    lines = [f"uci -q set {shlex.quote(f'{name}={value}')}" for name, value in settings.items() if value]
    return [*lines, "uci commit footfall", "uci commit system"]


def overlay(place: Place, enrol_url: str, folder: Path) -> Path:
    """Write the overlay of a place under `folder`; for `footfall device image --files`. Raises DeviceError."""
    path = folder / place.name / SCRIPT
    text = "#!/bin/sh\n# Where this unit belongs. Its claim is good for one unit, once.\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n".join([*commands(place, enrol_url), "exit 0\n"]), encoding="utf-8")
        path.chmod(0o700)
    except OSError as exc:
        raise DeviceError(f"cannot write to {folder}: {exc.strerror}. Choose another --out") from exc
    return folder / place.name


def over_ssh(place: Place, enrol_url: str, shell: Shell) -> None:
    """Make a unit that runs that of its place. Raises DeviceError."""
    if "main" not in shell.run("uci -q show footfall.main").text:
        raise DeviceError(f"{shell.login.address} has no footfall-sensor: flash it with its image first")
    for command in [*commands(place, enrol_url), "/etc/init.d/footfall restart"]:
        answer = shell.run(command)
        if answer.code != 0:
            raise DeviceError(
                f"{shell.login.address} refuses `{command.split()[0]} {command.split()[1]}`: {answer.text}"
            )


def _enrol_url(_context: click.Context, _option: click.Parameter, url: str) -> str:
    """What goes onto every unit is looked at here: a unit in its place that asks nobody needs somebody on a ladder."""
    try:
        host = Post(url).host
    except SensorError as exc:
        raise click.BadParameter("http://HOST:PORT of the collector's page is wanted, as units reach it") from exc
    warn_of_loopback(url, host)
    return url


@click.command()
@click.option("--enrol-url", required=True, callback=_enrol_url, help="Where units enrol: http://COLLECTOR:8080.")
@click.option(
    "--csv", "csv_path", type=click.Path(path_type=Path, dir_okay=False), help="A pallet: name,claim,site,..."
)
@click.option("--name", help="One unit: the sensor's name; with --csv and --address: which row this unit is.")
@click.option("--claim", "code", envvar="FOOTFALL_CLAIM", help="Its claim's code.")
@click.option("--site", default="", help="Where it will hang.")
@click.option("--position", default="", help='In words or as latitude, longitude: "above door 3".')
@click.option("--unit", default="", help="Its model, for label and list.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("overlays"),
    show_default=True,
    help="Folder for overlays, one a unit.",
)
@click.option("--address", type=UnitAddress(), help="Set it over SSH on the unit at this address instead.")
@unit_options
@click.option("--dry-run", is_flag=True, help="Check everything and say what would be done.")
@last_line_option
def provision(
    enrol_url: str,
    csv_path: Path | None,
    name: str | None,
    code: str | None,
    site: str,
    position: str,
    unit: str,
    out: Path,
    address: str | None,
    reach: Reach,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give units their places: name, site, position and the claim by which each enrols.

    Claims come from `footfall collector claim new`. For a pallet, --csv has a row a unit: name, claim and, where
    wanted, site, position, unit. Each unit gets a folder that goes over its image's root (footfall device image
    --files), an image a unit; or units of one image, that run, are set over SSH, one by one (--address, --name).
    Everything is checked before anything is written.

    \b
    Examples:
      footfall device provision --enrol-url http://192.0.2.1:8080 --csv pallet.csv
      export FOOTFALL_CLAIM=7K3Q-...
      footfall device provision --enrol-url http://192.0.2.1:8080 --name door --address 192.168.1.1
      footfall device provision --enrol-url http://192.0.2.1:8080 --csv pallet.csv --name door --address 192.168.1.1
    """
    if csv_path is not None:
        if code or bool(name) != bool(address):
            raise click.UsageError("--csv has the claims; for one unit of it, --name and --address together")
        places = [place for place in pallet.read(csv_path) if name in (None, place.name)]
        if not places:
            raise DeviceError(f"{csv_path} has no unit '{name}'; the column name is what --name means")
    elif name and code:
        places = [pallet.place(name, code, site, position, unit)]
    else:
        raise click.UsageError("--name with --claim for one unit, or --csv for a pallet")
    made: list[dict[str, str]] = []
    for place in places:
        said = {"name": place.name, "site": place.site, "position": place.position, "claim": place.claim.id}
        if not dry_run:
            if address is None:
                said["overlay"] = str(overlay(place, enrol_url, out))
            else:
                with Shell(reach.login(address)) as shell:
                    over_ssh(place, enrol_url, shell)
                said["address"] = address
        made.append(said)
    if as_json:
        click.echo(json.dumps({"written": not dry_run, "units": made}))
        return
    for said in made:
        where = said.get("overlay") or said.get("address") or "checked"
        click.echo(f"{said['name']:32} claim {said['claim']}-...  {where}")
    click.echo("Overlays hold claims: treat them as keys." if not dry_run and address is None else "")
