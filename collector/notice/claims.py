"""The claims register: every sentence that a notice may hold, and the tests that prove it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "de")
PARTS = ("how", "objection", "who", "rights")
CONDITIONS = frozenset({"always", "tokens", "counts", "hours", "always_open", "web", "no_web", "dpo", "feed"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence in each language, when it is said, and what proves it."""

    id: str
    part: str
    when: str
    text: dict[str, str]  # by language; {name} is a fact
    tests: tuple[str, ...]  # pytest's names of them


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """What is not true yet, and stands on no sign."""

    id: str
    says: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class Register:
    """All of them, in the order of a sign, and the words around them by language."""

    claims: tuple[Claim, ...]
    open: tuple[OpenClaim, ...]
    words: dict[str, dict[str, str]]


@cache
def register() -> Register:
    """The register of this version."""
    said = tomllib.loads(files(__package__).joinpath("claims.toml").read_text(encoding="utf-8"))
    claims = tuple(
        Claim(
            id=claim["id"],
            part=claim["part"],
            when=claim["when"],
            text={language: claim[language] for language in LANGUAGES},
            tests=tuple(claim["tests"]),
        )
        for claim in said["claim"]
    )
    return Register(claims, tuple(OpenClaim(**one) for one in said["open"]), said["words"])
