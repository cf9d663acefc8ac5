"""`footfall device image`: a unit's image, made by OpenWrt's ImageBuilder."""

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import click

from ..errors import ToolError
from ..options import last_line_option
from . import apk, imagebuilder, ipk, overlay, recipe, units
from .plan import Plan, plan

_FOLDER = click.Path(path_type=Path, file_okay=False)
_READY = click.Path(path_type=Path, exists=True, dir_okay=False)
_PROFILE = click.Choice(list(recipe.PACKAGES))


@click.command()
@click.option("--unit", "name", required=True, help="As on its label: CPE210-v3. All: footfall device units.")
@click.option(
    "--imagebuilder", "builder", type=click.Path(path_type=Path), help="OpenWrt's ImageBuilder: folder or archive."
)
@click.option("--out", type=_FOLDER, default=Path("images"), show_default=True, help="Folder for the images.")
@click.option("--files", type=_FOLDER, help="Folder whose content goes over the image's root: settings, keys.")
@overlay.overlay_options
@click.option("--profile", type=_PROFILE, help="Instead of the unit's own.")
@click.option("--package", type=_READY, help="A package that is ready, instead of one built now.")
@click.option("--with", "added", multiple=True, metavar="NAME", help="A package more; repeatable.")
@click.option("--without", "dropped", multiple=True, metavar="NAME", help="A package less; repeatable.")
@click.option("--dry-run", is_flag=True, help="Print the plan, build nothing.")
@last_line_option
def image(
    name: str,
    builder: Path | None,
    out: Path,
    files: Path | None,
    build: int | None,
    release_key: Path | None,
    profile: str | None,
    package: Path | None,
    added: tuple[str, ...],
    dropped: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Build the image of a unit with OpenWrt's ImageBuilder, or print how where there is none.

    \b
    Examples:
      footfall device image --unit CPE210-v3 --dry-run
      footfall device image --unit EAP225-v3 --imagebuilder openwrt-imagebuilder-24.10.4-....tar.zst --files site
    """
    unit = _find(name, as_json)
    planned = plan(unit, profile, files, (*added, *(f"-{package_name}" for package_name in dropped)))
    planned = replace(planned, notes=(*planned.notes, *overlay.notes(files, build, release_key)))
    if not as_json:
        click.echo(planned.text())
    if dry_run or builder is None:
        _say_plan(planned, as_json)
        return
    with imagebuilder.opened(builder) as folder, tempfile.TemporaryDirectory(prefix="footfall-package-") as work:
        planned = replace(planned, files=overlay.made(planned.files, build, release_key, Path(work)))
        built = imagebuilder.build(folder, planned, package or _package(planned, folder, Path(work)), out)
    if as_json:
        images = [{**asdict(entry), "path": str(entry.path)} for entry in built.images]
        left = built.room.overlay if built.room else None
        click.echo(json.dumps({**planned.as_json(), "built": True, "images": images, "overlay": left}))
        return
    for entry in built.images:
        click.echo(f"{entry.path}  {entry.size:,} bytes\nsha256 {entry.sha256}")
    click.echo(f"{built.room.overlay >> 10} KiB are left to write to" if built.room else "size not checked: NAND")


def _find(name: str, as_json: bool) -> units.Unit:
    try:
        return units.find(name)
    except units.UnknownUnit as exc:
        raise click.BadParameter(exc.message, param_hint="--unit") from exc
    except units.RefusedUnit as exc:
        if as_json:
            click.echo(json.dumps({"supported": False, **asdict(exc.unit)}))
        raise


def _say_plan(planned: Plan, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"supported": True, "built": False, **planned.as_json()}))
    else:
        click.echo("Nothing was built. With the ImageBuilder named above: footfall device image --imagebuilder FOLDER")


def _package(planned: Plan, builder: Path, work: Path) -> Path:
    """The package this ImageBuilder takes, built now."""
    package = recipe.stage(planned.footfall, work)
    if imagebuilder.wants_apk(builder):
        made, reason = apk.build(package, work, builder / "staging_dir" / "host" / "bin" / "apk")
        if made is None:
            raise ToolError(f"{reason}. A ready one goes with --package")
        return made
    path = work / ipk.file_name(package)
    path.write_bytes(ipk.build(package))
    return path
