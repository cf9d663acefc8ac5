"""The command line of this same program with other words: for what must not stay in the agent's memory."""

import sys
from collections.abc import Sequence


def command(*words: str) -> list[str]:
    """What starts this program anew, by the same interpreter and with the same switches."""
    started: Sequence[str] = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv[1:])]
    return [sys.executable, *started, *words]
