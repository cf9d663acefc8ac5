"""Images: one note, one order of versions, and nothing on the wire that a shell could trip over."""

from dataclasses import replace

import pytest

from footfall_sensor.errors import Malformed
from footfall_sensor.wire.image import Image, ImageOffer, number, version_of

IMAGE = Image(("tplink,cpe210-v3", "tplink,cpe210-v2"), "24.10.4-r28739.2", "1.0", False, 7_864_320, b"h" * 32)
OFFER = ImageOffer(IMAGE, b"k" * 8, b"s" * 64, f"https://collector.lan/image/{'ab' * 32}.bin")


@pytest.mark.parametrize("image", [IMAGE, replace(IMAGE, older=True, boards=IMAGE.boards[:1])])
def test_a_note_is_read_as_it_was_written(image: Image) -> None:
    assert Image.of_note(image.note()) == image


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        (b"older no", b"older maybe"),
        (b"footfall-image 1", b"footfall-image 2"),
        (b"size 7864320", b"size 07864320"),
        (b"size 7864320", b"size 0"),
        (b"compat 1.0\n", b""),
        (b"tplink,cpe210-v3", b"tplink,$(reboot)"),
        (b"24.10.4-r28739.2", b"SNAPSHOT-r28739"),
        (b"sha256 ", b"sha256 00"),
    ],
)
def test_a_note_in_another_form_is_none(from_: bytes, to: bytes) -> None:
    with pytest.raises(Malformed):
        Image.of_note(IMAGE.note().replace(from_, to))


def test_versions_compare_by_release_revision_and_build() -> None:
    versions = [
        "23.05.3-r99999",
        "24.10-r28739.2",
        "24.10.0-r28740",
        "24.10.4-r28739",
        "24.10.4-r28739.2",
        "24.10.4-r28739.10",
        "24.10.4-r28740",
        "25.12.0-r1",
    ]
    assert [number(version) for version in versions] == sorted(number(version) for version in versions)
    assert number("24.10-r7") == number("24.10.0.0-r7.0") == (24, 10, 0, 0, 7, 0)
    with pytest.raises(Malformed):
        number("24.10.4")


@pytest.mark.parametrize(
    ("said", "version"),
    [
        (("24.10.4", "r28739-d9340319c6"), "24.10.4-r28739"),
        (("24.10.4", "r28739+12-d9340319c6", "3"), "24.10.4-r28739.3"),
        (("25.12.0-rc2", "r30001-abc"), "25.12.0-r30001"),
        (("24.10.4", "r28739-d9340319c6", "three"), "24.10.4-r28739"),
        (("SNAPSHOT", "r30001-abc"), ""),
        (("24.10.4", "unknown"), ""),
    ],
)
def test_a_version_is_what_openwrt_says_and_the_builders_number(said: tuple[str, ...], version: str) -> None:
    assert version_of(*said) == version


def test_an_offer_survives_its_fields() -> None:
    assert ImageOffer.read(OFFER.fields()) == OFFER
    back = replace(OFFER, image=replace(IMAGE, older=True))
    assert ImageOffer.read(back.fields()) == back


@pytest.mark.parametrize(
    "change",
    [
        {"boards": []},
        {"boards": ["tplink,x; reboot"]},
        {"boards": ["tplink,a"] * 9},
        {"url": ["https://h/$(x)", ""]},
        {"size": 1 << 40},
        {"version": "1"},
        {"compat": "new"},
        {"sha256": b""},
    ],
    ids=str,
)
def test_an_offer_that_is_none_is_malformed(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        ImageOffer.read(dict(OFFER.fields()) | change)
