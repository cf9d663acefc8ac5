import json
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools.bench import catalogue, cli, frames
from tools.bench.result import Group, Line, Target, table


@dataclass(frozen=True)
class Found:
    """A result that was not measured."""

    ours: float

    def figures(self):
        return {"ours": self.ours}

    def groups(self):
        return (Group("us a thing", (Line("Footfall", self.ours), Line("peer", 3000.0))),)

    def targets(self):
        return (
            Target("at most 6", self.ours, 6, at_most=True),
            Target("at least 6", self.ours, 6, at_most=False),
        )

    def notes(self):
        return ("a note.",)


@pytest.fixture
def small_capture(tmp_path: Path) -> Path:
    """A pcap of 60 made-up frames."""
    path = tmp_path / "small.pcap"
    records = (
        struct.pack("<IIII", f.ts_ms // 1000, 0, len(f.raw), len(f.raw)) + f.raw for f in frames.synthetic(60).frames
    )
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 127) + b"".join(records))
    return path


def run(*arguments: str):
    return CliRunner().invoke(cli.bench, arguments)


def test_sensor_prints_its_figures_on_the_last_line(small_capture):
    """Programs read the last line of standard output."""
    done = run("sensor", "--rounds", "1", "--json", "--capture", str(small_capture))
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert {"us_per_frame", "floor_us_per_frame", "dpkt_us_per_frame", "scapy_us_per_frame"} <= found.keys()
    assert (found["frames"], found["source"]) == (60, "small.pcap")


def test_wire_prints_its_figures_on_the_last_line():
    """The keys that others rely on."""
    done = run("wire", "--rounds", "1", "--json")
    found = json.loads(done.stdout.splitlines()[-1])
    formats = ("", "json_", "msgpack_", "protobuf_")
    assert {prefix + "bytes_per_sighting" for prefix in formats} <= found.keys()


def test_all_prints_one_table_or_one_object(monkeypatch):
    """A benchmark that is added to the tuple shows up in both."""
    rows = tuple(
        catalogue.Benchmark(name, lambda rounds, tick, ours=ours: Found(ours))
        for name, ours in (("x", 3.0), ("y", 60.0))
    )
    monkeypatch.setattr(catalogue, "BENCHMARKS", rows)
    assert json.loads(run("all", "--json").stdout.splitlines()[-1]) == {"x": {"ours": 3.0}, "y": {"ours": 60.0}}
    shown = run("all").stdout
    assert shown.count("x Footfall") == 1
    assert "x: us a thing" in shown
    assert "y: us a thing" in shown


def test_every_benchmark_has_a_command_of_its_name():
    """`all` runs nothing that cannot be run alone."""
    alone = {benchmark.name for benchmark in catalogue.BENCHMARKS} - {"through"}  # that is `ingest --broker mosquitto`
    assert alone | {"all", "fleet", "capacity"} <= set(cli.bench.commands)


def test_the_table_shows_ratios_and_whether_promises_were_kept():
    """A peer stands as a multiple of ours; a missed target is not hidden."""
    shown = table({"x": Found(3.0)}).splitlines()
    assert [line.split() for line in shown[2:4]] == [["Footfall", "3.00", "1.00"], ["peer", "3,000", "1,000"]]
    assert [line.split()[0] for line in shown[4:6]] == ["kept", "MISSED"]
    assert shown[-1] == "x: a note."


@pytest.mark.parametrize("command", ["sensor", "wire", "all"])
def test_help_teaches(command):
    """Each command says what it measures and shows how it is called."""
    shown = run(command, "--help").output
    assert "Example" in shown
    assert f"footfall bench {command}" in shown


def test_an_unreadable_capture_is_a_sentence(tmp_path):
    """No traceback for a wrong name or an empty file, but what to do."""
    missing = run("sensor", "--capture", str(tmp_path / "nothing.pcap"))
    assert (missing.exit_code, type(missing.exception)) == (1, SystemExit)
    assert "no such file" in missing.output
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 127))
    assert "no frame" in run("sensor", "--capture", str(empty)).output


def test_a_missing_peer_is_a_sentence(monkeypatch):
    """Without the packages to compare with, the command says how to get them."""

    def absent(_rounds, _tick):
        raise ModuleNotFoundError("No module named 'dpkt'", name="dpkt")

    monkeypatch.setattr(catalogue, "BENCHMARKS", (catalogue.Benchmark("x", absent),))
    done = run("all")
    assert done.exit_code == 1
    assert "dpkt is missing" in done.output
    assert "make setup" in done.output
