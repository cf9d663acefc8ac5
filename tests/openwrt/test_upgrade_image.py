"""Root's part in a whole image: see helper_bench for what is real there and what is not. No flash is written."""

import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from helper_bench import ID, HelperBench
from unit import Unit

from footfall_sensor import firmware, signing

pytestmark = pytest.mark.skipif(
    not shutil.which("signify-openbsd"), reason="signify is not installed; `make test` does it"
)
SAID = ID.hex()


@pytest.fixture
def profile() -> str:
    return "lean"


@pytest.fixture
def bench(unit: Unit) -> HelperBench:
    return HelperBench(unit)


def test_an_image_is_tested_by_the_unit_and_then_written(bench: HelperBench) -> None:
    bench.order_image(bench.image(content=b"new image" * 100))
    bench.run()
    assert bench.unit.read("flashed") == "new image" * 100
    assert bench.calls == ["-l", "--test image.bin", "service stop", "image.bin", "service start"]
    assert bench.verdict.startswith(f"{SAID} refused sysupgrade ended, and the unit did not start again")
    assert not (bench.root / "etc/footfall-upgrade").exists()


def test_what_the_unit_itself_refuses_is_not_written_and_the_unit_goes_on(bench: HelperBench) -> None:
    bench.unit.write("refuses", "Device tplink,cpe210-v3 not supported by this image\nImage check failed.\n")
    bench.order_image(bench.image())
    bench.run()
    assert bench.verdict == f"{SAID} refused sysupgrade --test: Device tplink,cpe210-v3 not supported by this image"
    assert bench.calls == ["-l", "--test image.bin"]
    assert not (bench.root / "tmp/footfall-upgrade").exists()


def test_little_memory_makes_it_stop_listening_and_too_little_makes_it_go_on_as_before(bench: HelperBench) -> None:
    bench.available(8_000)
    bench.order_image(bench.image())
    bench.run()
    assert bench.calls[:3] == ["-l", "service stop", "--test image.bin"]
    (bench.root / "sysupgrade.calls").unlink()
    bench.available(8_000)
    bench.unit.write("freed", "8100")
    bench.order_image(bench.image())
    bench.run()
    assert bench.verdict == f"{SAID} refused no memory: 8193 KiB are wanted, 8100 are available, the agent stopped"
    assert bench.calls == ["-l", "service stop", "service start"]


def test_a_line_that_is_cut_is_gone_on_with_where_it_was(bench: HelperBench) -> None:
    offer = bench.image(content=b"whole" * 1000)
    bench.unit.write("cuts", "2")
    bench.order_image(offer)
    bench.run()
    assert bench.unit.read("flashed") == "whole" * 1000
    assert bench.unit.read("fetched").split() == ["0", "2000", "4000"]


def test_a_server_that_cannot_go_on_is_asked_for_all_of_it_and_one_that_sends_little_is_given_up(
    bench: HelperBench,
) -> None:
    offer = bench.image(content=b"whole" * 1000)
    bench.unit.write("from_the_start", "")
    bench.unit.write("cuts", "1")
    bench.order_image(offer)
    bench.run()
    assert bench.unit.read("flashed") == "whole" * 1000
    bench.unit.write("cuts", "0")
    (bench.root / "files" / f"{offer.image.sha256.hex()}.bin").write_bytes(b"")
    bench.order_image(offer)
    bench.run()
    assert bench.verdict == f"{SAID} refused the image cannot be fetched: 0 of 5000 bytes came, after 8 times"


def test_pieces_that_make_another_file_are_fetched_anew(bench: HelperBench) -> None:
    offer = bench.image(content=b"whole" * 1000)
    name = f"{offer.image.sha256.hex()}.bin"
    first = 'if mkdir "$STUB_ROOT/once" 2>/dev/null; then head -c 2000 /dev/zero; exit; fi\n'
    stub = bench.unit.read("bin/uclient-fetch")
    bench.unit.write("bin/uclient-fetch", stub.replace("for url", f"{first}for url", 1))
    bench.order_image(offer)
    bench.run()
    assert bench.unit.read("flashed") == "whole" * 1000
    assert bench.unit.read("fetched").split() == ["2000", "0"], name


def test_what_the_collector_has_not_taken_yet_is_put_where_a_sysupgrade_keeps_it(bench: HelperBench) -> None:
    bench.unit.write("run/spool/1.seg", "batches")
    (bench.root / "run/spool/2.seg").symlink_to(bench.root / "meminfo")
    bench.unit.write("run/status.json", '{"spool_batches": 1}')
    bench.order_image(bench.image())
    bench.run()
    kept = bench.unit.read("etc_then").split()
    assert ("1.seg" in kept, "2.seg" in kept) == (True, False)
    assert not (bench.root / "etc/footfall/spool").exists()
    assert bench.unit.read("run/spool/1.seg") == "batches"


def test_a_unit_that_starts_again_with_what_was_there_before_says_so(bench: HelperBench) -> None:
    bench.unit.write("etc/footfall-upgrade/image", f"{SAID} 24.10.5-r28800\n")
    bench.run()
    assert bench.verdict == f"{SAID} reverted it started again with 24.10.4-r28739: 24.10.5-r28800 was not written"
    assert not (bench.root / "etc/footfall-upgrade").exists()


def foreign(bench: HelperBench) -> None:
    image = bench.image().image
    bench.order_image(bench.sign_image(image, replace(signing.backend().generate(), id=bench.key.id)))


def changed(bench: HelperBench) -> None:
    offer = bench.image()
    bench.order_image(replace(offer, image=replace(offer.image, version="25.12.0-r1")))


def other_board(bench: HelperBench) -> None:
    bench.order_image(bench.image(boards=("tplink,eap225-v3", "tplink,cpe210-v30")))


def no_board(bench: HelperBench) -> None:
    bench.unit.write("tmp/sysinfo/board_name", "")
    bench.order_image(bench.image())


def other_compat(bench: HelperBench) -> None:
    bench.order_image(bench.image(compat="1.1"))


def older(bench: HelperBench) -> None:
    bench.order_image(bench.image("24.10.3-r28700"))


def same(bench: HelperBench) -> None:
    bench.order_image(bench.image("24.10.4-r28739", older=True))


def key_not_kept(bench: HelperBench) -> None:
    bench.unit.write("kept", "/etc/config/footfall\n")
    bench.order_image(bench.image())


def full(bench: HelperBench) -> None:
    bench.unit.write("tmp_room", "0\n")
    bench.order_image(bench.image())


def swapped(bench: HelperBench) -> None:
    offer = bench.image()
    (bench.root / "files" / f"{offer.image.sha256.hex()}.bin").write_bytes(b"egami")
    bench.order_image(offer)


def snapshot(bench: HelperBench) -> None:
    bench.unit.write("etc/openwrt_release", "DISTRIB_RELEASE='SNAPSHOT'\nDISTRIB_REVISION='r1-x'\n")
    bench.order_image(bench.image())


def link(bench: HelperBench) -> None:
    bench.order_image(bench.image())
    note = bench.root / "run/upgrade/image.note"
    shutil.move(note, bench.root / "elsewhere")
    note.symlink_to(bench.root / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (foreign, "not signed by the key"),
        (changed, "not signed by the key"),
        (other_board, "the image is for tplink,eap225-v3 tplink,cpe210-v30; this unit is tplink,cpe210-v3"),
        (no_board, "this unit is of no known board"),
        (other_compat, "the image has compat version 1.1, this unit 1.0"),
        (older, "24.10.3-r28700 is not newer than 24.10.4-r28739"),
        (same, "24.10.4-r28739 runs already"),
        (key_not_kept, "would not keep the unit's key"),
        (full, "no room: 1 KiB are wanted, 0 are there in /tmp"),
        (swapped, "is not the one that was signed"),
        (snapshot, "no version to compare"),
        (link, "is not whole"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_will_not_do_is_refused_and_nothing_is_written(
    bench: HelperBench, spoil: Callable[[HelperBench], None], says: str
) -> None:
    spoil(bench)
    bench.run()
    assert bench.verdict.startswith(f"{SAID} refused")
    assert says in bench.verdict
    assert [call for call in bench.calls if call != "-l"] == []
    assert not (bench.root / "flashed").exists()


def test_an_older_image_is_written_where_the_release_key_lets_units_go_back_to_it(bench: HelperBench) -> None:
    bench.order_image(bench.image("24.10.3-r28700", older=True))
    bench.run()
    assert (bench.root / "flashed").exists()


@pytest.mark.parametrize(
    ("release", "build"),
    [
        ("DISTRIB_RELEASE='24.10.4'\nDISTRIB_REVISION='r28739-d9340319c6'\n", "12\n"),
        ('DISTRIB_RELEASE="25.12.0-rc2"\nDISTRIB_REVISION="r30001+3-abc"\n', ""),
        ("DISTRIB_RELEASE='SNAPSHOT'\nDISTRIB_REVISION='r30001-abc'\n", "3\n"),
        ("DISTRIB_RELEASE='24.10.4'\nDISTRIB_REVISION='unknown'\n", "x\n"),
    ],
)
def test_helper_and_agent_name_the_same_version(bench: HelperBench, release: str, build: str) -> None:
    bench.unit.write("etc/openwrt_release", release)
    if build:
        bench.unit.write("etc/footfall-image", build)
    said = bench.unit.run("-c", f'. "{bench.root}/image.sh"; image_runs').stdout.strip()
    assert said == firmware.version(bench.root)
