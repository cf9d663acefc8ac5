"""An environment with the oldest or the newest versions that are allowed, and the tests of what touches them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from ..errors import ToolError

ROOT = Path(__file__).parents[2]
WAYS = {"lowest": "lowest-direct", "newest": "highest"}  # what uv calls them
# Per requirement at least one file that calls it; chosen by what they touch, and short of browsers, brokers and Java.
TESTS = (
    "tests/sensor",
    "tests/collector/storage",
    "tests/collector/ingest",
    "tests/collector/exports",
    "tests/collector/reporting",
    "tests/collector/options",
)
BESIDE = ("paho-1.6", "openwisp")  # what tools/setup/venv puts beside an environment, and tests read there


def install(way: str, folder: Path) -> Path:
    """Make the environment anew in `folder`; returns its Python. Raises ToolError."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        raise ToolError("uv is not installed; `make pins` installs it")
    shutil.rmtree(folder, ignore_errors=True)
    _run([uv, "venv", "--quiet", "--python", sys.executable, folder], "no environment could be made")
    python = folder / "bin" / "python"
    _run(
        [uv, "pip", "install", "--quiet", "--python", python, "--resolution", WAYS[way], "--editable", ".[dev,site]"],
        f"the {way} versions do not go together; widen or raise a range in pyproject.toml",
    )
    for name in BESIDE:
        if (there := Path(sys.prefix) / name).is_dir():
            (folder / name).symlink_to(there)
    return python


def tested(python: Path, work: Path) -> str:
    """Run TESTS there; what pytest says at the end. Raises ToolError where one fails."""
    words = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "--basetemp", work, *TESTS]
    said = _run(
        words, "tests fail with these versions; raise the lower bound, or lower the upper one, of what they touch"
    )
    counts = [line for line in said.splitlines() if re.search(r"\d+ passed", line)]
    return re.sub(r" in [\d.]+s.*", "", counts[-1])


def distributions(python: Path) -> dict[str, metadata.Distribution]:
    """What is installed there, by name."""
    site = next(python.parents[1].glob("lib/python*/site-packages"))
    return {canonicalize_name(one.metadata["Name"]): one for one in metadata.distributions(path=[str(site)])}


def _run(words: Sequence[object], trouble: str) -> str:
    environment = {**os.environ, "UV_LINK_MODE": "copy"}
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolError(f"{trouble}:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-40:]))
    return done.stdout
