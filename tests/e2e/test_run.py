"""`footfall run` as a person types it: what it prints, and what it says when it cannot."""

import gzip
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import air
import pytest
from lines import small_captures

from tools.run import cli

KEYS = {
    "frames",
    "probes",
    "malformed",
    "tokens",
    "sightings",
    "batches_emitted",
    "batches_committed",
    "sightings_committed",
    "duplicates",
    "lost",
    "report",
}


def footfall(*arguments: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd)


def run_once(*captures: Path, broker: str = "auto") -> dict[str, Any]:
    words = [word for path in captures for word in ("--capture", path)]
    done = footfall("run", "--once", "--json", "--broker", broker, *words)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return small_captures(tmp_path_factory.mktemp("captures"))


@pytest.mark.parametrize("broker", ["auto", "embedded"])
def test_a_capture_goes_in_and_a_report_comes_out(captures: tuple[Path, ...], broker: str) -> None:
    said = run_once(captures[0], broker=broker)
    assert said.keys() >= KEYS
    assert said["lost"] == 0
    assert said["frames"] == said["probes"] > 1000
    assert said["sightings"] == said["sightings_committed"] >= said["tokens"] > 0
    assert said["report"]["metrics"]["devices_seen"]["value"] == said["tokens"]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name",
    [
        "occupancy/pcap/sc6-61_2023-10-20_anonymized.pcap.gz",
        "occupancy/pcap/sc6-61_2022-10-19_anonymized.pcap.gz",
        "phones/C/C-ts-2021-Jun-11-h11-m10-s31-modePS-ch-1-th-40.pcap",
    ],
)
def test_probes_are_as_many_as_tshark_counts(shared_data: Path, name: str) -> None:
    command = ["tshark", "-r", str(shared_data / name), "-Y", "wlan.fc.type_subtype == 4", "-T", "fields"]
    listed = subprocess.run([*command, "-e", "frame.number"], capture_output=True, text=True, check=True)
    said = run_once(shared_data / name)
    assert said["probes"] == len(listed.stdout.split())
    assert said["lost"] == 0


def test_a_capture_that_was_cut_off_is_read_to_the_cut_and_then_named(
    captures: tuple[Path, ...], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(captures[0].read_bytes()[:-7])
    done = footfall("run", "--once", "--json", "--capture", cut)
    said = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, said["lost"]) == (1, 0)
    assert said["frames"] > 1000
    assert "ends in the middle of a record" in done.stderr
    assert "Traceback" not in done.stderr


def bad_capture(kind: str, folder: Path) -> Path:
    path = folder / "capture.pcap"
    if kind == "empty":
        path.touch()
    elif kind == "wrong link type":
        record = struct.pack("<IIII", 1, 0, 4, 4) + b"eth0"
        path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + record)
    elif kind == "no capture":
        path.write_text("Dear diary,")
    elif kind == "damaged gzip":
        path.write_bytes(gzip.compress(bytes(1000))[:-30])
    elif kind == "a folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("empty", "is empty"),
        ("wrong link type", "monitor mode"),
        ("no capture", "no capture file"),
        ("damaged gzip", "capture.pcap"),
        ("absent", "no such file"),
        ("a folder", "is a folder"),
    ],
)
def test_a_capture_that_cannot_be_read_gives_a_sentence_and_exit_code_1(kind: str, says: str, tmp_path: Path) -> None:
    done = footfall("run", "--once", "--json", "--capture", bad_capture(kind, tmp_path))
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_one_capture_that_can_be_read_is_enough_to_begin(captures: tuple[Path, ...], tmp_path: Path) -> None:
    cli._check_captures((bad_capture("empty", tmp_path), captures[0]))


def test_a_capture_without_frames_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "nothing.pcap"
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 127))
    said = run_once(path)
    assert (said["frames"], said["probes"], said["lost"]) == (0, 0, 0)


def test_a_port_in_use_is_named(captures: tuple[Path, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = footfall("run", "--port", taken.getsockname()[1], "--capture", captures[0])
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "--port" in done.stderr


def test_a_broker_that_is_down_is_named(captures: tuple[Path, ...]) -> None:
    done = footfall("run", "--once", "--broker", "127.0.0.1:1", "--capture", captures[0])
    assert done.returncode == 1
    assert "no MQTT broker answers at 127.0.0.1:1" in done.stderr


def test_a_broker_that_is_no_address_is_a_wrong_usage() -> None:
    assert footfall("run", "--broker", "nowhere").returncode == 2


@pytest.fixture
def tiny_disk(tmp_path: Path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk needs mount, which needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("size_kib", [200, 300, 400, 500])
def test_a_full_disk_is_said_and_the_same_command_goes_on_when_there_is_room(
    captures: tuple[Path, ...], tiny_disk: Path, size_kib: int
) -> None:
    """It needs 550 KiB: what it is short of first is another thing each time."""
    command = ["run", "--once", "--json", "--dir", tiny_disk / "run", "--patience-s", "3"]
    words = [word for path in captures for word in ("--capture", path)]
    subprocess.run(["mount", "-o", f"remount,size={size_kib}k", str(tiny_disk)], check=True)
    done = footfall(*command, *words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr or "disk is full" in done.stderr  # a file, or the database
    assert "again when that is mended" in done.stderr
    subprocess.run(["mount", "-o", "remount,size=30m", str(tiny_disk)], check=True)
    again = footfall(*command, *words)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["lost"] == 0


def test_a_capture_of_a_machine_without_a_clock_is_played_like_any_other(tmp_path: Path) -> None:
    """Its times begin in 1970; only the distances between them matter."""
    path = tmp_path / "1970.pcap"
    path.write_bytes(
        air.pcap([(20_000 * n, air.plain() + air.probe(mac=bytes([2, 0, 0, 0, 0, n]))) for n in range(30)])
    )
    said = run_once(path)
    assert (said["probes"], said["sightings"], said["lost"]) == (30, 30, 0)
