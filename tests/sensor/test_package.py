"""The package as a whole: what it needs, and what it runs on."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import footfall_sensor
from footfall_sensor import __main__ as program

ROOT = Path(footfall_sensor.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
UNITS_HAVE = {"paho", "msgpack"}  # beside the standard library
# Imported within functions only: 32-bit MIPS has no such package.
LAZY = {("signing.py", "cryptography"), ("sealing.py", "cryptography")}


def _imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """The top-level package of each import, and whether it stands within a function; "." is our own."""

    def walk(node: ast.AST, within: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name.split(".")[0], within) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                yield ("." if child.level else (child.module or "").split(".")[0], within)
            else:
                yield from walk(child, within or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))

    return walk(tree, within=False)


def _allowed(name: str, path: Path, within_function: bool) -> bool:
    if name in {".", *UNITS_HAVE} or name in sys.stdlib_module_names:
        return True
    return within_function and (path.name, name) in LAZY


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_what_a_unit_has(path: Path) -> None:
    """Itself, the standard library, paho and msgpack: nothing of the rest of the tree, nothing that has to be built."""
    foreign = [name for name, within in _imports(ast.parse(path.read_text())) if not _allowed(name, path, within)]
    assert foreign == []


@pytest.mark.parametrize(
    ("source", "foreign"),
    [
        ("import collector.storage.store", True),
        ("from tools import cli", True),
        ("def f():\n  import numpy", True),
        ("import cryptography", True),
        ("def f():\n  import cryptography", False),
        ("from . import body\nimport os.path\nimport paho.mqtt.client", False),
    ],
)
def test_foreign_import_would_be_found(source: str, foreign: bool) -> None:
    """The walk sees imports of every form, at the top and within functions."""
    found = [name for name, within in _imports(ast.parse(source)) if not _allowed(name, Path("signing.py"), within)]
    assert bool(found) == foreign


def test_package_runs_where_nothing_else_is_installed() -> None:
    """With every other package out of reach, all modules import, and what signs is looked for elsewhere."""
    script = """
import importlib, importlib.abc, pkgutil, sys
ALLOWED = {"footfall_sensor", "paho", "msgpack"} | sys.stdlib_module_names
class Nothing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in ALLOWED:
            raise ModuleNotFoundError(f"no {name} on a unit", name=name)
sys.meta_path.insert(0, Nothing())
import footfall_sensor
for found in pkgutil.walk_packages(footfall_sensor.__path__, "footfall_sensor."):
    importlib.import_module(found.name)
print(sorted({name.split(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"__main__"}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    imported = set(ast.literal_eval(done.stdout))
    assert {"footfall_sensor", "paho", "msgpack"} <= imported
    assert not imported & {"collector", "tools", "cryptography", "numpy", "click", "amqtt"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_python_3_11(path: Path) -> None:
    """OpenWrt 24.10 ships Python 3.11: no syntax of a later one."""
    ast.parse(path.read_text(), feature_version=(3, 11))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_plain_text_and_says_what_it_is(path: Path) -> None:
    """Every module begins with a docstring, and no source names a machine's paths or a person's home."""
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert not [word for word in ("/work/", "/home/", "/root/") if word in text]


def test_vectors_hold_for_msgpack_without_its_extension() -> None:
    """A unit whose msgpack has no compiled part reads and writes the same bytes."""
    vectors = Path(__file__).parent / "wire" / "test_vectors.py"
    without = {**os.environ, "MSGPACK_PUREPYTHON": "1"}
    asked = "import msgpack; print(msgpack.Unpacker.__module__)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=without)
    assert said.stdout.strip() == "msgpack.fallback"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(vectors)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=without, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


def test_version_is_said() -> None:
    """`footfall-sensor --version` answers, as every package's program must on a unit."""
    command = [sys.executable, "-m", "footfall_sensor", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == f"footfall-sensor {footfall_sensor.__version__}"


def test_listening_loads_nothing_that_it_does_not_need() -> None:
    """What a unit runs for months keeps captures, the command line's reader and the self-test out of its memory."""
    asked = "import sys, footfall_sensor.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert {"footfall_sensor.live", "footfall_sensor.air"} <= loaded
    unwanted = {"argparse", "gzip", "ctypes", "asyncio", "unittest", "footfall_sensor.commands"}
    unwanted |= {f"footfall_sensor.{name}" for name in ("capture", "replay", "selftest", "words")}
    assert loaded & unwanted == set()


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["run"], "/etc/config/footfall"),
        (["run", "--config", "/tmp/x"], "/tmp/x"),
        (["run", "--config"], None),
        (["run", "--config", "--json"], None),
        (["run", "--capture", "x"], None),
        (["run", "--config", "/tmp/x", "--json"], None),
        (["status"], None),
        ([], None),
    ],
)
def test_plain_run_is_known_without_a_parser(words: list[str], path: str | None) -> None:
    """`run` and `run --config FILE` listen; every other command line goes to the parser."""
    found = program.live_config(words)
    assert (path and Path(path)) == found
