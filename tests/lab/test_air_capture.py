"""The project's own capture of a real Wi-Fi stack: the sensor's parser and tshark read the same in it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from footfall_sensor import capture, frames
from footfall_sensor.frames import Probe
from tools.lab.air import verdict
from tools.lab.air.guest import scene

CAPTURE = Path(__file__).parent.parent / "captures" / "hwsim.pcap.gz"
BYTES_MAX = 50_000
FIELDS = (
    "frame.number",
    "wlan.ta",
    "radiotap.dbm_antsignal",
    "radiotap.channel.freq",
    "wlan.seq",
    "wlan.tag.length",  # of all elements; the name of the network comes first
)


def _ours() -> dict[int, Probe]:
    """Probe requests by frame number, as the sensor's parser has them."""
    parsed = {
        number: frames.parse(frame.raw, frame.ts_ms, frame.link_type, lambda _elements: 0)
        for number, frame in enumerate(capture.read(CAPTURE), 1)
    }
    return {number: probe for number, probe in parsed.items() if probe is not None}


def test_tshark_reads_the_same_probe_requests() -> None:
    """The same frames, and of each its address, signal, frequency, sequence number, and whether it names a network."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed; `make test` installs it (Debian package tshark)")
    command = ["tshark", "-n", "-r", str(CAPTURE), "-Y", "wlan.fc.type_subtype==4", "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    theirs = {}
    for number, address, dbm, mhz, sequence, lengths in (line.split("\t") for line in lines):
        directed = lengths.split(",")[0] != "0"
        theirs[int(number)] = (verdict.mac(address), int(dbm), int(mhz), int(sequence), directed)
    ours = {
        number: (probe.mac, probe.rssi_dbm, probe.freq_mhz, probe.seq, probe.directed)
        for number, probe in _ours().items()
    }
    assert ours == theirs
    assert len(ours) > 50


def test_bursts_are_in_it_as_they_were_ordered() -> None:
    """Of each address that was on the air once: so many frames, as strong as said, on the channel of the recorder."""
    probes = list(_ours().values())
    strongest = verdict.strongest(scene.FIXED)
    once = {verdict.mac(burst.mac): burst.probes for burst in scene.FIXED if burst.mac}
    for address, sent in once.items():
        heard = [probe.rssi_dbm for probe in probes if probe.mac == address]
        assert heard == [strongest[address]] * sent
    assert {probe.freq_mhz for probe in probes} == {scene.CHANNEL_MHZ[scene.HOME]}


def test_nobody_else_is_in_it() -> None:
    """Small, and of addresses that are made up: given by the lab, or locally administered."""
    given = set(verdict.whose([]))
    assert all(probe.mac in given or probe.mac[0] & 2 for probe in _ours().values())
    assert CAPTURE.stat().st_size < BYTES_MAX
