"""Images: the plan, the refusals, and what is asked of an ImageBuilder. The ImageBuilder is a fake; see conftest."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from footfall_sensor import keys, signing
from tools.device import sizes, units
from tools.errors import ToolError

from .conftest import image, last

BUILD = ("image", "--unit", "CPE210-v3")


def test_a_dry_run_prints_the_plan(call: Callable[..., Result], tmp_path: Path) -> None:
    """Profile, packages, what is left away for 8 MB, and the command to type; nothing is built."""
    done = call(*BUILD, "--dry-run", "--out", tmp_path / "images")
    assert done.exit_code == 0
    for words in (
        *("tplink_cpe210-v3", "7680 KiB", "footfall-sensor-lean", "kmod-wireguard", "-firewall4 "),
        *("make image PROFILE=tplink_cpe210-v3", "footfall device build --profile lean"),
    ):
        assert words in done.output
    assert not (tmp_path / "images").exists()


def test_the_plan_as_json(call: Callable[..., Result]) -> None:
    """The same for a program."""
    said = last(call(*BUILD, "--dry-run", "--json"))
    assert (said["supported"], said["built"], said["footfall"], said["image_kib"]) == (True, False, "lean", 7680)
    assert said["command"][:3] == ["make", "image", "PROFILE=tplink_cpe210-v3"]  # type: ignore[index]


def test_without_an_imagebuilder_the_plan_is_all(call: Callable[..., Result]) -> None:
    """It says which one to get."""
    done = call("image", "--unit", "EAP225-v3")
    assert done.exit_code == 0
    assert "openwrt-imagebuilder-24.10.x-ath79-generic" in done.output
    assert "Nothing was built" in done.output


@pytest.mark.parametrize("unit", ["EAP115", "EAP225-v5"])
def test_a_unit_that_cannot_be_a_sensor_is_exit_1(call: Callable[..., Result], unit: str) -> None:
    """The reason is told, to a program too."""
    done = call("image", "--unit", unit, "--dry-run", "--json")
    assert done.exit_code == 1
    assert last(done)["supported"] is False
    assert "Take instead" in done.stderr


def test_an_unknown_unit_is_wrong_usage(call: Callable[..., Result]) -> None:
    """Exit 2, with the nearest names."""
    done = call("image", "--unit", "CPE210-v33", "--dry-run")
    assert (done.exit_code, "CPE210-v3" in done.output) == (2, True)


def test_openssl_on_8_mb_is_refused(call: Callable[..., Result]) -> None:
    """Before an hour is spent on an image that cannot work."""
    done = call(*BUILD, "--profile", "full", "--dry-run")
    assert done.exit_code == 1
    assert "WireGuard" in done.output


@pytest.mark.parametrize("unit", [unit.name for unit in units.catalogue()[0]])
def test_every_unit_has_a_plan(call: Callable[..., Result], unit: str) -> None:
    """Its package once, no package both added and taken away; a full one keeps its firewall."""
    said = last(call("image", "--unit", unit, "--dry-run", "--json"))
    packages = [str(name) for name in said["packages"]]  # type: ignore[attr-defined]
    plain = [name.lstrip("-") for name in packages]
    assert len(plain) == len(set(plain))
    assert ("-firewall4" in packages) == (said["footfall"] == "lean")
    assert {"-dnsmasq", "-ppp", "procd-ujail"} <= set(packages)


def test_the_imagebuilder_gets_profile_packages_files_and_our_package(
    call: Callable[..., Result], builder: Path, tmp_path: Path
) -> None:
    """And an older package of ours is taken out of its folder; others stay."""
    (tmp_path / "site").mkdir()
    for name in ("footfall-sensor_0.0.9-r1_all.ipk", "libc_1_mips_24kc.ipk"):
        (builder / "packages" / name).touch()
    out = tmp_path / "images"
    done = call(*BUILD, "--imagebuilder", builder, "--files", tmp_path / "site", "--with", "tcpdump-mini", "--out", out)
    assert done.exit_code == 0, done.output
    asked = dict(line.split("=", 1) for line in (builder / "called").read_text().splitlines())
    assert asked["PROFILE"] == "tplink_cpe210-v3"
    assert asked["FILES"] == str(tmp_path / "site")
    assert asked["NAME"] == "footfall"
    assert {"footfall-sensor-lean", "-firewall4", "tcpdump-mini"} <= set(asked["PACKAGES"].split())
    packed = (builder / "packed").read_text().split()
    assert packed == ["footfall-sensor-lean_0.1.0-r1_all.ipk", "libc_1_mips_24kc.ipk"]
    assert len(list(out.iterdir())) == 2


def test_the_builders_number_and_the_release_key_go_over_the_root_beside_the_folder_that_was_given(
    call: Callable[..., Result], builder: Path, tmp_path: Path
) -> None:
    """That folder stays as it was. Without a key the plan says what the unit will not do."""
    site = tmp_path / "site"
    (site / "etc").mkdir(parents=True)
    (site / "etc/banner").write_text("a shop")
    keys.write_secret(tmp_path / "release", signing.backend().generate())
    words = ("--files", site, "--build", "2", "--release-key", tmp_path / "release.pub", "--out", tmp_path / "images")
    done = call(*BUILD, "--imagebuilder", builder, *words)
    assert (done.exit_code, "its number is 2" in done.output, "cannot be upgraded" in done.output) == (0, True, False)
    laid = {str(path.relative_to(builder / "laid")): path for path in (builder / "laid").rglob("*") if path.is_file()}
    assert sorted(laid) == ["etc/banner", "etc/footfall-image", "etc/footfall-release.pub"]
    assert laid["etc/footfall-image"].read_text() == "2\n"
    assert laid["etc/footfall-release.pub"].read_text() == (tmp_path / "release.pub").read_text()
    assert [path.name for path in (site / "etc").iterdir()] == ["banner"]
    assert "the unit cannot be upgraded from afar" in call(*BUILD, "--dry-run").output


def test_images_are_hashed_and_the_room_is_told(call: Callable[..., Result], builder: Path, tmp_path: Path) -> None:
    """What is left to write to, from what the squashfs says of itself: the flash less 5,800,000 bytes in blocks."""
    said = last(call(*BUILD, "--imagebuilder", builder, "--out", tmp_path / "images", "--json"))
    images = said["images"]
    assert isinstance(images, list)
    assert [Path(entry["path"]).exists() for entry in images] == [True, True]
    assert said["overlay"] == (7680 - 89 * 64) << 10


@pytest.mark.parametrize(
    ("root", "fits"),
    [(7680 * 1024 - 1_800_000 - 5 * 65536, True), (7680 * 1024 - 1_800_000 - 5 * 65536 + 1, False), (9_000_000, False)],
)
def test_a_full_flash_is_refused_though_the_file_fits(
    call: Callable[..., Result], builder: Path, tmp_path: Path, root: int, fits: bool
) -> None:
    """The images of the CPE are padded to the flash's size; and five blocks must be left, or no setting is kept."""
    (builder / "image.bin").write_bytes(image(1_800_000, root, 7680 << 10))
    done = call(*BUILD, "--imagebuilder", builder, "--out", tmp_path / "images")
    assert (done.exit_code == 0) == fits
    assert (tmp_path / "images").exists() == fits
    assert ("too big" in done.output) != fits


def test_an_image_left_away_is_noticed(call: Callable[..., Result], builder: Path, tmp_path: Path) -> None:
    """ImageBuilder ends well when it throws a too big image away."""
    (builder / "image.bin").unlink()
    done = call(*BUILD, "--imagebuilder", builder, "--out", tmp_path / "images")
    assert done.exit_code == 1
    assert "made no image" in done.output


def test_an_archive_is_unpacked_and_left_alone(call: Callable[..., Result], builder: Path, tmp_path: Path) -> None:
    """A .tar.xz, as OpenWrt gave them out before .tar.zst; tar knows both."""
    archive = tmp_path / "builder.tar.xz"
    subprocess.run(["tar", "-cJf", str(archive), "-C", str(tmp_path), "imagebuilder"], check=True)
    before = archive.read_bytes()
    done = call(*BUILD, "--imagebuilder", archive, "--out", tmp_path / "images")
    assert done.exit_code == 0, done.output
    assert not (builder / "called").exists()
    assert archive.read_bytes() == before
    assert len(list((tmp_path / "images").iterdir())) == 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ath79/generic", "ramips/mt7621", "wants ath79/generic"),
        ("tplink_cpe210-v3:", "tplink_cpe210-v2:", "knows no tplink_cpe210-v3"),
    ],
)
def test_the_wrong_imagebuilder_is_told_before_it_works(
    call: Callable[..., Result], builder: Path, old: str, new: str, words: str
) -> None:
    """Each is for one target."""
    makefile = builder / "Makefile"
    makefile.write_text(makefile.read_text().replace(old, new))
    done = call(*BUILD, "--imagebuilder", builder)
    assert done.exit_code == 1
    assert words in done.output
    assert not (builder / "called").exists()


def test_an_imagebuilder_of_25_12_needs_an_apk(call: Callable[..., Result], builder: Path, tmp_path: Path) -> None:
    """Its own apk would make one; the fake has none, and an .ipk is not pushed into it."""
    (builder / "repositories.conf").rename(builder / "repositories")
    done = call(*BUILD, "--imagebuilder", builder)
    assert (done.exit_code, "--package" in done.output) == (1, True)
    ready = tmp_path / "footfall-sensor-lean_0.1.0-r1_all.ipk"
    ready.touch()
    done = call(*BUILD, "--imagebuilder", builder, "--package", ready)
    assert (done.exit_code, "takes .apk" in done.output) == (1, True)
    assert list((builder / "packages").iterdir()) == []


def test_what_is_no_imagebuilder_is_refused(call: Callable[..., Result], tmp_path: Path) -> None:
    """A folder, a file, nothing."""
    (tmp_path / "file.tar.zst").write_bytes(b"no archive")
    for path, words in (
        (tmp_path, "no ImageBuilder"),
        (tmp_path / "file.tar.zst", "unpacked"),
        (tmp_path / "x", "names the archive that is wanted"),
    ):
        done = call(*BUILD, "--imagebuilder", path)
        assert done.exit_code == 1
        assert words in done.output


def test_a_squashfs_is_told_from_bytes_that_look_like_one(tmp_path: Path) -> None:
    """A kernel may hold the magic by chance; an image without a squashfs is named."""
    path = tmp_path / "image.bin"
    path.write_bytes(b"hsqs" * 40 + image(1000, 50_000, 100_000))
    assert sizes.measure(path, 1000).used == 65536
    path.write_bytes(b"hsqs")
    with pytest.raises(ToolError, match="holds no squashfs"):
        sizes.measure(path, 1000)
