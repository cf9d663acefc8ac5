"""The table that explains settings: each one's value in force, who said it, and what it means. No password is in it."""

import re
from dataclasses import dataclass

from .resolving import Resolved
from .settings import Settings
from .sources import Source

HIDDEN = "***"
# Behind user: in an address, up to the last @ (passwords may hold one); and what follows password=, token: or --key.
_IN_ADDRESS = re.compile(r"(?<=://)([^:/@\s]*):\S*@")
_NAMED = re.compile(
    r"([\w-]*(?:passw|passfile|pwd|secret|token|key|auth)[\w-]*[=:\s]+)(?:(?:bearer|basic)\s+)?[^\s&'\"]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One setting."""

    name: str
    value: str | int | bool  # in force; of texts without what may be a secret
    source: Source
    place: str  # where it was said; "" for a default
    means: str


def explain(resolved: Resolved) -> list[Line]:
    """Every setting, in the order of the schema."""
    lines = []
    for name, field in Settings.model_fields.items():
        said = resolved.said.get(name)
        source, place = (said.source, said.place) if said else (Source.DEFAULT, "")
        value = getattr(resolved.settings, name)
        shown = masked(value) if isinstance(value, str) else value
        lines.append(Line(name, shown, source, place, field.description or ""))
    return lines


def masked(text: str) -> str:
    """A text without passwords: those in addresses, and whatever follows a name such as password or token."""
    return _NAMED.sub(rf"\g<1>{HIDDEN}", _IN_ADDRESS.sub(rf"\g<1>:{HIDDEN}@", text))


def render(lines: list[Line]) -> str:
    """The table for people."""
    shown = [(one.name, _shown(one.value), str(one.source), one.means) for one in lines]
    head = ("setting", "value", "from", "what it is")
    rows = [head, *shown]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    text = (" ".join([*map(str.ljust, row[:3], widths), row[3]]) for row in rows)
    return "".join(line.replace("\n", " ") + "\n" for line in text)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if value != "" else "(empty)"
