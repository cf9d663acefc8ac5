"""What the tests say to each change: one process that has loaded them, and a fork of it for each change.

What a fork costs is the tests up to the first that fails: those of the file named first, the quickest first.
"""

import contextlib
import gc
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from ..errors import ToolError
from . import installing, rows
from .changes import ROOT, Change, placeless
from .drawing import drawn
from .targets import Target

CPU_S_MAX = 3  # beside four times what the tests take unchanged: a change may make a loop endless
TEST_S_MAX = 60  # of the clock: it may also make a test wait
EXAMPLES_MAX = 20  # of a property
_REPORT_EACH = 10
# Plugins that these tests do without.
_PLUGINS_OFF = ("cacheprovider", "schemathesis", "playwright", "xdist", "hypothesispytest")


@dataclass(frozen=True)
class Verdict:
    """What became of the changes of a module. possible: all that there are; tests_left_out: too slow to be asked."""

    name: str
    possible: int
    tried: int
    killed: int
    survivors: tuple[str, ...]
    tests_left_out: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """Which changes are tried: up to `limit`, drawn by the seed, or those that `only` shows, wherever they stand now.

    Tests that take longer than `slow_s` of CPU are not asked.
    """

    limit: int
    seed: int
    slow_s: float
    only: frozenset[str] | None = None


def judge(target: Target, terms: Terms) -> Verdict:
    """Try changes of a module. Raises ToolError where its tests fail unchanged. To be called once a process."""
    trial = _Trial(target, terms)
    with tempfile.TemporaryDirectory(prefix="footfall-mutants-") as made:
        words = _words(target, Path(made))
        with open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
            status = pytest.main(words, plugins=[trial])
    if trial.verdict is None:
        raise ToolError(
            f"{target.name}: its tests fail without any change (pytest: {status}); mend them first: "
            f"pytest {' '.join(target.tests)}"
        )
    return trial.verdict


def _words(target: Target, folder: Path) -> list[str]:
    words = ["-q", "-x", "--no-header", "--capture=sys", "-m", "not shared_data"]
    words += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of plugins whose packages are imported already
    words += [f"--rootdir={ROOT}", f"--timeout={TEST_S_MAX}", f"--basetemp={folder / 'tests'}"]
    words += [word for plugin in _PLUGINS_OFF for word in ("-p", f"no:{plugin}")]
    return [*words, *(str(ROOT / name) for name in target.tests)]


def _few_examples() -> str:
    """A profile by which every fork tries the same few examples, and takes no time for the smallest one that fails."""
    settings.register_profile(
        "mutants",
        max_examples=EXAMPLES_MAX,
        stateful_step_count=EXAMPLES_MAX,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    return "mutants"


def _cap_examples(items: Sequence[pytest.Item]) -> None:
    """Few examples too where a test names a number of its own. Hypothesis has no public way to say so."""
    for item in items:
        test, machine = getattr(item, "obj", None), getattr(item, "cls", None)
        function: Any = getattr(test, "__func__", test)
        own = getattr(function, "_hypothesis_internal_use_settings", None)
        if own is not None:
            capped = settings(own, max_examples=min(own.max_examples, EXAMPLES_MAX))
            function._hypothesis_internal_use_settings = capped
        if isinstance(getattr(machine, "settings", None), settings):
            machine.settings = settings(machine.settings, max_examples=EXAMPLES_MAX // 4)  # type: ignore[union-attr]


class _Trial:
    """A plugin of pytest: what it has collected is run once unchanged, then once for each change."""

    def __init__(self, target: Target, terms: Terms) -> None:
        self.verdict: Verdict | None = None
        self._target, self._terms = target, terms

    def pytest_collection(self) -> None:
        settings.load_profile(_few_examples())

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        _cap_examples(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        with tempfile.TemporaryFile("w+", buffering=1) as taken:
            if _forked(lambda: _run(session.items, session, taken.write), 0):
                return True
            taken.seek(0)
            lasted_s = [float(line) for line in taken]
        quick = [(item, s) for item, s in zip(session.items, lasted_s, strict=True) if s <= self._terms.slow_s]
        order = [str(ROOT / name) for name in self._target.tests]
        quick.sort(key=lambda pair: (_rank(pair[0], order), pair[1]))
        items = [item for item, _ in quick]
        cpu_s = CPU_S_MAX + 4 * sum(s for _, s in quick)
        only = None if self._terms.only is None else {placeless(shown) for shown in self._terms.only}
        limit = self._terms.limit if only is None else sys.maxsize
        possible, changes = drawn(self._target.paths(ROOT), limit, self._terms.seed)
        if _forked(partial(self._try, session, items, replace(changes[0], after=changes[0].before), anew=True), 0):
            return True
        changes = [change for change in changes if only is None or placeless(change.shown) in only]
        tried = len(changes)
        if self._target.by_rows:
            changes = rows.unnoticed(changes, _say)
        gc.freeze()  # what is here stays shared with the forks
        survivors: list[str] = []
        for number, change in enumerate(changes, start=1):
            if not _forked(partial(self._try, session, items, change), cpu_s):
                survivors.append(change.shown)
                _say(change.shown)
            if not number % _REPORT_EACH:
                _say(f"{self._target.name}: {number} of {len(changes)}, {len(survivors)} not noticed")
        left_out = tuple(item.nodeid for item in session.items if item not in set(items))
        killed = tried - len(survivors)
        self.verdict = Verdict(self._target.name, possible, tried, killed, tuple(survivors), left_out)
        return True

    def _try(self, session: pytest.Session, items: Sequence[pytest.Item], change: Change, anew: bool = False) -> int:
        """What the tests end with. anew: load the module anew even where new code of its functions is enough."""
        if change.path.endswith(".sql"):
            installing.read_as(change)
            return _run(items, session, None)
        if not anew and installing.swap(change):
            return _run(items, session, None)
        installing.load_anew(change)
        again = _Only({item.nodeid: place for place, item in enumerate(items)})
        folder = Path(str(session.config.option.basetemp)).parent
        return int(pytest.main(_words(self._target, Path(tempfile.mkdtemp(dir=folder))), plugins=[again]))


class _Only:
    """A plugin of pytest: these tests, in this order."""

    def __init__(self, places: dict[str, int]) -> None:
        self._places = places

    def pytest_collection(self) -> None:
        settings.load_profile(_few_examples())

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        _cap_examples(items)
        items[:] = sorted(
            (one for one in items if one.nodeid in self._places), key=lambda one: self._places[one.nodeid]
        )


def _say(text: str) -> None:
    print(text, file=sys.__stderr__, flush=True)


def _rank(item: pytest.Item, order: Sequence[str]) -> int:
    return next(place for place, name in enumerate(order) if str(item.path).startswith(name))


def _run(items: Sequence[pytest.Item], session: pytest.Session, note: Callable[[str], object] | None) -> int:
    """Run tests until one fails; 1 where one did. note: told the CPU seconds of each, a line each."""
    for item, after in zip(items, [*items[1:], None], strict=True):
        began = _cpu_s()
        item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return 1
        if note is not None:
            note(f"{_cpu_s() - began}\n")
    return 0


def _cpu_s() -> float:
    return sum(os.times()[:4])


def _forked(work: Callable[[], int], cpu_s: float) -> bool:
    """Whether `work` failed, in a process of its own: its number was not 0, it died, or it took more than `cpu_s`."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    status = 1
    try:
        if cpu_s:
            resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s) + 1, int(cpu_s) + 2))
        status = work()
    except BaseException:  # noqa: BLE001  # whatever a change brings about, it was noticed, and this process ends here
        status = 1
    finally:
        os._exit(status)
