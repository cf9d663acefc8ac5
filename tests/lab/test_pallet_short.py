"""The short form of `make lab-pallet`: a sound unit, one with the wrong image, and one that keeps silent."""

from pathlib import Path

import pytest

from tools.lab.pallet import __main__ as lab
from tools.lab.pallet import bench, delivery
from tools.lab.pallet.delivery import FAULTY, Fault, Way

pytestmark = pytest.mark.skipif(bool(bench.possible()), reason=bench.possible() or "possible")


def test_each_of_three_units_comes_out_as_it_must(tmp_path: Path) -> None:
    """Real commands, real SSH; fake units, simulated agents at a real collector."""
    overlays, outcomes = lab.run(tmp_path, delivery.units(short=True), jobs=3)
    assert [one.wrong for one in outcomes] == [[], [], []]
    assert [(one.fault, one.verified, one.refused) for one in outcomes] == [
        (Fault.NONE, True, False),
        (Fault.IMAGE, False, True),
        (Fault.SILENT, False, True),
    ]
    said = lab.summary(outcomes, overlays, 0.0)
    assert (said["ok"], said["verified"], said["refused_or_recovered"]) == (True, 1, 2)


def test_an_unexpected_outcome_is_no_success() -> None:
    """A sound unit that was refused, and a faulty one that was verified without a word."""
    units = delivery.units(short=True)
    outcomes = [lab.Outcome(unit.name, unit.way, unit.fault, refused=True) for unit in units]
    assert lab.summary(outcomes, 3, 0.0)["ok"] is False
    outcomes = [lab.Outcome(unit.name, unit.way, unit.fault, verified=True) for unit in units]
    assert lab.summary(outcomes, 3, 0.0)["ok"] is False


def test_the_pallet_has_twenty_units_five_of_them_faulty_in_ways_of_their_own() -> None:
    units = delivery.units()
    assert len(units) == 20
    faults = [unit.fault for unit in units if unit.fault in FAULTY]
    assert sorted(faults) == sorted(FAULTY)
    assert {unit.way for unit in units if unit.fault is Fault.NONE} == set(Way)
