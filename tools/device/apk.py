"""The package of OpenWrt 25.12: an .apk, made by apk itself (apk-tools 3) where the machine has it.

The format is apk's own database, and only apk says whether it would install one. It is in no Debian package; every
ImageBuilder of OpenWrt 25.12 brings it (staging_dir/host/bin/apk).
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import ToolError
from .recipe import Package, put

_TIMEOUT_S = 60
NO_TOOL = (
    "OpenWrt 25.12's .apk is made and checked by apk (apk-tools 3), which is not here. Give --apk-tool "
    "IMAGEBUILDER/staging_dir/host/bin/apk of a 25.12 ImageBuilder, or build openwrt/footfall-sensor with its SDK"
)
NOT_ROOT = "an .apk records whose its files are, and here they would be yours: run this as root, or install fakeroot"
_FUNCTIONS = '[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0\n. "${IPKG_INSTROOT}/lib/functions.sh"\n'
_NAMED = 'export root="${{IPKG_INSTROOT}}"\nexport pkgname="{name}"\n'


def build(package: Package, out: Path, tool: Path | None) -> tuple[Path | None, str]:
    """The .apk in `out`, or None and the reason in a sentence. Raises ToolError where apk itself fails."""
    found = shutil.which(str(tool) if tool else "apk")
    if found is None or "apk-tools 3" not in _run([found, "--version"]):
        return None, NO_TOOL
    as_root = [] if os.geteuid() == 0 else [shutil.which("fakeroot") or ""]
    if as_root == [""]:
        return None, NOT_ROOT
    made = out / f"{package.name}-{package.version}.apk"
    with tempfile.TemporaryDirectory(prefix="footfall-apk-") as folder:
        work = Path(folder)
        shutil.copytree(package.root, work / "root")
        _describe(package, work / "root")
        scripts = _scripts(package, work)
        for path in [work / "root", *(work / "root").rglob("*")]:
            os.utime(path, (package.epoch_s, package.epoch_s))
        _run([*as_root, found, "mkpkg", *_arguments(package, work / "root", scripts), "--output", str(made)])
    told = _run([found, "adbdump", str(made)])
    if not {f"name: {package.name}", f"version: {package.version}"} <= {line.strip() for line in told.splitlines()}:
        made.unlink()
        return None, f"apk reads its own {made.name} as something else: {told.strip()[:200]}"
    return made, ""


def _arguments(package: Package, root: Path, scripts: dict[str, Path]) -> list[str]:
    info = {
        "name": package.name,
        "version": package.version,
        "description": " ".join(package.description.split()),
        "arch": "noarch" if package.architecture == "all" else package.architecture,
        "license": package.license,
        "origin": package.name,
        "url": package.url,
        "maintainer": package.maintainer,
        "provides": " ".join(f"{name}={package.version}" for name in package.provides),
        "depends": " ".join(package.depends),
    }
    return [
        *(word for name, value in info.items() if value for word in ("--info", f"{name}:{value}")),
        *(word for name, path in scripts.items() for word in ("--script", f"{name}:{path}")),
        "--files",
        str(root),
    ]


def _describe(package: Package, root: Path) -> None:
    """What OpenWrt's functions look up about an installed package: its users, conffiles and files."""
    files = sorted(f"/{path.relative_to(root)}" for path in root.rglob("*") if path.is_file())
    shipped = [path for path in package.conffiles if (root / path.lstrip("/")).is_file()]
    digests = {path: hashlib.sha256((root / path.lstrip("/")).read_bytes()).hexdigest() for path in shipped}
    texts = {
        "rusers": f"{package.users}\n" if package.users else "",
        "list": "".join(f"{path}\n" for path in files),
        "conffiles": "".join(f"{path}\n" for path in package.conffiles),
        "conffiles_static": "".join(f"{path} {digest}\n" for path, digest in digests.items()),
    }
    for suffix, text in texts.items():
        if text:
            put(root, f"lib/apk/packages/{package.name}.{suffix}", text)


def _scripts(package: Package, work: Path) -> dict[str, Path]:
    """apk has scripts for an upgrade of their own, and calls none of OpenWrt's functions by itself."""
    named = _NAMED.format(name=package.name)
    install = f'[ "${{IPKG_NO_SCRIPT}}" = "1" ] && exit 0\n{_FUNCTIONS}{named}add_group_and_user\ndefault_postinst\n'
    texts = {
        "post-install": install,
        "post-upgrade": f"export PKG_UPGRADE=1\n{install}",
        "pre-deinstall": f"{_FUNCTIONS}{named}default_prerm\n",
    }
    written = {}
    for name, text in texts.items():
        written[name] = work / name
        written[name].write_text(f"#!/bin/sh\n{text}", encoding="ascii")
    return written


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise ToolError(f"{command[0]} cannot be run: {exc}") from exc
    if done.returncode:
        raise ToolError(f"{' '.join(command[:2])} fails: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
