"""What is written can be read by others, holds no address where it should not, and repeats byte for byte."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tools.simulate import files
from tools.simulate.radiotap import record
from tools.simulate.shop import ShopDay, ShopPlan, simulate


def test_the_same_day_is_written_byte_for_byte_alike(small_day: ShopDay, tmp_path: Path) -> None:
    """Simulated twice and written twice, gzip and all: every file is the same."""
    first = files.write(small_day, tmp_path / "first", compress=True)
    second = files.write(simulate(ShopPlan.small()), tmp_path / "second", compress=True)
    names = sorted(path.name for path in first.truth.parent.iterdir())
    assert names == ["back.pcap.gz", "door.pcap.gz", "middle.pcap.gz", "shop.json", "truth.jsonl"]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (second.truth.parent / name).read_bytes()


def test_gzip_holds_the_same_capture(small_day: ShopDay, small_files: files.Written, tmp_path: Path) -> None:
    """Packing changes the size, not the content."""
    packed = files.write(small_day, tmp_path, compress=True)
    for plain, gz in zip(small_files.captures, packed.captures, strict=True):
        assert gzip.decompress(gz.read_bytes()) == plain.read_bytes()
        assert gz.stat().st_size < plain.stat().st_size / 2
        assert gz.read_bytes()[3:8] == bytes(5)  # no name, no time: they would differ from run to run


def test_truth_holds_no_address(small_day: ShopDay, small_files: files.Written) -> None:
    """No address of the captures appears in truth or plan, as text, digits or number."""
    addresses = {frame.frame[10:16] for frame in small_day.frames}
    assert len(addresses) > 500
    text = small_files.truth.read_text() + small_files.shop.read_text()
    assert not re.search(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}", text)
    words = set(re.findall(r"\w+", text.lower()))
    assert words.isdisjoint({address.hex() for address in addresses})
    assert words.isdisjoint({str(int.from_bytes(address, "big")) for address in addresses})


def test_truth_is_a_day_and_then_its_people(small_day: ShopDay, small_files: files.Written) -> None:
    """The first line sums the day up, every other line is one person, and both agree."""
    day, *people = [json.loads(line) for line in small_files.truth.read_text().splitlines()]
    assert (day["record"], {person["record"] for person in people}) == ("day", {"person"})
    assert len({person["id"] for person in people}) == len(people) == len(small_day.people)
    for name, kind in (("visitors", "visitor"), ("passers_by", "passer_by"), ("staff", "staff"), ("fixed", "fixed")):
        assert day[name] == sum(person["kind"] == kind for person in people)
    heard = {spot.name: sum(person["frames_heard"][spot.name] for person in people) for spot in small_day.sensors}
    shop = json.loads(small_files.shop.read_text())
    assert heard == {sensor["name"]: sensor["frames"] for sensor in shop["sensors"]}
    assert sum(heard.values()) == shop["frames_heard"] == len(small_day.frames)


def test_mean_people_inside_is_the_stays_over_the_hour(small_files: files.Written) -> None:
    """The hours' means times their length are the visitors' dwell, second for second."""
    day, *people = [json.loads(line) for line in small_files.truth.read_text().splitlines()]
    visitor_s = sum(h["visitors_inside_mean"] * (h["end_ms"] - h["start_ms"]) / 1000 for h in day["hours"])
    assert visitor_s == pytest.approx(sum(p["dwell_s"] for p in people if p["kind"] == "visitor"), rel=0.001)
    assert all(hour["people_inside_mean"] >= hour["visitors_inside_mean"] for hour in day["hours"])


def test_the_plan_says_that_it_is_simulated(small_files: files.Written) -> None:
    """Nobody can mistake these files for a real shop's."""
    shop = json.loads(small_files.shop.read_text())
    assert shop["simulated"] is True
    assert "Simulated" in shop["note"]
    assert [sensor["name"] for sensor in shop["sensors"]] == ["door", "middle", "back"]
    assert [sensor["freq_mhz"] for sensor in shop["sensors"]] == [2412, 2437, 2462]


def test_a_record_is_laid_out_as_pcap_and_radiotap_say() -> None:
    """One record, field by field: times, lengths, present bits, level."""
    raw = record(1_700_000_000_000_123, 456, 2437, -71, b"frame")
    assert struct.unpack_from("<IIII", raw) == (1_700_000_000, 123, 29, 29)
    assert struct.unpack_from("<BBHI", raw, 16) == (0, 0, 24, 0b1000_0010_1111)
    assert struct.unpack_from("<QBBHHbB", raw, 24) == (456, 0, 2, 2437, 0x00A0, -71, 0)
    assert raw[40:] == b"frame"


def test_writing_again_removes_the_captures_of_the_day_before(small_day: ShopDay, tmp_path: Path) -> None:
    """A folder never mixes two days; files that are not ours stay."""
    files.write(small_day, tmp_path)
    (tmp_path / "mine.pcap").write_bytes(b"mine")
    one = simulate(replace(ShopPlan.small(), sensors=1, visitors=1, passers_by=0))
    files.write(one, tmp_path, compress=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["door.pcap.gz", "mine.pcap", "shop.json", "truth.jsonl"]


def test_a_day_that_could_not_be_written_leaves_nothing(small_day: ShopDay, tmp_path: Path) -> None:
    """Half a day must not be taken for a whole one."""

    def full(share: float) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.write(small_day, tmp_path, progress=full)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_every_frame_as_a_probe_request(small_day: ShopDay, small_files: files.Written) -> None:
    """An independent reader counts the same probe requests, finds their level and time, and nothing malformed."""
    for sensor, path in enumerate(small_files.captures):
        fields = ["frame.time_epoch", "wlan.fc.type_subtype", "radiotap.dbm_antsignal", "radiotap.channel.freq"]
        command = ["tshark", "-r", str(path), "-T", "fields"]
        for field in [*fields, "_ws.malformed", "_ws.expert.message"]:
            command += ["-e", field]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        heard = [frame for frame in small_day.frames if frame.sensor == sensor]
        assert len(rows) == len(heard)
        for row, frame in zip(rows, heard, strict=True):
            assert row[4:] == ["", ""]
            assert int(row[1], 0) == 4
            assert (int(row[2]), int(row[3])) == (frame.rssi_dbm, frame.freq_mhz)
            assert round(float(row[0]) * 1000) == round(frame.ts_us / 1000)
