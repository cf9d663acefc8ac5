"""Elements: what says what a phone can do, and nothing that says who carries it."""

import air
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footfall_sensor import elements

STABLE = (1, 45, 50, 127, 191)


def test_only_stable_capabilities_are_kept() -> None:
    """Of a phone's elements, rates, HT capabilities and extended capabilities stay, in their order."""
    kept = air.RATES + air.EXTENDED_RATES + air.element(45, bytes.fromhex("2d4017")) + air.EXTENDED_CAPABILITIES
    assert kept == elements.capabilities(air.ELEMENTS)


def test_names_vendors_and_wps_are_never_kept() -> None:
    """An SSID at any place, vendor elements (WPS among them) and the channel leave no byte in the result."""
    secret = b"Grandmother's flat"
    hostile = (
        air.element(0, secret) + air.RATES + air.element(221, secret) + air.element(3, b"\6") + air.element(0, secret)
    )
    assert elements.capabilities(hostile) == air.RATES


@pytest.mark.parametrize(("number", "size_max"), [(1, 255), (45, 3), (50, 255), (127, 255), (191, 12)], ids=str)
def test_later_bytes_of_an_element_do_not_count(number: int, size_max: int) -> None:
    """HT's MCS set and later bytes, and VHT's, add nothing but noise: they are cut off."""
    value = bytes(range(255))
    assert air.element(number, value[:size_max]) == elements.capabilities(air.element(number, value))


def test_channel_of_the_scan_makes_no_difference() -> None:
    """The DS parameter element changes with each channel of a scan; the capabilities must not."""
    assert len({elements.capabilities(air.element(3, bytes([channel])) + air.ELEMENTS) for channel in (1, 6, 11)}) == 1


def test_element_cut_off_is_left_out() -> None:
    """A snap length costs the element that it cuts, and invents none."""
    whole = [elements.capabilities(part) for part in (b"", air.RATES, air.RATES + air.EXTENDED_RATES)]
    both = air.RATES + air.EXTENDED_RATES
    for size in range(len(both) + 1):
        expected = whole[(size >= len(air.RATES)) + (size >= len(both))]
        assert expected == elements.capabilities(both[:size])


@example([(1, b"")])  # an element without a value is one, at the end too
@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=255)), max_size=20))
def test_result_is_elements_again(pairs: list[tuple[int, bytes]]) -> None:
    """Whatever comes in, what is kept is a list of stable elements in their order, none longer than it was."""
    raw = b"".join(air.element(number, value) for number, value in pairs)
    kept = elements.capabilities(raw)
    assert kept == elements.capabilities(kept)
    assert [number for number, _ in pairs if number in STABLE] == [number for number, _ in _split(kept)]


def _split(raw: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(raw):
        found.append((raw[at], raw[at + 2 : at + 2 + raw[at + 1]]))
        at += 2 + raw[at + 1]
    return found
