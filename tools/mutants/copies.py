"""A copy of the tree to change: the tests in it import it, and not what is installed."""

import os
import shutil
import sys
from pathlib import Path

from .targets import Target

ROOT = Path(__file__).parents[2]
_PARTS = ("collector", "tools", "openwrt", "tests", "docs", "Makefile", "pyproject.toml")
# Plugins that these tests do without, each a part of a second for each mutant.
_PLUGINS_OFF = ("cacheprovider", "schemathesis", "playwright", "xdist", "hypothesispytest")


def make(folder: Path) -> Path:
    """The copy, in `folder/tree`, with the captures beside it where they are here."""
    tree = folder / "tree"
    tree.mkdir()
    for part in _PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
        else:
            shutil.copy2(source, tree / part)
    if (ROOT.parent / "shared").exists():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    return tree


def environment(tree: Path) -> dict[str, str]:
    """Where the copy's own packages come first. Bytecode is not kept: two changes within a second look alike to it."""
    paths = (tree, tree / "openwrt/footfall-sensor/src")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}


def command(target: Target) -> list[str]:
    """What runs the tests of a target, and ends at the first that fails."""
    off = [word for plugin in _PLUGINS_OFF for word in ("-p", f"no:{plugin}")]
    return [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", *off, *target.tests]
