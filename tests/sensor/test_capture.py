"""Capture files: every frame that is whole is read, in every format, and damage is said in a sentence."""

import errno
import gzip
import io
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import air
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import capture
from footfall_sensor.capture import Frame
from footfall_sensor.errors import CaptureError

FRAMES = [(1_700_000_000_000 + 7 * number, air.plain() + air.probe(seq=number)) for number in range(5)]
EXPECTED = [Frame(ms, raw, 127) for ms, raw in FRAMES]

FORMATS: dict[str, Callable[[], bytes]] = {
    "pcap": lambda: air.pcap(FRAMES),
    "pcap, big-endian": lambda: air.pcap(FRAMES, order=">"),
    "pcap, nanoseconds": lambda: air.pcap(FRAMES, nano=True),
    "pcap, nanoseconds, big-endian": lambda: air.pcap(FRAMES, order=">", nano=True),
    "pcapng": lambda: air.pcapng(FRAMES),
    "pcapng, big-endian": lambda: air.pcapng(FRAMES, order=">"),
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    """Puts bytes into a new file."""

    def _write(raw: bytes) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.pcap"
        path.write_bytes(raw)
        return path

    return _write


Write = Callable[[bytes], Path]


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_frames(name: str, zipped: bool, write: Write) -> None:
    """pcap and pcapng, either byte order, either resolution, in gzip or not."""
    raw = FORMATS[name]()
    assert list(capture.read(write(gzip.compress(raw) if zipped else raw))) == EXPECTED


def _until_fault(path: Path) -> tuple[list[Frame], str]:
    """The frames of a file, and the sentence that it ends with."""
    got: list[Frame] = []
    try:
        for frame in capture.read(path):
            got.append(frame)
    except CaptureError as exc:
        return got, str(exc)
    return got, ""


def _ends(name: str) -> list[int]:
    """Where the file may end without anything missing: after its head and after each frame."""
    if name == "pcap":
        return [len(air.pcap(FRAMES[:count])) for count in range(len(FRAMES) + 1)]
    head = len(air.section())
    return [head, *(len(air.pcapng(FRAMES[:count])) for count in range(len(FRAMES) + 1))]


@pytest.mark.parametrize("name", ["pcap", "pcapng"])
def test_file_cut_anywhere_gives_all_whole_frames_and_then_says_so(name: str, write: Write, tmp_path: Path) -> None:
    """At each of its bytes: nothing readable is lost, and nothing missing is hidden."""
    raw, ends = FORMATS[name](), _ends(name)
    path = tmp_path / "cut.pcap"
    for size in range(4, len(raw)):
        path.write_bytes(raw[:size])
        got, said = _until_fault(path)
        whole = sum(end <= size for end in ends[-len(FRAMES) :])
        assert EXPECTED[:whole] == got
        assert (size in ends) == (said == "")
        assert not said or f"the {whole} frames before that place were read" in said


@pytest.mark.parametrize("tail", range(1, 30, 4))
def test_gzip_cut_short_gives_what_could_be_unpacked(tail: int, write: Write) -> None:
    """A copy that broke off: the frames that came through, then the sentence."""
    got, said = _until_fault(write(gzip.compress(FORMATS["pcap"](), mtime=0)[:-tail]))
    assert EXPECTED[: len(got)] == got
    assert "ends in the middle of a record" in said


def test_damaged_gzip_says_so(write: Write) -> None:
    """Bits that flipped within a gzip are found by its checksum and said."""
    raw = bytearray(gzip.compress(FORMATS["pcap"](), mtime=0))
    raw[-6] ^= 1
    got, said = _until_fault(write(bytes(raw)))
    assert got == EXPECTED
    assert "damaged (gzip" in said


# name -> (bytes, what the sentence must contain)
UNREADABLE = {
    "empty": (b"", "is empty"),
    "empty in gzip": (gzip.compress(b""), "is empty"),
    "text": (b"once upon a time", "is no capture file"),
    "three bytes": (b"\xd4\xc3\xb2", "is no capture file"),
    "Ethernet": (air.pcap(FRAMES, link=1), "Ethernet frames (link type 1)"),
    "Ethernet in pcapng": (air.pcapng(FRAMES, link=1), "Ethernet frames (link type 1)"),
    "an unknown link type": (air.pcap(FRAMES, link=147), "other frames (link type 147)"),
    "a record of 1 MiB": (air.pcap(FRAMES)[:24] + struct.pack("<IIII", 0, 0, 1 << 20, 1 << 20), "claims 1048576 bytes"),
    "a block of 16 MiB": (air.section() + struct.pack("<II", 6, 1 << 24), "claims 16777216 bytes"),
    "a block of no bytes": (air.section() + struct.pack("<II", 6, 0), "claims 0 bytes"),
    "a block of 13 bytes": (air.section() + struct.pack("<II", 6, 13), "claims 13 bytes"),
    "a packet before its interface": (air.section() + air.packet(0, b"raw"), "ends in the middle"),
    "a packet longer than its block": (
        air.section() + air.interface() + air.block(6, struct.pack("<IIIII", 0, 0, 0, 500, 500)),
        "ends in the middle",
    ),
    "a packet of the far future": (air.section() + air.interface() + air.packet(1 << 63, b"raw"), "a year beyond 2248"),
    "a packet before 1970": (
        air.section() + air.interface(options=air.option(14, struct.pack("<q", -1))) + air.packet(0, b"raw"),
        "a year beyond 2248",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_file_that_cannot_be_read_says_what_it_is(name: str, write: Write) -> None:
    """Each kind of unusable file ends in one sentence that names the file and its fault."""
    raw, wanted = UNREADABLE[name]
    path = write(raw)
    _, said = _until_fault(path)
    assert wanted in said
    assert str(path) in said


@pytest.mark.parametrize("raw", [air.pcap([], link=1), air.pcapng([], link=1)], ids=["pcap", "pcapng"])
def test_capture_without_frames_is_of_no_wrong_type(raw: bytes, write: Write) -> None:
    """A program that captured nothing may not have learnt its interface's type: no frames, and no fault."""
    assert list(capture.read(write(raw))) == []


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    """What the file system refuses is said in the user's words too."""
    with pytest.raises(CaptureError, match="there is no such file"):
        next(capture.read(tmp_path / "none.pcap"))
    with pytest.raises(CaptureError, match="is a folder"):
        next(capture.read(tmp_path))


def test_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing rights are said as such; the system's refusal is played, since root would be refused nothing."""

    def refuse(*_: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CaptureError, match=r"forbidden\.pcap cannot be read: Permission denied"):
        next(capture.read(tmp_path / "forbidden.pcap"))


@pytest.mark.parametrize(
    ("options", "ticks"),
    [
        (b"", 1_700_000_000_123_000),
        (air.option(9, b"\6"), 1_700_000_000_123_456),
        (air.option(9, b"\3"), 1_700_000_000_123),
        (air.option(9, b"\x09"), 1_700_000_000_123_456_789),
        (air.option(9, b"\x8a"), (1_700_000_000 << 10) + 126),  # 2^10 ticks a second
        (air.option(14, struct.pack("<q", 1_600_000_000)), 100_000_000_123_000),
        (air.option(1, b"a comment") + air.option(9, b"\3") + air.option(0, b""), 1_700_000_000_123),
        (air.option(0, b"") + air.option(9, b"\3"), 1_700_000_000_123_000),  # nothing counts after the end of options
        (struct.pack("<HH", 9, 1), 1_700_000_000_123_000),  # options that are cut off
        (struct.pack("<HH", 14, 8) + bytes(4), 1_700_000_000_123_000),
    ],
)
def test_time_follows_the_interface_s_resolution(options: bytes, ticks: int, write: Write) -> None:
    """Ticks of any power of ten or two, from any offset, become milliseconds since 1970."""
    path = write(air.section() + air.interface(options=options) + air.packet(ticks, b"raw"))
    assert [Frame(1_700_000_000_123, b"raw", 127)] == list(capture.read(path))


def test_all_packet_blocks_are_read_and_other_blocks_passed_over(write: Write) -> None:
    """Enhanced, old and simple packets on two interfaces; statistics, comments and a second section between them."""
    old = struct.pack("<HHIIII", 1, 0, 0, 5_000_000, 3, 3) + b"old"
    simple = struct.pack("<I", 6) + b"simple"
    first = air.section() + air.interface(127) + air.interface(105)
    blocks = (air.packet(1_000_000, b"new"), air.block(5, bytes(12)), air.block(2, old), air.block(3, simple))
    second = air.section(">") + air.interface(105, order=">") + air.packet(9_000_000, b"again", order=">")
    assert [
        Frame(1000, b"new", 127),
        Frame(5000, b"old", 105),
        Frame(5000, b"simple", 127),  # no time of its own: its predecessor's
        Frame(9000, b"again", 105),
    ] == list(capture.read(write(first + b"".join(blocks) + second)))


def test_length_of_the_fcs_in_the_link_type_is_no_other_link_type(write: Write) -> None:
    """The upper bits of pcap's link type may say how long the FCS is."""
    raw = bytearray(air.pcap(FRAMES))
    struct.pack_into("<I", raw, 20, 127 | 0x24000000)
    assert list(capture.read(write(bytes(raw)))) == EXPECTED


@pytest.mark.shared_data
@pytest.mark.parametrize("kind", ["pcapng", "nsecpcap"])
def test_real_capture_rewritten_by_tshark_gives_the_same_frames(kind: str, shared_data: Path, tmp_path: Path) -> None:
    """Another program's pcapng and nanosecond pcap of a real day read like the original."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed; `make test` installs it (Debian package tshark)")
    original = shared_data / "occupancy/pcap/sc6-61_2023-10-31_anonymized.pcap.gz"
    rewritten = tmp_path / "rewritten"
    command = ["tshark", "-n", "-r", str(original), "-c", "500", "-F", kind, "-w", str(rewritten)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    wanted = [frame for frame, _ in zip(capture.read(original), range(500), strict=False)]
    assert wanted == list(capture.read(rewritten))
    assert len(wanted) == 500


# Several captures at once.


def test_fingerprint_is_that_of_the_contents_in_their_order(write: Write) -> None:
    """The same captures have the same fingerprint under any name; one bit, or another order, makes it another."""
    one, same, other = write(_capture(1000)), write(_capture(1000)), write(_capture(1001))
    assert capture.fingerprint([one, other]) == capture.fingerprint([same, other])
    assert len({capture.fingerprint(paths) for paths in ([one], [other], [one, other], [other, one])}) == 4


def test_fingerprint_of_what_cannot_be_read_names_it(tmp_path: Path) -> None:
    """A missing file is said before anything is sent."""
    with pytest.raises(CaptureError, match=r"none\.pcap cannot be read: No such file"):
        capture.fingerprint([tmp_path / "none.pcap"])


def _capture(*times_ms: int) -> bytes:
    return air.pcap((ms, struct.pack("<I", ms)) for ms in times_ms)


def _times(paths: list[Path]) -> list[int | None]:
    return [frame.ts_ms if frame else None for frame in capture.read_all(paths)]


def test_captures_of_one_time_are_merged_by_time(write: Write) -> None:
    """Three channels at once become one stream."""
    paths = [write(_capture(1000, 4000)), write(_capture(2000, 5000)), write(_capture(3000, 3500, 6000))]
    assert _times(paths) == [1000, 2000, 3000, 3500, 4000, 5000, 6000]


def test_time_that_no_capture_covers_is_marked(write: Write) -> None:
    """Between two days nobody listened: None, whatever order the files are given in; not within a silent day."""
    monday, tuesday = write(_capture(1000, 900_000)), write(_capture(2_000_000, 2_000_001))
    assert _times([tuesday, monday]) == [1000, 900_000, None, 2_000_000, 2_000_001]


@given(st.lists(st.lists(st.integers(0, 1 << 30), max_size=8), min_size=1, max_size=4))
def test_merging_neither_loses_nor_invents(times: list[list[int]]) -> None:
    """Any captures in order of time give all their frames, in order of time."""
    streams = [_MemoryPath(_capture(*sorted(each))) for each in times]
    merged = [time for time in _times(streams) if time is not None]  # type: ignore[arg-type]
    assert sorted(time for each in times for time in each) == merged


class _MemoryPath:
    """Enough of a Path for capture.read, without a file."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def open(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def test_bad_file_among_good_ones_costs_only_itself(write: Write) -> None:
    """The frames of all others, and of the bad one up to its fault, are played before the fault is raised."""
    good, bad = write(_capture(1000, 3000)), write(_capture(2000, 4000)[:-1])
    got: list[int] = []
    stream = (frame.ts_ms for frame in capture.read_all([good, bad]) if frame)
    with pytest.raises(CaptureError, match="ends in the middle of a record: the 1 frames"):
        got.extend(stream)
    assert got == [1000, 2000, 3000]


def test_more_captures_than_can_be_open_are_refused() -> None:
    """A sentence instead of running out of file descriptors halfway."""
    with pytest.raises(CaptureError, match="at most 256"):
        next(capture.read_all([Path("any")] * 257))
