"""One event loop for all clients of applications: to make one, with its threads, for each question takes longer."""

from contextlib import ExitStack

from anyio.from_thread import BlockingPortal, start_blocking_portal

_open = ExitStack()
_kept: list[BlockingPortal] = []


def shared() -> BlockingPortal:
    """This process's, started when it is first asked for."""
    if not _kept:
        _kept.append(_open.enter_context(start_blocking_portal()))
    return _kept[0]


def end() -> None:
    """Stop it, if it runs: its thread would keep the process."""
    _kept.clear()
    _open.close()
