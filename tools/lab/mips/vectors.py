"""The agent's frozen vectors under the emulated processor: the same bytes are read and made there."""

import shlex
from pathlib import Path

from ...errors import ToolError
from . import stack
from .build import Built

SUPPORT = Path(__file__).parents[3] / "tests" / "support"  # what reads the vectors' description


def check(built: Built, tree: Path) -> int:
    """How many hold, in a tree's Python and with the unit's program for signatures. Raises ToolError."""
    if not SUPPORT.is_dir():
        raise ToolError(f"{SUPPORT} is not there: the vectors are part of a checkout of Footfall")
    programs = built.folder / "programs"
    programs.mkdir(exist_ok=True)
    starter = programs / built.signify.name  # the host's kernel cannot start it by itself
    command = shlex.join([stack.EMULATOR, *stack.CPU, str(built.signify)])
    starter.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    starter.chmod(0o755)
    said = stack.run(tree, "-m", "guest.vectors", path=(SUPPORT,), programs=str(programs))
    count, signer = said.split()
    if signer != built.signify.name:
        raise ToolError(f"the vectors were signed by {signer}, not by the program that was built for the unit")
    return int(count)
