"""What `make mutants` changes is there, with tests that could notice."""

import pytest

from tools.mutants.changes import ROOT
from tools.mutants.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_every_module_and_its_tests_are_there(target: Target) -> None:
    """A module that was moved away is not passed over in silence."""
    assert target.paths(ROOT)
    assert [name for name in (*target.paths(ROOT), *target.tests) if not (ROOT / name).exists()] == []
