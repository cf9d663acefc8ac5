"""What was tried, and passed: kept beside this module, shown in docs/supply.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .ranges import Range

KEPT = Path(__file__).with_name("tried.json")
NOT_TRIED, NOT_READ = "not tried", "not read"


@dataclass(frozen=True, slots=True)
class Tried:
    """One passed run. date: of the day; said: how many tests passed; versions, ranges and licences: by name."""

    date: str
    python: str
    said: str
    versions: Mapping[str, str]
    ranges: Mapping[str, str]
    licences: Mapping[str, str]

    def version(self, wanted: Range) -> str:
        """Which one was tried of it; NOT_TRIED where its range has changed since."""
        return self.versions[wanted.name] if self.ranges.get(wanted.name) == wanted.allowed else NOT_TRIED


def read(kept: Path = KEPT) -> dict[str, Tried]:
    """By way (lowest, newest); empty where nothing was tried yet."""
    if not kept.exists():
        return {}
    return {way: Tried(**said) for way, said in json.loads(kept.read_text(encoding="utf-8")).items()}


def keep(way: str, tried: Tried, kept: Path = KEPT) -> None:
    """In place of what was kept of this way."""
    said = {name: asdict(one) for name, one in (read(kept) | {way: tried}).items()}
    kept.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table(ranges: Sequence[Range], tried: Mapping[str, Tried]) -> str:
    """Markdown: a row a requirement. Its licence is that of the newest, or of what was installed beside."""
    licences = tried["newest"].licences if "newest" in tried else {}
    rows = [
        "| part | wanted by | versions allowed | oldest tried | newest tried | licence |",
        "|---|---|---|---|---|---|",
    ]
    for one in ranges:
        oldest, newest = (tried[way].version(one) if way in tried else NOT_TRIED for way in ("lowest", "newest"))
        said = (one.name, one.wanted_by, f"`{one.allowed}`", oldest, newest, licences.get(one.name, NOT_READ))
        rows.append("| " + " | ".join(said) + " |")
    return "\n".join(rows)


def runs(tried: Mapping[str, Tried]) -> str:
    """Markdown: a row a run."""
    rows = ["| versions | date | Python | tests |", "|---|---|---|---|"]
    rows += [f"| {way} | {one.date} | {one.python} | {one.said} |" for way, one in sorted(tried.items())]
    return "\n".join(rows)
