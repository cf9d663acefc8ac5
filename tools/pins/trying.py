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
# For each requirement at least one file that calls it; short of browsers, and of whole lines of processes.
TESTS = (
    *(
        f"tests/sensor/{name}"
        for name in ("wire", "test_signing.py", "test_sealing.py", "test_uplink.py", "test_tls.py")
    ),
    "tests/collector/storage",
    "tests/collector/ingest",
    "tests/collector/exports",
    "tests/collector/reporting",
    "tests/collector/options",
    "tests/collector/counting",
    "tests/collector/classifying",
    "tests/collector/people",
    "tests/collector/delivery",
    "tests/collector/plans",
    "tests/collector/notice",
    "tests/collector/printing",
    "tests/collector/interop",
    "tests/collector/nightly",
    "tests/collector/housekeeping/test_publish.py",
    "tests/collector/vitals",
    "tests/collector/deploy",
    "tests/collector/nats",
    "tests/collector/mosquitto/test_walls.py",
    "tests/collector/test_database.py",
    "tests/collector/test_postgresql.py",
    "tests/collector/test_object_store.py",
    "tests/collector/page/test_page_api.py",
    "tests/collector/page/test_page_catalogues.py",
    "tests/collector/page/test_page_charts.py",
    "tests/collector/page/test_page_people.py",
    "tests/collector/page/test_page_plan.py",
    "tests/tools/device",
    "tests/tools/release",
    "tests/tools/bench/test_bench_sensor.py",
    "tests/tools/bench/test_bench_wire.py",
)
# Starlette's client for tests, in older versions: nothing that runs says it.
OLD_WARNINGS = (
    "ignore:The anyio.abc.BlockingPortal alias is deprecated:DeprecationWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",  # its streams that nobody closed
)
LINTERS = (("ruff", "check", "."), ("lint-imports", "--no-cache"))
# Installed, and called by none of these: browsers' part, the broker for a first look, what builds a release, types.
UNTRIED = frozenset({"amqtt", "axe-playwright-python", "build", "mypy", "playwright"})
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
        [uv, "pip", "install", "--quiet", "--python", python, "--resolution", WAYS[way], "--editable", ".[dev]"],
        f"the {way} versions do not go together; widen or raise a range in pyproject.toml",
    )
    for name in BESIDE:
        if (there := Path(sys.prefix) / name).is_dir():
            (folder / name).symlink_to(there)
    return python


def tested(python: Path, work: Path) -> str:
    """Run TESTS and LINTERS there; what pytest says at the end. Raises ToolError where one fails."""
    words: list[object] = [
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        "2",
        "--basetemp",
        work,
        *TESTS,
    ]
    words += [word for warning in OLD_WARNINGS for word in ("-W", warning)]
    said = _run(
        words, "tests fail with these versions; raise the lower bound, or lower the upper one, of what they touch"
    )
    for name, *rest in LINTERS:
        _run(
            [python.with_name(name), *rest],
            f"{name} of this version says otherwise than the newest; raise its lower bound",
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
