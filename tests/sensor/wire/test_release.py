"""Releases of the package: one order of versions, and an offer that a shell script can use as it stands."""

from dataclasses import replace

import pytest

from footfall_sensor.errors import Malformed
from footfall_sensor.wire import body
from footfall_sensor.wire.release import Offer, Release

RELEASE = Release("footfall-sensor", "0.2.0-r1", "ipk", 90_000, b"h" * 32)
OFFER = Offer(RELEASE, b"k" * 8, b"s" * 64, "https://collector.lan/package/a.ipk")


def _travelled(offer: Offer) -> Offer:
    return Offer.read(body.unpack(body.pack({"new": offer.fields()}))["new"])


@pytest.mark.parametrize("size", [1, 4 * 1024 * 1024])
@pytest.mark.parametrize("chars", [23, 99, 100, 101, 128, 129, 142])
def test_offer_survives_its_encoding(chars: int, size: int) -> None:
    """Its address too, which is longer than a string of a body may be and goes in pieces."""
    url = "https://collector.lan/".ljust(chars, "x")
    offer = replace(OFFER, url=url, release=replace(RELEASE, size=size))
    assert _travelled(offer) == offer


@pytest.mark.parametrize(
    "wrong",
    [
        replace(OFFER, url="https://collector.lan/a?b=$(reboot)"),
        replace(OFFER, url="ftp://collector.lan/a"),
        replace(OFFER, url="https://collector.lan/".ljust(200, "x")),
        replace(OFFER, release=replace(RELEASE, size=0)),
        replace(OFFER, release=replace(RELEASE, size=4 * 1024 * 1024 + 1)),
        replace(OFFER, release=replace(RELEASE, package="dropbear")),
        replace(OFFER, release=replace(RELEASE, form="deb")),
        replace(OFFER, release=replace(RELEASE, version="latest")),
        replace(OFFER, key_id=b"k" * 7),
        replace(OFFER, signature=b"s" * 63),
    ],
    ids=lambda offer: str(offer)[:40],
)
def test_offer_out_of_its_limits_is_refused(wrong: Offer) -> None:
    with pytest.raises(Malformed):
        _travelled(wrong)


def test_versions_compare_by_their_parts_and_the_revision() -> None:
    """A part that is not there is 0."""
    versions = ["0.1.9-r9", "0.2-r1", "0.2.0-r2", "0.2.0.1-r1", "0.10.0-r1", "1.0-r1"]
    numbers = [replace(RELEASE, version=version).number for version in versions]
    assert numbers == sorted(numbers)
    assert numbers[1] == (0, 2, 0, 0, 1)
