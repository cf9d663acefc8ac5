"""The run for a person: both profiles side by side, and where memory and instructions go."""

from collections.abc import Callable, Iterator, Mapping

from .console import Run
from .instructions import Instructions
from .verdict import Sizes, seconds

IMPORTS_SHOWN_KIB = 150  # a module that takes less, with what it alone imports, is left out


def lines(runs: Mapping[str, Run], counts: Instructions, sizes: Mapping[str, Sizes]) -> Iterator[str]:
    """The table, line by line."""
    yield f"{'':46}" + "".join(f"{profile:>14}" for profile in runs)
    for words, of in _ROWS.items():
        yield f"{words:46}" + "".join(f"{of(run):14,}" for run in runs.values())
    for words, attribute in (("squashfs, as packaged, bytes", "whole"), ("  with what the agent reaches", "reached")):
        yield f"{words:46}" + "".join(f"{getattr(sizes[profile], attribute):14,}" for profile in runs)
    yield from instructions(counts)
    for profile, run in runs.items():
        yield f"imports, {profile}: KiB, modules"
        for name, cost in run.imports.items():
            if cost["kib"] >= IMPORTS_SHOWN_KIB:
                yield f"    {name:30}{cost['kib']:6,}{cost['modules']:5}"


def instructions(counts: Instructions) -> Iterator[str]:
    """What was counted, lean, and what a 24Kc would take for it."""
    for step, count in counts.steps.items():
        yield f"{'instructions a frame, ' + step:46}{count:14,}"
    for words, count in (
        ("compile sources", counts.compile),
        ("check settings", counts.check),
        ("start", counts.start),
        ("sign a batch", counts.signing),
    ):
        yield f"{'instructions, ' + words:46}{count:14,}  {seconds(count)} s, derived"


_ROWS: dict[str, Callable[[Run], int]] = {
    "agent, largest resident memory, KiB": lambda run: run.rss_kib,
    "  of that, no file's": lambda run: run.anonymous_kib,
    "  when it begins to listen": lambda run: run.start_rss_kib,
    "machine: memory left by the kernel, KiB": lambda run: run.total_kib,
    "  available at boot": lambda run: run.free_at_boot_kib,
    "  available with the agent at work": lambda run: run.free_kib,
}
