"""What an object still holds: a walk over everything that the garbage collector can reach from it."""

import gc
import types
from collections.abc import Iterator

_NOT_THE_OBJECTS_OWN = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType)


def reachable(root: object) -> Iterator[object]:
    """Every object reachable from `root`, itself included; classes, modules and functions are not entered."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, _NOT_THE_OBJECTS_OWN):
            continue
        seen.add(id(found))
        yield found
        waiting.extend(gc.get_referents(found))


def holds(root: object, secret: bytes) -> bool:
    """Whether `secret` is part of any bytes or text that `root` leads to."""
    return any(
        (isinstance(found, (bytes, bytearray)) and secret in found)
        or (isinstance(found, str) and secret.hex() in found)
        for found in reachable(root)
    )
