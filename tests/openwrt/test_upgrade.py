"""Root's part in an upgrade of the package: see helper_bench for what is real there and what is not."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from helper_bench import ID, HelperBench
from unit import Unit

from footfall_sensor import signing

pytestmark = pytest.mark.skipif(
    not shutil.which("signify-openbsd"), reason="signify is not installed; `make test` does it"
)


@pytest.fixture
def profile() -> str:
    return "full"


@pytest.fixture
def bench(unit: Unit) -> HelperBench:
    return HelperBench(unit)


def test_a_release_that_is_heard_stays(bench: HelperBench) -> None:
    bench.order(bench.package("0.2.0-r1"))
    bench.run()
    assert (bench.installed, bench.verdict) == ("0.2.0-r1", f"{ID.hex()} ok runs 0.2.0")
    assert not (bench.root / "etc/footfall-upgrade").exists()
    assert not (bench.root / "run/upgrade/order").exists()


def test_one_that_is_not_heard_goes_back_by_itself(bench: HelperBench) -> None:
    bench.order(bench.package("0.2.0-r1", says="nothing"))
    bench.run()
    assert (bench.installed, bench.verdict) == (
        "0.1.0-r1",
        f"{ID.hex()} reverted the collector was not heard within 0 minutes",
    )


def test_one_that_cannot_be_installed_goes_back(bench: HelperBench) -> None:
    bench.order(bench.package("0.2.0-r1", says="broken"))
    bench.run()
    assert (bench.installed, bench.verdict) == (
        "0.1.0-r1",
        f"{ID.hex()} reverted the new package could not be installed",
    )


@pytest.mark.parametrize(("installed", "ends"), [("0.2.0-r1", "0.1.0-r1"), ("0.1.0-r1", "0.1.0-r1"), ("", "0.1.0-r1")])
def test_after_a_power_cut_what_was_begun_comes_to_its_end(bench: HelperBench, installed: str, ends: str) -> None:
    """Cut on probation, before the package was changed, and in the middle of it; the order itself was in memory."""
    bench.package("0.1.0-r1")
    kept = bench.root / "etc/footfall-upgrade"
    kept.mkdir()
    shutil.copy(bench.root / "files/0.1.0-r1.ipk", kept / "back.pkg")
    (kept / "trial").write_text(f"{ID.hex()} 0.2.0-r1\n")
    bench.unit.write("installed", f"footfall-sensor {installed}\n" if installed else "")
    bench.run()
    assert bench.installed == ends
    assert bench.verdict.startswith(f"{ID.hex()} reverted")
    assert not kept.exists()


def test_an_old_agents_word_does_not_vouch_for_the_new_one(bench: HelperBench) -> None:
    said = {"version": "0.1.0", "heard": True, "running": True}
    bench.order(bench.package("0.2.0-r1", says="nothing"))
    (bench.root / "run/status.json").write_text(json.dumps(said))
    bench.run()
    assert bench.installed == "0.1.0-r1"


def foreign(bench: HelperBench) -> None:
    release = bench.package("0.2.0-r1").release
    bench.order(bench.sign(release, replace(signing.backend().generate(), id=bench.key.id)))


def changed(bench: HelperBench) -> None:
    new = bench.package("0.2.0-r1")
    bench.order(replace(new, release=replace(new.release, version="0.3.0-r1")))


def older(bench: HelperBench) -> None:
    bench.order(bench.package("0.0.9-r1"))


def same(bench: HelperBench) -> None:
    bench.order(bench.package("0.1.0-r1"))


def other_way_back(bench: HelperBench) -> None:
    bench.order(bench.package("0.2.0-r1"), bench.package("0.1.0-r2"))


def swapped(bench: HelperBench) -> None:
    new = bench.package("0.2.0-r1")
    path = bench.root / "files/0.2.0-r1.ipk"
    path.write_bytes(path.read_bytes().replace(b"hears", b"harms"))
    bench.order(new)


def longer(bench: HelperBench) -> None:
    bench.order(bench.package("0.2.0-r1"))
    with (bench.root / "files/0.2.0-r1.ipk").open("ab") as file:
        file.write(b"x")


def full(bench: HelperBench) -> None:
    bench.unit.write("room", "0\n")
    bench.order(bench.package("0.2.0-r1"))


def link(bench: HelperBench) -> None:
    bench.order(bench.package("0.2.0-r1"))
    note = bench.root / "run/upgrade/new.note"
    shutil.move(note, bench.root / "elsewhere")
    note.symlink_to(bench.root / "elsewhere")


def further_line(bench: HelperBench) -> None:
    bench.order(bench.package("0.2.0-r1"))
    with (bench.root / "run/upgrade/new.url").open("a") as file:
        file.write("$(touch /tmp/x)\n")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (foreign, "not signed by the key"),
        (changed, "not signed by the key"),
        (older, "0.0.9-r1 is not newer than 0.1.0-r1"),
        (same, "0.1.0-r1 is not newer than 0.1.0-r1"),
        (other_way_back, "the release to go back to is another one"),
        (swapped, "is not the one that was signed"),
        (longer, "cannot be fetched"),
        (full, "no room: 1 KiB are wanted, 0 are there. Such a unit needs a new image"),
        (link, "is not whole"),
        (further_line, "is not whole"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_will_not_do_is_refused_before_anything_is_changed(
    bench: HelperBench, spoil: Callable[[HelperBench], None], says: str
) -> None:
    spoil(bench)
    bench.run()
    assert bench.verdict.startswith(f"{ID.hex()} refused")
    assert says in bench.verdict
    assert (bench.installed, (bench.root / "etc/footfall-upgrade").exists()) == ("0.1.0-r1", False)


def test_versions_compare_as_the_collector_compares_them(bench: HelperBench) -> None:
    bench.unit.write("installed", "footfall-sensor 0.9.0-r2\n")
    bench.order(bench.package("0.10.0-r1"), bench.package("0.9.0-r2"))
    bench.run()
    assert bench.installed == "0.10.0-r1"
