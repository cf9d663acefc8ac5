"""What pyproject.toml allows: each requirement, its versions, and who wants it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PROJECT = "footfall"


@dataclass(frozen=True, slots=True)
class Range:
    """One requirement. allowed: as it stands, ">=1.13,<2"; wanted_by: the project itself, or an extra of it."""

    name: str
    allowed: str
    wanted_by: str


def read(pyproject: Path = PYPROJECT) -> list[Range]:
    """All of them, the project's own first, each list by name; an extra that names another one adds nothing."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    lists = {PROJECT: project["dependencies"], **project["optional-dependencies"]}
    return [
        one for wanted_by, lines in lists.items() for one in sorted(_of(lines, wanted_by), key=lambda one: one.name)
    ]


def _of(lines: list[str], wanted_by: str) -> Iterator[Range]:
    for line in lines:
        need = Requirement(line)
        if (name := canonicalize_name(need.name)) != PROJECT:
            allowed = ",".join(sorted((str(one) for one in need.specifier), reverse=True))
            yield Range(name, allowed, wanted_by)
