"""docs/security.md: every threat has a row, and every test that a row names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THREATS = [f"T{number}" for number in range(1, 30)]
NOT_YET = "does not apply yet:"
_ROW = re.compile(r"^\| (T\d+) \| (.+?) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rows() -> list[tuple[str, str, str, str]]:
    """(threat, what stands against it, what proves it, figure) of each row of the table."""
    return _ROW.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8"))


@cache
def defined_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_each_threat_has_one_row_in_order() -> None:
    assert [threat for threat, *_ in rows()] == THREATS


@pytest.mark.parametrize("threat", THREATS)
def test_a_threat_is_proven_by_tests_that_exist_or_says_why_it_does_not_apply(threat: str) -> None:
    """A row that names no test must say, in words, what it waits for."""
    proof = next(proof for name, _, proof, _ in rows() if name == threat)
    named = _TEST.findall(proof)
    assert named or NOT_YET in proof
    for file, test in named:
        assert (ROOT / file).is_file(), f"{threat} names {file}, which is not there"
        assert not test or test in defined_in(ROOT / file), f"{threat} names {test}, which is not in {file}"
