"""What `make mutants` changes is there, with tests that could notice."""

import pytest

from tools.mutants.copies import ROOT
from tools.mutants.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_every_module_and_its_tests_are_there(target: Target) -> None:
    """A module that was moved away is not passed over in silence."""
    assert (ROOT / target.module).is_file()
    assert [name for name in target.tests if not (ROOT / name).exists()] == []
