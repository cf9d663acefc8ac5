"""Changes of Python: where a promise could be broken, and nowhere else."""

import pytest

pytest.importorskip("cosmic_ray", reason="cosmic-ray is not installed; `make mutants` installs it")

from tools.mutants import python

SOURCE = """
@dataclass(frozen=True)
class Row:
    size: int | None = 3

    def fits(self, other: "Row | None") -> bool | None:
        return self.size < 10
"""


def test_hints_and_decorators_are_spared() -> None:
    lines = {place[0][0] for place in python.places(SOURCE)}
    assert lines == {4, 7}
    changed = {python.changed(SOURCE, place).splitlines()[6].strip() for place in python.places(SOURCE)}
    assert {"return self.size <= 10", "return self.size < 11"} <= changed
    assert all("frozen=True" in python.changed(SOURCE, place) for place in python.places(SOURCE))
