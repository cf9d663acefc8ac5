"""The air lab's short form: Debian's kernel in qemu, emulated radios, the sensor, a broker and a collector."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.lab.air import image, machine

KERNELS = Path("build/lab-air/kernel").absolute()
FETCH_S_MAX = 120
RUN_S_MAX = 240  # half a minute where nothing else runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the lab runs, with a kernel; skips where there is none, or nothing to run it in."""
    try:
        for name in (machine.QEMU, image.BUSYBOX, *image.PROGRAMS, "tshark"):
            image.program(name)
    except ToolError as exc:
        pytest.skip(str(exc))
    KERNELS.mkdir(parents=True, exist_ok=True)
    command = ["tools/lab/air/kernel", str(KERNELS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S_MAX, check=False)
    if done.returncode:
        pytest.skip(f"Debian's kernel cannot be had: {done.stderr.strip().splitlines()[-1:]}")
    (tmp_path / "kernel").symlink_to(KERNELS)
    return tmp_path


@pytest.mark.timeout(FETCH_S_MAX + RUN_S_MAX)
def test_on_a_real_kernel_what_phones_send_is_counted_and_nothing_is_sent_or_leaks(folder: Path) -> None:
    """Phones scan, the agent hears them in monitor mode: each probe request is stored, the radio is silent, no address
    and no network name is anywhere."""
    command = [sys.executable, "-m", "tools.lab.air", "--short", "--dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S_MAX, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["probes_sent"] == said["probes_counted"] > 0
    assert all(phone["sent"] == phone["counted"] > 0 for phone in said["phones"].values())
    assert len(said["phones"]) > 1
    assert said["states"] == ["listening"]
    assert (said["transmitted"], said["leaks"], said["faults"]) == (0, 0, [])
