"""One boot of the machine: the sensor as a unit runs it, on an interface that hears a crowd; and the memory it took."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import air, imports, meter, scene, tap

STEP_S = 0.05
WAIT_S = 900  # an emulator on a busy host is slow
FINISH_S = 3
PLAYED = 0.8  # of a window
AT_ONCE = 50  # frames
ENVIRONMENT = {**os.environ, "PYTHONPYCACHEPREFIX": str(scene.CODE_DIR)}


def python(*arguments: str) -> list[str]:
    """A command line of this interpreter, as the package's own starter makes it."""
    return [sys.executable, "-P", "-s", *arguments]


@contextmanager
def running(*arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A Python process with its output in a pipe; ended afterwards, if it has not."""
    with subprocess.Popen(python(*arguments), env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def await_line(process: "subprocess.Popen[str]", wanted: str) -> None:
    """Wait until the process says this."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == wanted:
            return
    raise SystemExit(f"the process ended before it said: {wanted}")


def main() -> None:
    """Measure, in this order."""
    meter.say("boot", **meter.machine_kib())
    shutil.copytree(scene.COMPILED, scene.CODE_DIR)
    interface = tap.open_tap(scene.INTERFACE)
    with running("-m", "guest.broker") as broker:
        await_line(broker, "ready")
        with running("-m", "footfall_sensor", "run", "--config", str(scene.CONFIG)) as sensor:
            wait_for_status("radio", "listening")
            await_line(broker, "subscribed")
            meter.say("start", **meter.memory_kib(sensor.pid))
            wait_for_status("epoch", scene.EPOCH_NAME)
            crowd(interface, sensor)
    subprocess.run(python("-m", imports.__name__), env=ENVIRONMENT, check=True)


def wait_for_status(name: str, value: str) -> None:
    """Wait until the status that the sensor leaves says so."""
    path = scene.RUN_DIR / "status.json"
    give_up_s = time.monotonic() + WAIT_S
    while time.monotonic() < give_up_s:
        if path.exists() and json.loads(path.read_text()).get(name) == value:
            return
        time.sleep(STEP_S)
    raise SystemExit(f"the sensor's {name} did not come to be {value} within {WAIT_S} s")


def crowd(interface: int, sensor: "subprocess.Popen[str]") -> None:
    """A crowd in each of some windows; then the sensor ends, and its own counts are what the host judges by."""
    time.sleep(scene.SETTLE_S)
    written = 0
    for frames, _ in zip(air.crowds(air.frames(scene.AIR), scene.TOKENS), range(scene.WINDOWS), strict=False):
        time.sleep(scene.WINDOW_S - time.time() % scene.WINDOW_S)  # the next window's beginning
        play(interface, frames, sensor.pid)
        written += len(frames)
    time.sleep(FINISH_S)
    memory, machine = meter.memory_kib(sensor.pid), meter.machine_kib()
    sensor.send_signal(signal.SIGTERM)
    sensor.wait(WAIT_S)
    totals = json.loads((scene.RUN_DIR / "status.json").read_text())["totals"]
    meter.say(
        "crowd",
        frames_written=written,
        totals={name: count for name, count in totals.items() if count},
        **memory,
        **machine,
    )


def play(interface: int, frames: list[bytes], pid: int) -> None:
    """Let the interface hear these, spread over most of a window, and never more than the sensor has taken."""
    began_s = time.monotonic()
    heard = 0
    while heard < len(frames):
        due = int((time.monotonic() - began_s) / (PLAYED * scene.WINDOW_S) * len(frames)) + 1
        for raw in frames[heard : min(due, heard + AT_ONCE)]:
            os.write(interface, raw)
        heard = min(due, heard + AT_ONCE)
        time.sleep(STEP_S)
        while not waits(pid):
            time.sleep(STEP_S)


def waits(pid: int) -> bool:
    """Whether a process has nothing to do at this moment."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


if __name__ == "__main__":
    main()
