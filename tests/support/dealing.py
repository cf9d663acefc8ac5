"""In which order several processes take the tests: who has a long one begins with it, and none is left for the end.

pytest-xdist (worksteal) gives each process an equal stretch of the list; who is done takes from the end of another's,
and a process keeps its last two. In the order of folders the long tests, which start processes of their own, stood
together at the end of one stretch, and one core was idle while they ran.
"""

from collections.abc import Sequence
from itertools import groupby, islice
from typing import TypeVar

LONG = (
    "tests/browser/",
    "tests/collector/storage/test_engines.py",
    "tests/e2e/",
    "tests/lab/",
    "tests/sensor/test_day.py",
    "tests/sensor/test_unit.py",
    "tests/tools/bench/",
    "tests/tools/load/",
    "tests/torture/",
)

TOGETHER = (
    "tests/browser/",
)  # a folder in one hand: its modules share a browser and a shop that is long in the making

Named = TypeVar("Named")


def deal(tests: Sequence[Named], names: Sequence[str], hands: int) -> list[Named]:
    """The same tests in `hands` stretches of one length, the long ones first in each, a module's together.

    `names` are their paths, one each; modules stand in the order of their paths, as pytest collects them.
    """
    pairs = list(zip(names, tests, strict=True))
    long = [
        [test for _, test in group]
        for _, group in groupby((pair for pair in pairs if pair[0].startswith(LONG)), key=lambda pair: _shared(pair[0]))
    ]
    rest = iter([test for name, test in pairs if not name.startswith(LONG)])
    dealt: list[Named] = []
    for hand in range(hands):
        begun = len(dealt)
        dealt += [test for module in long[hand::hands] for test in module]
        length = len(tests) * (hand + 1) // hands - len(tests) * hand // hands
        dealt += islice(rest, max(0, length - (len(dealt) - begun)))
    return dealt + list(rest)


def _shared(name: str) -> str:
    return next((folder for folder in TOGETHER if name.startswith(folder)), name)
