"""Byte-code as OpenWrt's packages hold it: without sources, without dates, and without what no package brings."""

from pathlib import Path, PurePosixPath

import pytest

from tools.errors import ToolError
from tools.lab.mips import bytecode


def _library(folder: Path) -> Path:
    for name in ("json/__init__.py", "json/tool.py", "os.py", "test/support.py", "json/tests/test_x.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"WHERE = {name!r}\n")
    return folder


@pytest.mark.parametrize(
    ("path", "name"), [("os.py", "os"), ("json/__init__.py", "json"), ("json/decoder.py", "json.decoder")]
)
def test_a_file_tells_its_module(path: str, name: str) -> None:
    """A package is its __init__."""
    assert bytecode.module_name(PurePosixPath(path)) == name


def test_only_what_is_wanted_comes_and_no_tests(tmp_path: Path) -> None:
    """No source, no test, and byte-code where a Python without sources looks for it."""
    library = _library(tmp_path / "Lib")
    bytecode.copy(library, tmp_path / "cache", tmp_path / "all", "/usr/lib/python3.11", lambda _name: True)
    bytecode.copy(library, tmp_path / "cache", tmp_path / "some", "/usr/lib/python3.11", {"json"}.__contains__)
    found = {
        name: sorted(path.relative_to(tmp_path / name).as_posix() for path in (tmp_path / name).rglob("*.*"))
        for name in ("all", "some")
    }
    assert found == {"all": ["json/__init__.pyc", "json/tool.pyc", "os.pyc"], "some": ["json/__init__.pyc"]}


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    """Whenever and wherever they are compiled: a size that changes is a change of what is in it."""
    made = []
    for name in ("one", "two"):
        list(bytecode.compiled(_library(tmp_path / name), tmp_path / f"{name}.made", "/usr/lib/python3.11"))
        made.append((tmp_path / f"{name}.made" / "os.pyc").read_bytes())
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in made[0]


def test_a_changed_source_is_compiled_anew(tmp_path: Path) -> None:
    """The cache outlives the run, not the source."""
    library, cache = _library(tmp_path / "Lib"), tmp_path / "cache"
    list(bytecode.compiled(library, cache, "/usr"))
    before = (cache / "os.pyc").read_bytes()
    (library / "os.py").write_text("WHERE = 'elsewhere'\n")
    list(bytecode.compiled(library, cache, "/usr"))
    assert (cache / "os.pyc").read_bytes() != before


def test_a_source_that_does_not_compile_is_named(tmp_path: Path) -> None:
    """Which file, and why."""
    (tmp_path / "broken.py").write_text("def\n")
    with pytest.raises(ToolError, match=r"broken\.py does not compile"):
        list(bytecode.compiled(tmp_path, tmp_path / "cache", "/usr"))
