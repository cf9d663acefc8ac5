"""The captures of the lab as tshark reads them: an opinion of its own beside the sensor's parser."""

import subprocess
from collections import Counter
from collections.abc import Container, Iterable
from pathlib import Path
from typing import NamedTuple

from ...errors import ToolError
from .image import program

PROBE_REQUEST = 0x0004
JOINS = (0x0000, 0x0002)  # association and reassociation requests
FIELDS = ("frame.time_epoch", "radiotap.channel.freq", "wlan.fc.type_subtype", "wlan.ta")


class Frame(NamedTuple):
    """One frame on the air; `transmitter` is b"" where its kind names none (an acknowledgement).

    freq_mhz is 0 where the radio does not say: of what it has sent itself.
    """

    ms: int
    freq_mhz: int
    kind: int
    transmitter: bytes


def read(capture: Path) -> list[Frame]:
    """The frames of a capture. Raises ToolError where tshark cannot read it."""
    command = [str(program("tshark")), "-r", str(capture), "-T", "fields", "-E", "separator=/t"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolError(f"tshark cannot read {capture}: {done.stderr.strip()}")
    return [parse(line) for line in done.stdout.splitlines()]


def parse(line: str) -> Frame:
    """A frame from a line of tshark's fields."""
    seconds, freq, kind, transmitter = line.split("\t")
    return Frame(int(float(seconds) * 1000), int(freq or 0), int(kind, 0), bytes.fromhex(transmitter.replace(":", "")))


def within(frames: Iterable[Frame], span: tuple[int, int], kinds: Container[int] = (PROBE_REQUEST,)) -> list[Frame]:
    """The probe requests, or frames of other kinds, within a span of time (ms)."""
    return [frame for frame in frames if frame.kind in kinds and span[0] <= frame.ms <= span[1]]


def by_address(frames: Iterable[Frame]) -> "Counter[bytes]":
    """How many of these frames each address sent."""
    return Counter(frame.transmitter for frame in frames)
