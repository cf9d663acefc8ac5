"""Images are told apart, judged whole, and say for which units they are; whatever else is in a file is refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.device import factory as safeloader
from tools.device import images, metadata
from tools.device.errors import BadImage
from tools.lab.pallet.firmware import factory, sysupgrade

CPE = factory(["CPE210(TP-LINK|EU|N300-2|45550000):3.20", "CPE210(TP-LINK|UN|N300-2):3.0"])
EAP = factory(["EAP225(TP-Link|UN|AC1350-D):3.0"], version=(9, 0, 1), compat=2)
UPGRADE = sysupgrade(["tplink,cpe210-v3"])


def test_a_factory_image_names_its_units_its_version_and_its_compat_level() -> None:
    """As the stock firmware reads it, a signature behind it or not."""
    said = safeloader.parse(CPE + b"\0" * 128)
    assert [(one.model, one.region, one.version, one.special_id) for one in said.supports] == [
        ("CPE210", "EU", "3.20", "45550000"),
        ("CPE210", "UN", "3.0", ""),
    ]
    assert (said.compat_level, said.partitions[0]) == (0, "partition-table")
    assert (safeloader.parse(EAP).version, safeloader.parse(EAP).compat_level) == ("9.0.1", 2)


def test_a_sysupgrade_image_names_its_boards() -> None:
    """And its release; an image without metadata names nothing."""
    said = metadata.parse(UPGRADE)
    assert said is not None
    assert (said.boards, said.release, said.target) == (("tplink,cpe210-v3",), "24.10.4", "ath79/generic")
    assert metadata.parse(b"squashfs" * 100) is None


@pytest.mark.parametrize("image", [CPE, UPGRADE], ids=["factory", "sysupgrade"])
def test_one_flipped_bit_is_found(tmp_path: Path, image: bytes) -> None:
    """Wherever it is, as far as the checksum reaches."""
    for at in (100, len(image) // 2, len(image) - 30):
        damaged = bytearray(image)
        damaged[at] ^= 4
        (tmp_path / "image.bin").write_bytes(damaged)
        with pytest.raises(BadImage, match=r"image\.bin"):
            images.read(tmp_path / "image.bin")


def test_a_cut_file_a_wrong_checksum_and_another_kind_of_file_are_refused(tmp_path: Path) -> None:
    """Each with what to do next."""
    path = tmp_path / "image.bin"
    path.write_bytes(CPE[:-100])
    with pytest.raises(BadImage, match="it is cut"):
        images.read(path)
    path.write_bytes(b"PK\3\4 not firmware")
    with pytest.raises(BadImage, match=r"squashfs-factory\.bin"):
        images.read(path)
    path.write_bytes(CPE)
    with pytest.raises(BadImage, match="another checksum"):
        images.read(path, "00" * 32)
    with pytest.raises(BadImage, match="cannot be read"):
        images.read(tmp_path / "absent.bin")
    assert images.read(path).kind == "factory"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(CPE) - 1), st.binary(max_size=40), st.booleans())
def test_a_mangled_image_is_refused_and_nothing_else_happens(at: int, put: bytes, upgrade: bool) -> None:
    """Bad input is input: one kind of error, whatever was put where."""
    image = UPGRADE if upgrade else CPE
    mangled = image[:at] + put + image[at + len(put) :]
    try:
        said = metadata.parse(mangled) if upgrade else safeloader.parse(mangled)
    except BadImage:
        return
    assert mangled == image or said is None or upgrade
