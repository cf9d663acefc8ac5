"""`footfall device build`: the package, and a feed around it."""

import hashlib
import json
import tempfile
from pathlib import Path

import click

from ..errors import ToolError
from ..options import last_line_option
from . import apk, index, ipk, recipe

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_PROFILE = click.Choice(list(recipe.PACKAGES))


@click.command()
@click.option("--out", type=_FOLDER, required=True, help="Folder for the package and the feed's index.")
@click.option(
    "--profile", type=_PROFILE, default="full", show_default=True, help="lean: without OpenSSL, for 8 MB of flash."
)
@click.option("--sign", "key", type=_FILE, help="Sign the index with this secret key of usign or signify.")
@click.option(
    "--apk-tool", type=_FILE, help="apk of apk-tools 3, for an .apk too; where it is on the path, it is used."
)
@last_line_option
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
            raise ToolError(f"cannot write to {out}: {exc.strerror}; give another folder") from exc
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
