"""How a changed source comes to life in a process whose modules and tests are loaded already.

A change within functions needs nothing more than their new code. One of what runs at import (a constant, a default)
needs the module and all that has imported it once more.
"""

import ast
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from .changes import ROOT, Change


def swap(change: Change) -> bool:
    """Give the loaded functions their changed code; False, and nothing is done, where that is not enough."""
    old, new = compile(change.before, change.path, "exec"), compile(change.after, change.path, "exec")
    if _frame(old) != _frame(new):
        return False
    pairs = zip(_functions(old), _functions(new), strict=True)
    changed = {(was.co_qualname, was.co_firstlineno): now for was, now in pairs if _said(was) != _said(now)}
    gc.unfreeze()  # what is frozen is not among its objects
    live = [
        (one, (one.__code__.co_qualname, one.__code__.co_firstlineno))
        for one in gc.get_objects()
        if isinstance(one, FunctionType) and one.__code__.co_filename.endswith(change.path)
    ]
    if not set(changed) <= {place for _, place in live}:
        return False
    for function, place in live:
        function.__code__ = changed.get(place, function.__code__)
    return True


def load_anew(change: Change) -> None:
    """Forget the changed module and all that rests on it; whoever imports it from now on gets it changed."""
    name = change.path.removeprefix("openwrt/footfall-sensor/src/").removesuffix(".py").replace("/", ".")
    for loaded in _resting_on(name):
        parent, _, last = loaded.rpartition(".")
        vars(sys.modules.get(parent, ModuleType(parent))).pop(last, None)
        del sys.modules[loaded]
    sys.meta_path.insert(0, _Changed(name, ROOT / change.path, change.after))


def _resting_on(name: str) -> set[str]:
    """The loaded module of this name and those of this tree that import it, straight or by others."""
    imported = {
        loaded: _imports(Path(file), module.__package__ or "")
        for loaded, module in sys.modules.items()
        if _is_ours(file := getattr(module, "__file__", None) or "")
    }
    found = {name} & set(sys.modules)
    while more := {loaded for loaded, names in imported.items() if names & found} - found:
        found |= more
    return found


def _is_ours(file: str) -> bool:
    return file.startswith(str(ROOT)) and file.endswith(".py") and ".venv" not in file


def _imports(path: Path, package: str) -> set[str]:
    """All names that a module imports, and those that may be modules of a package."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            found |= {base, *(f"{base}.{one.name}" for one in node.names)}
    return found


def read_as(change: Change) -> None:
    """Let whoever reads the changed file read it changed. What was read before is not looked for: read late."""
    wanted, plain = ROOT / change.path, Path.read_text

    def read_text(path: Path, *arguments: object, **named: object) -> str:
        return change.after if path == wanted else plain(path, *arguments, **named)  # type: ignore[arg-type]

    Path.read_text = read_text  # type: ignore[assignment, method-assign]


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._path, "exec"), module.__dict__)  # noqa: S102  # our own source, changed


def _functions(code: CodeType) -> list[CodeType]:
    """The code of the functions of a module and of its classes, outermost only."""
    found: list[CodeType] = []
    for one in code.co_consts:
        if isinstance(one, CodeType):
            found += [one] if _is_function(one) else _functions(one)
    return found


def _frame(code: CodeType) -> object:
    """What a module or class says, but for what its functions say."""
    return _said(code, lambda one: one.co_qualname if _is_function(one) else _frame(one))


def _said(code: CodeType, nested: "Callable[[CodeType], object] | None" = None) -> object:
    """What code says, whatever columns it stands in."""
    consts = [(nested or _said)(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return code.co_qualname, code.co_code, code.co_names, code.co_varnames, code.co_freevars, consts


def _is_function(code: CodeType) -> bool:
    return bool(code.co_flags & CO_OPTIMIZED)  # a class body is not
