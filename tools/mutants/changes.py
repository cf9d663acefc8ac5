"""Changes: one place of one file each."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Change:
    """One change of a file. path: from the root of the tree."""

    path: str
    before: str
    after: str

    @property
    def shown(self) -> str:
        """The lines that differ, before and after, with where they stand."""
        pairs = enumerate(zip(self.before.splitlines(), self.after.splitlines(), strict=False), start=1)
        name = Path(self.path).name
        return "\n".join(
            f"{name}:{line}: {old.strip()}\n   -> {new.strip()}" for line, (old, new) in pairs if old != new
        )


def placeless(shown: str) -> str:
    """What a change shows but for the numbers of its lines: the same after others have come or gone above it."""
    return re.sub(r"^([\w.]+):\d+:", r"\1:", shown, flags=re.MULTILINE)
