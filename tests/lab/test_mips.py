"""The MIPS lab as a whole: built from Debian's sources where it is not yet, booted and measured. On request only."""

import json
import os
import subprocess
import sys

import pytest

from tools.lab.mips import verdict

LAB = os.environ.get("FOOTFALL_LAB") == "1"
RUN_S_MAX = 3600  # the first time


@pytest.mark.skipif(not LAB, reason="builds Python and a kernel for MIPS; FOOTFALL_LAB=1 runs it (make lab-mips)")
@pytest.mark.timeout(RUN_S_MAX)
def test_the_mips_lab() -> None:
    """The vectors hold on a big-endian processor, everything written is counted, memory and instructions are kept."""
    command = [sys.executable, "-m", "tools.lab.mips"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S_MAX, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["faults"] == []
    assert said["vectors"] > 0
    assert 0 < said["rss_kib_lean"] <= verdict.RSS_KIB_MAX
    assert said["rss_kib_lean"] < said["rss_kib_full"]
    assert 0 < said["instructions_per_frame"] <= verdict.INSTRUCTIONS_MAX
    assert 0 < said["squashfs_bytes_lean_reached"] <= verdict.SQUASHFS_BYTES_MAX
    assert said["start_s"] > 0
