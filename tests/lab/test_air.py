"""The air lab as a whole: a Debian kernel, emulated radios, the sensor, a broker and a collector. On request only."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LAB = os.environ.get("FOOTFALL_LAB") == "1"
RUN_S_MAX = 240
BREAKS = ["listening", "deaf", "listening", "down", "listening", "gone", "listening"]


@pytest.mark.skipif(not LAB, reason="boots a machine for a minute or two; FOOTFALL_LAB=1 runs it (make lab-air)")
@pytest.mark.timeout(RUN_S_MAX)
def test_the_air_lab(tmp_path: Path) -> None:
    """Everything sent is counted, nothing is sent by us, nothing leaks, and a broken radio is noticed and named."""
    kernel = Path("build/lab-air/kernel").absolute()
    kernel.mkdir(parents=True, exist_ok=True)
    (tmp_path / "kernel").symlink_to(kernel)
    command = [sys.executable, "-m", "tools.lab.air", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S_MAX, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["probes_sent"] == said["probes_counted"] > 0
    assert all(phone["sent"] == phone["counted"] > 0 for phone in said["phones"].values())
    assert (said["transmitted"], said["leaks"], said["faults"]) == (0, 0, [])
    rest = iter(said["states"])
    assert all(state in rest for state in BREAKS)
