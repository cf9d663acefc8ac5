"""UCI files (/etc/config/NAME): sections of options and lists, as OpenWrt writes them.

config sensor 'main'
    option broker '192.0.2.1'
    list channel '1'
"""

import shlex
from dataclasses import dataclass, field

from .errors import ConfigError


@dataclass(slots=True)
class Section:
    """One section: its type, its name ("" where it has none), and its options; a list is a tuple."""

    type: str
    name: str
    options: dict[str, "str | tuple[str, ...]"] = field(default_factory=dict)


def parse(text: str) -> list[Section]:
    """The sections of a UCI file's text. Raises ConfigError with the line's number."""
    sections: list[Section] = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as exc:
            raise ConfigError(f"line {number}: a quotation mark is missing; close the quotation") from exc
        if not words or words[0] == "package":
            continue
        if words[0] == "config" and len(words) in (2, 3):
            sections.append(Section(words[1], words[2] if len(words) == 3 else ""))
        elif words[0] in ("option", "list") and len(words) == 3 and sections:
            _set(sections[-1], words[0], words[1], words[2], number)
        else:
            raise ConfigError(
                f"line {number}: 'config TYPE [NAME]', 'option NAME VALUE' or 'list NAME VALUE' is wanted"
            )
    return sections


def _set(section: Section, kind: str, name: str, value: str, number: int) -> None:
    if kind == "option":
        section.options[name] = value
        return
    before = section.options.get(name, ())
    if isinstance(before, str):
        raise ConfigError(f"line {number}: {name} is both an option and a list; take one of the two out")
    section.options[name] = (*before, value)


def render(sections: list[Section]) -> str:
    """The text of a UCI file; `parse` gives the sections back."""
    lines: list[str] = []
    for section in sections:
        name = f" {_quote(section.name)}" if section.name else ""
        lines.append(f"config {section.type}{name}")
        for option, value in section.options.items():
            if isinstance(value, str):
                lines.append(f"\toption {option} {_quote(value)}")
            else:
                lines.extend(f"\tlist {option} {_quote(item)}" for item in value)
        lines.append("")
    return "\n".join(lines)


def _quote(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
