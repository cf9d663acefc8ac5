"""The package as its OpenWrt recipe describes it: GNU make reads it and runs its install lines; no SDK."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..errors import ToolError

PACKAGE_DIR = Path(__file__).parents[2] / "openwrt" / "footfall-sensor"
SDK_DIR = Path(__file__).with_name("sdk")
DATE_FILE = "version.date"  # OpenWrt takes the date of a source from a file of this name, and so do we
PACKAGES = {"full": "footfall-sensor", "lean": "footfall-sensor-lean"}  # build profile -> package
_MAKE_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Package:
    """One package: what its recipe says of it, and the folder that holds its files as they will be installed."""

    name: str
    version: str  # with the release: 0.1.0-r1
    title: str
    description: str
    section: str
    license: str
    architecture: str
    root: Path
    epoch_s: int  # the date of everything in it
    url: str = ""
    maintainer: str = ""
    users: str = ""  # user=number:group=number
    depends: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    conffiles: tuple[str, ...] = ()


def stage(profile: str, work: Path, package_dir: Path = PACKAGE_DIR) -> Package:
    """The package of a build profile, its files installed under `work`. Raises ToolError."""
    name = PACKAGES[profile]
    _make(name, work, package_dir)
    told = work / name

    def text(what: str) -> str:
        path = told / what
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    package = Package(
        name=name,
        version=text("VERSION"),
        title=text("TITLE"),
        description=text("description"),
        section=text("SECTION"),
        license=text("LICENSE"),
        architecture=text("PKGARCH"),
        root=told / "root",
        epoch_s=_epoch_s(package_dir),
        url=text("URL"),
        maintainer=text("MAINTAINER"),
        users=text("USERID"),
        # OpenWrt's libc is a dependency of every package; a condition (@) is no package.
        depends=("libc", *(word.lstrip("+") for word in text("DEPENDS").split() if not word.startswith("@"))),
        provides=tuple(text("PROVIDES").split()),
        conflicts=tuple(text("CONFLICTS").split()),
        conffiles=tuple(text("conffiles").split()),
    )
    _keep_over_upgrades(package)
    return package


def _make(name: str, work: Path, package_dir: Path) -> None:
    if not (package_dir / "Makefile").is_file():
        raise ToolError(f"no recipe in {package_dir}: run this from a checkout of Footfall")
    program = shutil.which("make")
    if program is None:
        raise ToolError("make is not installed, and the package's recipe is written for it. Try: apt-get install make")
    # Called from a make of our own (make run), its flags and variables must not reach this one.
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(
        [program, "-s", "-C", str(package_dir), f"TOPDIR={SDK_DIR}", f"OUT={work}", name],
        env={**environment, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=_MAKE_TIMEOUT_S,
        check=False,
        umask=0o022,
    )
    if done.returncode:
        raise ToolError(f"the recipe {package_dir / 'Makefile'} fails: {done.stderr.strip() or done.stdout.strip()}")


def _epoch_s(package_dir: Path) -> int:
    told = os.environ.get("SOURCE_DATE_EPOCH") or (package_dir / "src" / DATE_FILE).read_text(encoding="ascii")
    try:
        return int(told)
    except ValueError as exc:
        raise ToolError(f"SOURCE_DATE_EPOCH and {DATE_FILE} hold seconds since 1970, not '{told.strip()}'") from exc


def _keep_over_upgrades(package: Package) -> None:
    """What is to be kept and is no file of the package goes into a list that sysupgrade reads, as in an SDK."""
    kept = [path for path in package.conffiles if not (package.root / path.lstrip("/")).is_file()]
    if kept:
        put(package.root, f"lib/upgrade/keep.d/{package.name}", "".join(f"{path}\n" for path in kept))


def put(root: Path, name: str, text: str) -> None:
    """A file for everybody to read, its folders too, whatever the umask: a /lib for root alone would break a unit."""
    path = root / name
    for folder in reversed(path.relative_to(root).parents[:-1]):
        if not (root / folder).is_dir():
            (root / folder).mkdir()
            (root / folder).chmod(0o755)
    path.write_text(text, encoding="ascii")
    path.chmod(0o644)
