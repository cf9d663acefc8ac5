"""What is told of a report, or a muster: the values that its page is laid out from, and that part of it, once for all.

However many look at one, its numbers are put into words and drawings once for each language, and for each set of
rights and sites. What such a part says may rest on nothing else: no name, no mark of a form, no time of day.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

KEPT = 256  # pages; one is some 150 kB


@dataclass(frozen=True, slots=True)
class Told:
    """Of these sources."""

    sources: tuple[object, ...]
    values: Mapping[str, Any]
    parts: dict[str, Markup] = field(default_factory=dict)

    def once(self, name: str, caller: Callable[[], str]) -> Markup:
        """A part of a template: {% call once("numbers") %}...{% endcall %}."""
        if name not in self.parts:
            self.parts[name] = Markup(caller())  # noqa: S704 - a template has escaped it
        return self.parts[name]


class Telling:
    """The last pages that were told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Told] = OrderedDict()

    def of(self, key: tuple[object, ...], sources: tuple[object, ...], make: Callable[[], Mapping[str, Any]]) -> Told:
        """What is told of its sources, made once. key: everything else that it rests on.

        Sources (reports, a muster) are compared as objects, not cell by cell.
        """
        with self._lock:
            told = self._kept.get(key)
        if told is None or any(one is not other for one, other in zip(told.sources, sources, strict=True)):
            told = Told(sources, make())
        with self._lock:
            self._kept[key] = told
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return told
