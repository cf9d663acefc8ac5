"""A unit on a bench is written the way it takes, and what stands against it stops the run before.

The unit is a fake in a network namespace; SSH (dropbear), TFTP (Debian's tftp as client) and addresses are real.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.lab.pallet.bench import Bench, possible
from tools.lab.pallet.fake import Fake
from tools.lab.pallet.firmware import factory, sysupgrade

pytestmark = pytest.mark.skipif(bool(possible()), reason=possible() or "possible")

EAP = factory(["EAP225(TP-Link|UN|AC1350-D):3.0"], compat=2, payload=b"k" * 200_000)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A technician's computer and a cable."""
    with Bench(tmp_path) as made:
        yield made


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A sysupgrade image for the CPE210 v3."""
    path = tmp_path / "sysupgrade.bin"
    path.write_bytes(sysupgrade(["tplink,cpe210-v3"], payload=b"k" * 3_000_000))
    return path


def said(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The JSON object on the last line."""
    assert done.stdout, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_a_unit_with_openwrt_is_upgraded_and_says_itself_what_runs(bench: Bench, image: Path, tmp_path: Path) -> None:
    """Looked at, uploaded whole, tested by the unit, written, back with another boot id: as a unit of one port comes
    back on a bare cable, asking for its address by DHCP, at the one that its hardware address gives it."""
    bench.plug(Fake("192.168.1.1", after=""))
    bench.wait_for("pid")
    plan = said(bench.run("flash", image, "--dry-run", "--json"))
    assert (plan["ok"], plan["flashed"], plan["unit"]) == (True, False, "CPE210-v3")
    assert not (bench.folder / "written").exists()
    done = said(bench.run("flash", image, "--state", tmp_path / "state", "--json"))
    assert (bench.folder / "written").read_bytes() == image.read_bytes()
    assert done["runs"]["sensor_version"] == "0.1.0"  # type: ignore[index]
    assert done["runs"]["address"].startswith("fe80::")  # type: ignore[index]
    assert [step["name"] for step in done["steps"]] == ["prepare", "upload", "test", "write", "return"]  # type: ignore[attr-defined]
    assert not list((tmp_path / "state").iterdir())


def test_a_run_killed_after_the_write_waits_for_the_unit_and_writes_no_second_time(
    bench: Bench, image: Path, tmp_path: Path
) -> None:
    """The notes tell the next run where it was."""
    bench.plug(Fake("192.168.1.1"))
    bench.wait_for("pid")
    words = ("flash", image, "--state", tmp_path / "state")
    with subprocess.Popen(bench.command(*words), stdout=subprocess.DEVNULL) as running:
        bench.wait_for("written", 40)
        running.send_signal(signal.SIGKILL)
    written = bench.wait_for("written")
    when = written.stat().st_mtime_ns
    done = said(bench.run(*words, "--json"))
    assert [step["name"] for step in done["steps"]] == ["return"]  # type: ignore[attr-defined]
    assert written.stat().st_mtime_ns == when


def test_a_bench_writes_each_unit_with_the_image_that_is_made_for_it(bench: Bench, image: Path, tmp_path: Path) -> None:
    """Two images, one unit: it gets its own, and the list says so."""
    other = tmp_path / "another.bin"
    other.write_bytes(sysupgrade(["tplink,cpe510-v3"]))
    bench.plug(Fake("192.168.1.1"))
    bench.wait_for("pid")
    state = tmp_path / "state"
    done = bench.run("watch", other, image, "--address", "192.168.1.1", "--count", "1", "--state", state, "--json")
    assert said(done) == {"port": "192.168.1.1", "unit": "CPE210-v3", "ok": True, "says": "runs r2-new 0.1.0"}
    assert (bench.folder / "written").read_bytes() == image.read_bytes()
    assert "CPE210-v3,ok,runs r2-new 0.1.0" in (state / "units.csv").read_text()


def test_a_bench_that_was_killed_goes_on_with_the_unit_that_was_written(
    bench: Bench, image: Path, tmp_path: Path
) -> None:
    """It waits for that unit's return, and writes it no second time."""
    bench.plug(Fake("192.168.1.1"))
    bench.wait_for("pid")
    words = ("watch", image, "--address", "192.168.1.1", "--count", "1", "--state", tmp_path / "state")
    with subprocess.Popen(bench.command(*words), stdout=subprocess.DEVNULL) as running:
        when = bench.wait_for("written", 40).stat().st_mtime_ns
        running.send_signal(signal.SIGKILL)
    done = bench.run(*words, "--json")
    assert said(done) == {"port": "192.168.1.1", "unit": "CPE210-v3", "ok": True, "says": "runs r2-new 0.1.0"}
    assert "was written before" in done.stderr
    assert (bench.folder / "written").stat().st_mtime_ns == when


def test_a_stock_unit_from_its_box_gets_its_image_at_its_page(bench: Bench, tmp_path: Path) -> None:
    """Login, password, SSH, stopcs, upload: in the page's own words, and OpenWrt answers afterwards."""
    bench.plug(Fake("192.168.0.254", board="tplink,eap225-v3", stock_password="admin"))
    path = tmp_path / "factory.bin"
    path.write_bytes(EAP)
    bench.wait_for("pid")
    words = ("--address", "192.168.0.254", "--user", "admin", "--password", "chosen-by-us", "--from-box", "--json")
    done = said(bench.run("flash", path, *words, "--state", tmp_path / "state"))
    assert (bench.folder / "written").read_bytes() == EAP
    assert done["seen"]["firmware"] == "5.1.0"  # type: ignore[index]
    assert done["runs"]["address"] == "192.168.1.1"  # type: ignore[index]
    asked = (bench.folder / "asked").read_text().splitlines()
    assert [line for line in asked if "json" in line] == [
        "POST /data/login.json operation",
        "POST /data/wizard.json data,operation",
        "POST /data/login.json operation",
        "POST /data/sshServer.json operation,remoteEnable,serverPort,sshServerEnable",
        "POST /data/login.json operation",
        "POST /data/firmware.set.json image",
        "GET /data/firmware.set.json?operation=update",
    ]


def test_a_boot_loader_that_asks_gets_its_image(bench: Bench, tmp_path: Path) -> None:
    """Served at 192.168.0.100 as recovery.bin to Debian's tftp; the unit comes back with OpenWrt."""
    content = factory(["CPE210(TP-LINK|EU|N300-2|45550000):3.20"], payload=b"k" * 300_000)
    path = tmp_path / "factory.bin"
    path.write_bytes(content)
    words = ("flash", path, "--label", "CPE210(EU) Ver: 3.20", "--state", tmp_path / "state", "--json")
    with subprocess.Popen(bench.command(*words), stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        while "hold the reset button" not in (line := running.stderr.readline()):
            assert line, "it ended before it served"
        time.sleep(0.5)
        bench.plug(Fake("192.168.0.254", loader=True))
        out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert (bench.folder / "written").read_bytes() == content
    assert json.loads(out.splitlines()[-1])["runs"]["board"] == "tplink,cpe210-v3"


def test_nothing_is_written_to_a_unit_that_something_speaks_against(bench: Bench, tmp_path: Path) -> None:
    """An image of another board."""
    bench.plug(Fake("192.168.1.1"))
    bench.wait_for("pid")
    path = tmp_path / "other.bin"
    path.write_bytes(sysupgrade(["tplink,cpe510-v3"]))
    done = bench.run("flash", path, "--address", "192.168.1.1", "--state", tmp_path / "state")
    assert done.returncode == 1
    assert "the image is for tplink,cpe510-v3; this unit is tplink,cpe210-v3" in done.stdout
    assert not (bench.folder / "tmp/footfall-sysupgrade.bin").exists()
