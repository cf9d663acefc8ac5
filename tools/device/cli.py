"""`footfall device`: the package of a unit, its image, and the units there are."""

import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from ..errors import ToolError
from . import apk, checking, imagebuilder, index, ipk, labels, provisioning, recipe, releasing, units, verifying
from .flashing import cli as flashing
from .flashing import recovering, watching
from .plan import Plan, plan

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_READY = click.Path(path_type=Path, exists=True, dir_okay=False)
_PROFILE = click.Choice(list(recipe.PACKAGES))


@click.group("device")
def device() -> None:
    """The access points themselves: check, flash, place and verify units; their packages and images."""


for _command in (
    checking.check,
    flashing.flash,
    watching.watch,
    recovering.recover,
    provisioning.provision,
    labels.label,
    verifying.verify,
    releasing.release,
):
    device.add_command(_command)


@device.command()
@click.option("--out", type=_FOLDER, required=True, help="Folder for the package and the feed's index.")
@click.option(
    "--profile", type=_PROFILE, default="full", show_default=True, help="lean: without OpenSSL, for 8 MB of flash."
)
@click.option("--sign", "key", type=_FILE, help="Sign the index with this secret key of usign or signify.")
@click.option(
    "--apk-tool", type=_FILE, help="apk of apk-tools 3, for an .apk too; where it is on the path, it is used."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line.")
def build(out: Path, profile: str, key: Path | None, apk_tool: Path | None, as_json: bool) -> None:
    """Build the OpenWrt package without an SDK: the same bytes every time.

    OUT becomes a feed: Packages, Packages.gz and, with --sign, Packages.sig stand beside the package.

    \b
    Example:
      footfall device build --out feed --profile lean --sign feed.sec
    """
    if key is not None:
        index.read_key(key)  # before anything is written
    with tempfile.TemporaryDirectory(prefix="footfall-package-") as work:
        package = recipe.stage(profile, Path(work))
        content = ipk.build(package)
        try:
            out.mkdir(parents=True, exist_ok=True)
            path = out / ipk.file_name(package)
            path.write_bytes(content)
            made = index.write(out, key)
        except OSError as exc:
            raise ToolError(f"cannot write to {out}: {exc.strerror}") from exc
        apk_path, reason = apk.build(package, out, apk_tool)
    said = {
        "package": package.name,
        "version": package.version,
        "ipk": str(path),
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "index": str(made.packages),
        "signature": str(made.signature) if made.signature else None,
        "public_key": str(made.public_key) if made.public_key else None,
        "apk": str(apk_path) if apk_path else None,
        "apk_reason": reason or None,
    }
    if as_json:
        click.echo(json.dumps(said))
        return
    click.echo(f"{path}  {len(content):,} bytes\nsha256 {said['sha256']}")
    click.echo(f"index  {made.packages}, {f'signed: {made.signature}' if made.signature else 'not signed'}")
    click.echo(f"apk    {apk_path}" if apk_path else f"No .apk: {reason}.")


@device.command("units")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line.")
def list_units(as_json: bool) -> None:
    """The units Footfall runs on, and those it does not, with the reason."""
    known, refused = units.catalogue()
    if as_json:
        click.echo(
            json.dumps({"units": [asdict(unit) for unit in known], "refused": [asdict(unit) for unit in refused]})
        )
        return
    for unit in known:
        limit = f"{unit.image_kib} KiB" if unit.image_kib else "NAND"
        click.echo(f"{unit.name:22} {unit.footfall:5} {unit.ram_mib:>5} MB  {limit:>10}  {', '.join(unit.radios)}")
    click.echo()
    for entry in refused:
        click.echo(f"{entry.name:22} {entry.reason}\n{'':22} instead: {', '.join(entry.nearest)}")


@device.command()
@click.option("--unit", "name", required=True, help="As on its label: CPE210-v3. All: footfall device units.")
@click.option(
    "--imagebuilder", "builder", type=click.Path(path_type=Path), help="OpenWrt's ImageBuilder: folder or archive."
)
@click.option("--out", type=_FOLDER, default=Path("images"), show_default=True, help="Folder for the images.")
@click.option("--files", type=_FOLDER, help="Folder whose content goes over the image's root: settings, keys.")
@click.option("--profile", type=_PROFILE, help="Instead of the unit's own.")
@click.option("--package", type=_READY, help="A package that is ready, instead of one built now.")
@click.option("--with", "added", multiple=True, metavar="NAME", help="A package more; repeatable.")
@click.option("--without", "dropped", multiple=True, metavar="NAME", help="A package less; repeatable.")
@click.option("--dry-run", is_flag=True, help="Print the plan, build nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line.")
def image(
    name: str,
    builder: Path | None,
    out: Path,
    files: Path | None,
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
    if not as_json:
        click.echo(planned.text())
    if dry_run or builder is None:
        _say_plan(planned, as_json)
        return
    with imagebuilder.opened(builder) as folder, tempfile.TemporaryDirectory(prefix="footfall-package-") as work:
        built = imagebuilder.build(folder, planned, package or _package(planned, folder, Path(work)), out)
    if as_json:
        images = [{**asdict(entry), "path": str(entry.path)} for entry in built.images]
        overlay = built.room.overlay if built.room else None
        click.echo(json.dumps({**planned.as_json(), "built": True, "images": images, "overlay": overlay}))
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
