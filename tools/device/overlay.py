"""What goes over an image's root beside somebody's own folder: the builder's number, and the key of releases."""

import shutil
from pathlib import Path

import click

from footfall_sensor import keys
from footfall_sensor.errors import SensorError

from ..errors import ToolError

NUMBER, KEY = "etc/footfall-image", "etc/footfall-release.pub"
NUMBER_MAX = 99_999


def overlay_options(command: click.decorators.FC) -> click.decorators.FC:
    """--build and --release-key."""
    for option in (
        click.option(
            "--release-key",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="The public release key: with it in its image, a unit can be upgraded from afar.",
        ),
        click.option(
            "--build", type=click.IntRange(1, NUMBER_MAX), help="Your number of this image, beside OpenWrt's version."
        ),
    ):
        command = option(command)
    return command


def notes(files: Path | None, build: int | None, release_key: Path | None) -> tuple[str, ...]:
    """What there is to say of it in a plan."""
    found = []
    if build is not None:
        found.append(f"its number is {build}: /{NUMBER}; footfall device release wants the same --build")
    if release_key is None and not (files and (files / KEY).is_file()):
        found.append(f"no /{KEY}: the unit cannot be upgraded from afar; --release-key puts it in")
    return tuple(found)


def made(files: Path | None, build: int | None, release_key: Path | None, work: Path) -> Path | None:
    """A copy of `files` in `work` with these in it; `files` itself where there is nothing to add. Raises ToolError."""
    if build is None and release_key is None:
        return files
    folder = work / "files"
    if files is not None:
        shutil.copytree(files, folder, symlinks=True)
    (folder / "etc").mkdir(parents=True, exist_ok=True)
    if build is not None:
        (folder / NUMBER).write_text(f"{build}\n", encoding="ascii")
    if release_key is not None:
        try:
            (folder / KEY).write_text(keys.read_public(release_key).text(), encoding="ascii")
        except SensorError as exc:
            raise ToolError(f"--release-key: {exc}") from exc
    for name in (NUMBER, KEY):
        if (folder / name).exists():
            (folder / name).chmod(0o644)
    return folder
