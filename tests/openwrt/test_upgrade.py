"""Root's part in an upgrade. Signatures are real (signify); opkg, df, the fetch and the agent's word are stubs."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from unit import STUBS, Unit

from footfall_sensor import keys, signing
from footfall_sensor.upgrading import Upgrading
from footfall_sensor.wire.release import Offer, Release

pytestmark = pytest.mark.skipif(
    not shutil.which("signify-openbsd"), reason="signify is not installed; `make test` does it"
)
ID = b"\x01\x23\x45\x67\x89\xab\xcd\xef"
TOOLS = {
    "usign": 'shift 2; exec signify-openbsd -V -q "$@"',  # -V -q -m FILE -p KEY -x SIGNATURE
    "df": 'echo \'File 1K-blocks Used Available Use% On\'; echo "overlay 9000 1 $(cat "$STUB_ROOT/room") 1% /"',
    "uclient-fetch": 'for url; do :; done; cat "$STUB_ROOT/files/${url##*/}"',
    "jsonfilter": 'STUB_ROOT= exec "$STUB_PYTHON" "$STUBS/jsonfilter.py" "$@"',
    # A package of these tests is a line: name, version, and what its agent then says of itself.
    "opkg": """case "$1" in
list-installed) sed 's/ / - /' "$STUB_ROOT/installed" ;;
install)
    for file; do :; done
    read -r name version says <"$file"
    [ "$says" != broken ] || exit 255
    echo "$name $version" >"$STUB_ROOT/installed"
    [ "$says" != hears ] ||
        printf '{"version": "%s", "heard": true, "running": true}' "${version%-r*}" >"$STUB_ROOT/run/status.json"
    ;;
esac""",
}


class Bench:
    """A unit with version 0.1.0-r1, a release key, and a collector's word left by the agent's own code."""

    def __init__(self, unit: Unit) -> None:
        self.unit, self.root = unit, unit.root
        self.key = signing.backend().generate()
        for folder in ("bin", "files", "run", "tmp", "var"):
            (self.root / folder).mkdir(exist_ok=True)
        unit.write("etc/footfall-release.pub", self.key.public.text())
        unit.write("installed", "footfall-sensor 0.1.0-r1\n")
        unit.write("room", "5000\n")
        settings = self.root / "etc/config/footfall"
        settings.write_text(settings.read_text() + f"\toption run_dir '{self.root}/run'\n")
        for name, body in TOOLS.items():
            unit.write(f"bin/{name}", f"#!/bin/sh\n{body}\n")
            (self.root / "bin" / name).chmod(0o755)
        text = unit.read("usr/sbin/footfall-upgrade").replace("_S=600", "_S=1").replace("POLL_S=5", "POLL_S=1")
        moved = {"=/etc": "=@/etc", "=/tmp/": "=@/tmp/", "=/var/run/footfall-upgrade": "=@/var/footfall-upgrade"}
        for path, to in moved.items():
            text = text.replace(path, to)
        text = text.replace("=@", f"={self.root}")
        unit.write("program", text)

    def package(self, version: str, says: str = "hears") -> Offer:
        """A package, put where it can be fetched, and the key's word for it."""
        content = f"footfall-sensor {version} {says}\n".encode()
        (self.root / "files" / f"{version}.ipk").write_bytes(content)
        digest = hashlib.sha256(content).digest()
        return self.sign(Release("footfall-sensor", version, "ipk", len(content), digest))

    def sign(self, release: Release, key: keys.SecretKey | None = None) -> Offer:
        made = key or self.key
        signature = signing.backend().sign(made, release.note())
        return Offer(release, made.id, signature, f"http://files.lan/{release.version}.ipk")

    def order(self, new: Offer, back: Offer | None = None) -> None:
        helper = self.root / "etc/footfall-release.pub"
        left = Upgrading(self.root / "run/upgrade", helper).leave(ID, new, back or self.package("0.1.0-r1"))
        assert left == ""

    def run(self) -> "subprocess.CompletedProcess[str]":
        path = f"{self.root / 'bin'}:{STUBS / 'bin'}:{os.environ['PATH']}"
        done = self.unit.run(str(self.root / "program"), "run", PATH=path, STUBS=str(STUBS))
        assert done.returncode == 0, done.stderr
        return done

    @property
    def verdict(self) -> str:
        path = self.root / "var/footfall-upgrade/verdict"
        return path.read_text().strip() if path.exists() else ""

    @property
    def installed(self) -> str:
        return self.unit.read("installed").split()[1]


@pytest.fixture
def profile() -> str:
    return "full"


@pytest.fixture
def bench(unit: Unit) -> Bench:
    return Bench(unit)


def test_a_release_that_is_heard_stays(bench: Bench) -> None:
    bench.order(bench.package("0.2.0-r1"))
    bench.run()
    assert (bench.installed, bench.verdict) == ("0.2.0-r1", f"{ID.hex()} ok runs 0.2.0")
    assert not (bench.root / "etc/footfall-upgrade").exists()
    assert not (bench.root / "run/upgrade/order").exists()


def test_one_that_is_not_heard_goes_back_by_itself(bench: Bench) -> None:
    bench.order(bench.package("0.2.0-r1", says="nothing"))
    bench.run()
    assert (bench.installed, bench.verdict) == (
        "0.1.0-r1",
        f"{ID.hex()} reverted the collector was not heard within 0 minutes",
    )


def test_one_that_cannot_be_installed_goes_back(bench: Bench) -> None:
    bench.order(bench.package("0.2.0-r1", says="broken"))
    bench.run()
    assert (bench.installed, bench.verdict) == (
        "0.1.0-r1",
        f"{ID.hex()} reverted the new package could not be installed",
    )


@pytest.mark.parametrize(("installed", "ends"), [("0.2.0-r1", "0.1.0-r1"), ("0.1.0-r1", "0.1.0-r1"), ("", "0.1.0-r1")])
def test_after_a_power_cut_what_was_begun_comes_to_its_end(bench: Bench, installed: str, ends: str) -> None:
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


def test_an_old_agents_word_does_not_vouch_for_the_new_one(bench: Bench) -> None:
    said = {"version": "0.1.0", "heard": True, "running": True}
    bench.order(bench.package("0.2.0-r1", says="nothing"))
    (bench.root / "run/status.json").write_text(json.dumps(said))
    bench.run()
    assert bench.installed == "0.1.0-r1"


def foreign(bench: Bench) -> None:
    release = bench.package("0.2.0-r1").release
    bench.order(bench.sign(release, replace(signing.backend().generate(), id=bench.key.id)))


def changed(bench: Bench) -> None:
    new = bench.package("0.2.0-r1")
    bench.order(replace(new, release=replace(new.release, version="0.3.0-r1")))


def older(bench: Bench) -> None:
    bench.order(bench.package("0.0.9-r1"))


def same(bench: Bench) -> None:
    bench.order(bench.package("0.1.0-r1"))


def other_way_back(bench: Bench) -> None:
    bench.order(bench.package("0.2.0-r1"), bench.package("0.1.0-r2"))


def swapped(bench: Bench) -> None:
    new = bench.package("0.2.0-r1")
    path = bench.root / "files/0.2.0-r1.ipk"
    path.write_bytes(path.read_bytes().replace(b"hears", b"harms"))
    bench.order(new)


def longer(bench: Bench) -> None:
    bench.order(bench.package("0.2.0-r1"))
    with (bench.root / "files/0.2.0-r1.ipk").open("ab") as file:
        file.write(b"x")


def full(bench: Bench) -> None:
    bench.unit.write("room", "0\n")
    bench.order(bench.package("0.2.0-r1"))


def link(bench: Bench) -> None:
    bench.order(bench.package("0.2.0-r1"))
    note = bench.root / "run/upgrade/new.note"
    shutil.move(note, bench.root / "elsewhere")
    note.symlink_to(bench.root / "elsewhere")


def further_line(bench: Bench) -> None:
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
    bench: Bench, spoil: Callable[[Bench], None], says: str
) -> None:
    spoil(bench)
    bench.run()
    assert bench.verdict.startswith(f"{ID.hex()} refused")
    assert says in bench.verdict
    assert (bench.installed, (bench.root / "etc/footfall-upgrade").exists()) == ("0.1.0-r1", False)


def test_versions_compare_as_the_collector_compares_them(bench: Bench) -> None:
    bench.unit.write("installed", "footfall-sensor 0.9.0-r2\n")
    bench.order(bench.package("0.10.0-r1"), bench.package("0.9.0-r2"))
    bench.run()
    assert bench.installed == "0.10.0-r1"
