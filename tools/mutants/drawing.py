"""Which changes are tried: drawn from all that there are."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from . import python, sql
from .changes import ROOT, Change


class Kind(Protocol):
    """What knows a language. Its places sort in the order of the file."""

    def places(self, source: str) -> Iterable[Any]:
        """Every change that there is."""

    def changed(self, source: str, place: Any) -> str:
        """The source with this one change."""


KINDS: dict[str, Kind] = {".py": python, ".sql": sql}


def drawn(paths: Sequence[str], limit: int, seed: int) -> tuple[int, list[Change]]:
    """How many changes of these files there are, and up to `limit` of them, drawn by the seed, in the files' order."""
    sources = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    every = [(path, place) for path, source in sources.items() for place in sorted(_kind(path).places(source))]
    kept = [every[number] for number in sorted(random.Random(seed).sample(range(len(every)), min(limit, len(every))))]
    changes = [Change(path, sources[path], _kind(path).changed(sources[path], place)) for path, place in kept]
    return len(every), changes


def _kind(path: str) -> Kind:
    return KINDS[Path(path).suffix]
