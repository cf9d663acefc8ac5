"""The catalogue: found as the label says, refused with the reason, and true to its own rules."""

import re
from collections.abc import Callable

import pytest
from click.testing import Result

from tools.device import recipe, units

from .conftest import last

UNITS, REFUSED = units.catalogue()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("CPE210-v3", "CPE210-v3"),
        ("cpe210 v3", "CPE210-v3"),
        ("TP-Link CPE210 v3.20", "CPE210-v3"),
        ("tplink_cpe210-v3", "CPE210-v3"),
        ("CPE220-v1.1", "CPE210-v1"),
        ("EAP225-v4.0", "EAP225-v4"),
        ("EAP225-Outdoor(v3)", "EAP225-Outdoor-v3"),
        ("tplink_eap620hd-v1", "EAP620-HD-v1"),
    ],
)
def test_a_unit_is_found_by_its_label_or_its_profile(said: str, meant: str) -> None:
    """As it is printed, as it is typed, as OpenWrt calls it."""
    assert units.find(said).name == meant


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("EAP115", "no OpenWrt port"),
        ("EAP110 v4", "no OpenWrt port"),
        ("EAP110-Outdoor", "CPE210-v3"),
        ("eap120-v1", "ar71xx"),
        ("EAP220", "no OpenWrt port"),
        ("EAP225-v5", "it would hear nothing"),
        ("EAP225 v5.0", "it would hear nothing"),
    ],
)
def test_a_unit_that_cannot_be_a_sensor_is_refused_with_the_reason(said: str, words: str) -> None:
    """And with what to take instead."""
    with pytest.raises(units.RefusedUnit, match=words) as refused:
        units.find(said)
    assert "Take instead: " in refused.value.message


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("EAP225", "EAP225-v1, EAP225-v3, EAP225-v4"),
        ("EAP225-v2", "EAP225-v1, EAP225-v3, EAP225-v4"),
        ("EAP225-Outdor-v1", "EAP225-Outdoor-v1"),
        ("RT-AX88U", "footfall device units"),
    ],
)
def test_an_unknown_name_gets_the_nearest(said: str, words: str) -> None:
    """A version forgotten, a slip, another maker's unit."""
    with pytest.raises(units.UnknownUnit, match=words):
        units.find(said)


def test_every_row_is_complete_and_no_name_stands_for_two_units() -> None:
    """Flash, memory and profile are known, the image is smaller than the flash, and what to take instead exists."""
    names = [name for unit in UNITS for name in (unit.name, *unit.aliases)] + [entry.name for entry in REFUSED]
    assert len(names) == len(set(names))
    assert len({unit.profile for unit in UNITS}) == len(UNITS)
    for unit in UNITS:
        assert re.fullmatch(r"tplink_[a-z0-9-]+", unit.profile)
        assert re.fullmatch(r"[0-9a-f]{11}", unit.source), unit.name
        assert unit.footfall in recipe.PACKAGES
        assert unit.image_kib is None or unit.image_kib < unit.flash_mib << 10
        assert (unit.footfall == "lean") == (unit.flash_mib == 8), unit.name
        assert units.find(unit.name) is unit
    for entry in REFUSED:
        for name in entry.nearest:
            assert units.find(name).name == name


def test_the_list_names_them_all(call: Callable[..., Result]) -> None:
    """For reading, and as JSON."""
    text = call("units").output
    assert [unit.name for unit in (*UNITS, *REFUSED) if unit.name not in text] == []
    said = last(call("units", "--json"))
    assert (len(said["units"]), len(said["refused"])) == (len(UNITS), len(REFUSED))  # type: ignore[arg-type]
