"""Driving an OpenWrt ImageBuilder: a folder or an archive that the user gives."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from ..errors import ToolError
from .plan import Plan
from .sizes import Room, measure

_OURS = "footfall-sensor"


@dataclass(frozen=True, slots=True)
class Image:
    """One image that was built, checked and put where it was asked for."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a plan."""

    images: tuple[Image, ...]
    room: Room | None  # None: no limit known for this unit


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The ImageBuilder's folder; an archive is unpacked into a temporary one. Raises ToolError."""
    if path.is_dir():
        yield _checked(path)
        return
    if not path.is_file():
        raise ToolError(
            f"--imagebuilder {path} is not there; --dry-run names the archive that is wanted, and where it is"
        )
    with tempfile.TemporaryDirectory(prefix="footfall-imagebuilder-") as folder:
        # tar knows zstd where Python 3.11 does not.
        done = subprocess.run(["tar", "-x", "-f", str(path), "-C", folder], capture_output=True, text=True, check=False)
        if done.returncode:
            hint = " Is zstd installed? Try: apt-get install zstd" if path.suffix == ".zst" else ""
            raise ToolError(f"{path} cannot be unpacked: {done.stderr.strip()[:200]}.{hint}")
        inside = [entry for entry in Path(folder).iterdir() if (entry / "Makefile").is_file()]
        yield _checked(inside[0] if len(inside) == 1 else Path(folder))


def _checked(folder: Path) -> Path:
    if not (folder / "Makefile").is_file() or not (folder / "packages").is_dir():
        raise ToolError(f"{folder} is no ImageBuilder: a Makefile and a folder packages are wanted in it")
    return folder.resolve()


def wants_apk(builder: Path) -> bool:
    """Whether its packages are .apk (OpenWrt 25.12 on) and not .ipk."""
    return not (builder / "repositories.conf").exists() and (builder / "repositories").exists()


def build(builder: Path, plan: Plan, package: Path, out: Path) -> Built:
    """Build a plan's image with this package, check its size, and only then put it into `out`. Raises ToolError."""
    if package.suffix != (".apk" if wants_apk(builder) else ".ipk"):
        raise ToolError(
            f"this ImageBuilder takes {'.apk (OpenWrt 25.12 on)' if wants_apk(builder) else '.ipk (up to 24.10)'}, and "
            f"{package.name} is none. Take the ImageBuilder of {plan.archive()}, or give the right one with --package"
        )
    _know(builder, plan)
    for old in (builder / "packages").glob(f"{_OURS}[-_]*"):
        old.unlink()
    shutil.copy(package, builder / "packages" / package.name)
    with tempfile.TemporaryDirectory(prefix="footfall-images-") as folder:
        images = Path(folder)
        _make(builder, plan.command(str(images)))
        found = sorted(path for path in images.rglob("*") if plan.profile in path.name and "squashfs" in path.name)
        upgrade = [path for path in found if "sysupgrade" in path.name]
        if not upgrade:
            raise ToolError(
                f"ImageBuilder made no image for {plan.unit}, and named no error. A too big one is left away so: take "
                "packages away with --without"
            )
        room = measure(upgrade[0], plan.image_kib) if plan.image_kib else None
        out.mkdir(parents=True, exist_ok=True)
        return Built(tuple(_put(path, out) for path in found), room)


def _know(builder: Path, plan: Plan) -> None:
    told = _run(builder, ["make", "info"])
    target = next((line for line in told if line.startswith("Current Target:")), "")
    if f'"{plan.target}"' not in target:
        raise ToolError(
            f"this ImageBuilder is for {target.partition(':')[2].strip() or 'something else'}, and "
            f"{plan.unit} wants {plan.target}: take {plan.archive()}"
        )
    if f"{plan.profile}:" not in told:
        raise ToolError(f"this ImageBuilder knows no {plan.profile}: take a newer one, such as {plan.archive()}")


def _make(builder: Path, command: list[str]) -> None:
    """Run it, its own words on our standard error: it takes minutes, and only it knows how far it is."""
    said = _run(builder, command, lambda line: click.echo(line, err=True))
    too_big = [line.strip() for line in said if "too big" in line]
    if too_big:
        raise ToolError(f"ImageBuilder threw an image away: {too_big[0]}. Take packages away with --without")


def _run(builder: Path, command: list[str], show: Callable[[str], None] | None = None) -> list[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    said: list[str] = []
    try:
        with subprocess.Popen(
            command, cwd=builder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line.rstrip("\n"))
                if show:
                    show(said[-1])
    except OSError as exc:
        raise ToolError(f"{command[0]} cannot be run: {exc.strerror}. Try: apt-get install make") from exc
    if process.returncode:
        raise ToolError(f"ImageBuilder's '{' '.join(command[:2])}' failed: {said[-1] if said else 'without a word'}")
    return said


def _put(image: Path, out: Path) -> Image:
    content = image.read_bytes()
    path = out / image.name
    partial = path.with_name(path.name + ".new")
    partial.write_bytes(content)
    partial.replace(path)
    return Image(path, len(content), hashlib.sha256(content).hexdigest())
