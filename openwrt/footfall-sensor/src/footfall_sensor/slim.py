"""A module that another one imports and hardly ever uses is put off until something of it is wanted.

`dataclasses` imports `inspect`, with `ast` and `dis` behind it, for the text of classes that have none of their own;
ours have. That is 0.7 MB of a 64-bit agent's memory (`python -m tools.bench.unit`). Imported before all others.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


class _PutOff(ModuleType):
    """Stands where the real one would, for whoever imported it meanwhile."""

    def __getattr__(self, wanted: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), wanted)


@contextmanager
def put_off(name: str) -> Iterator[None]:
    """What is imported within the block has the module when it asks it for something. Afterwards it is the real one."""
    if name in sys.modules:
        yield
        return
    stands = sys.modules[name] = _PutOff(name)
    try:
        yield
    finally:
        if sys.modules.get(name) is stands:
            del sys.modules[name]


with put_off("inspect"):
    import dataclasses  # noqa: F401 - so that it is there for all others
