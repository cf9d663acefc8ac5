"""Byte-code without sources, as OpenWrt's Python packages hold it: compiled here, kept from run to run."""

import py_compile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from ...errors import ToolError

# Of the whole library: what no package of OpenWrt's holds that the sensor could come by.
NEVER = frozenset(
    ("__pycache__", "_osx_support", "ensurepip", "idlelib", "site-packages", "test", "tests", "tkinter", "turtledemo")
)
_NO_CHECK = py_compile.PycInvalidationMode.UNCHECKED_HASH  # no date in it: the same sources give the same bytes


def module_name(path: PurePosixPath) -> str:
    """The module that a file below a folder of modules holds: json/__init__.py is json."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def compiled(sources: Path, to: Path, on_unit: str) -> Iterator[tuple[str, PurePosixPath]]:
    """Compile every module below `sources` into `to`, where it is not there; yields their names and files in `to`.

    on_unit: the folder that the unit has them in; error messages name it. Raises ToolError.
    """
    for path in sorted(sources.rglob("*.py")):
        inside = PurePosixPath(path.relative_to(sources).as_posix())
        if NEVER.intersection((*inside.parts, inside.stem)):
            continue
        done = to / inside.with_suffix(".pyc")
        if not done.exists() or done.stat().st_mtime < path.stat().st_mtime:
            done.parent.mkdir(parents=True, exist_ok=True)
            try:
                py_compile.compile(str(path), str(done), f"{on_unit}/{inside}", True, 0, _NO_CHECK)
            except py_compile.PyCompileError as exc:
                raise ToolError(f"{path} does not compile: {exc.msg}") from exc
        yield module_name(inside), inside.with_suffix(".pyc")


def copy(sources: Path, cache: Path, to: Path, on_unit: str, wanted: Callable[[str], bool]) -> None:
    """Put the byte-code of the wanted modules into `to`."""
    for name, inside in compiled(sources, cache, on_unit):
        if wanted(name):
            (to / inside).parent.mkdir(parents=True, exist_ok=True)
            (to / inside).write_bytes((cache / inside).read_bytes())
