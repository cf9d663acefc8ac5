"""The parts of a release: every distribution that an installed Footfall needs, with its licence, as it is here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..errors import ToolError

ROOT = "footfall"
EXTRAS = ("postgresql", "spark")  # what an operator may install beside; the others are for who works on Footfall
# What goes with an Apache-2.0 program: permissive licences, and weak copyleft for libraries that are used as they are.
ALLOWED = re.compile(
    r"(?i)\b(apache|mit(-cmu|-0)?|bsd|0bsd|isc|zlib|psf(-2\.0)?|cc0|unlicense|mpl|mozilla public license|lgpl|"
    r"gnu lesser|epl)\b"
)
# Whose metadata says nothing that a program can read: looked up by hand, with the place where it stands.
KNOWN = {
    "asyncssh": "EPL-2.0 OR GPL-2.0-or-later",  # its LICENSE and the head of every file
    "axe-playwright-python": "MIT",  # its LICENSE
}


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One distribution. licence: an SPDX expression, or the words of its classifiers. needs: names of other parts."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it may be used: of licences that it leaves open (OR) one, of those that hold together (AND) all."""
        return all(ALLOWED.search(one) for one in re.split(r"\bAND\b", self.licence))


def read(root: str = ROOT, extras: Iterable[str] = EXTRAS) -> list[Part]:
    """All parts by name, the root's own among them. Raises ToolError where one is not installed."""
    found: dict[str, Part] = {}
    ahead = [(root, frozenset(extras))]
    while ahead:
        name, wanted = ahead.pop()
        key = canonicalize_name(name)
        if key in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError as exc:
            raise ToolError(f"{name} is not installed here: make setup installs it") from exc
        needs = list(_needs(distribution, wanted))
        found[key] = Part(
            key,
            distribution.version,
            licence(distribution),
            tuple(sorted({canonicalize_name(need.name) for need in needs})),
        )
        ahead += [(need.name, frozenset(need.extras)) for need in needs]
    return sorted(found.values())


def _needs(distribution: metadata.Distribution, extras: Iterable[str]) -> Iterable[Requirement]:
    for line in distribution.requires or []:
        need = Requirement(line)
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield need


def licence(distribution: metadata.Distribution) -> str:
    """An SPDX expression, or the words of its classifiers; "not said" where it has neither."""
    said = distribution.metadata
    if known := KNOWN.get(canonicalize_name(said["Name"])):
        return known
    if "License-Expression" in said:
        return said["License-Expression"]
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or [] if one.startswith("License ::")]
    classified = [one for one in classified if one != "OSI Approved"]  # by itself it names none
    return " OR ".join(classified) or (said.get_all("License") or ["not said"])[0].partition("\n")[0]
