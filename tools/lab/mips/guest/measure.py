"""One boot of the machine: the sensor as a unit runs it, on an interface that hears a crowd; and what that took."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import air, imports, meter, scene, steps, tap

STEP_S = 0.05
WAIT_S = 60
FRAMES = 1000  # that single steps are taken with
FINISH_S = 3
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
    meter.say(machine_kib_at_boot=meter.machine_kib())
    began = meter.now()
    subprocess.run(python("-m", "compileall", "-q", str(scene.SOURCES)), env=ENVIRONMENT, check=True)
    meter.say(compile_instructions=meter.now() - began)
    interface = tap.open_tap(scene.INTERFACE)
    with running("-m", "guest.broker") as broker:
        await_line(broker, "ready")
        for start in ("cold", "warm"):  # in the cold start, code comes off the disk and is decompressed
            with running("-m", "footfall_sensor", "run", "--config", str(scene.CONFIG)) as sensor:
                meter.say(start=start, **started(sensor.pid, broker))
                if start == "warm":
                    crowd(interface, sensor)
    single_steps()
    subprocess.run(python("-m", imports.__name__), env=ENVIRONMENT, check=True)


def started(pid: int, broker: "subprocess.Popen[str]") -> dict[str, object]:
    """What it took until the sensor listened, and until the broker had it."""
    began = meter.now()
    status = wait_for_status("listening")
    took = {"listening_executed": meter.executed(pid), "listening_elapsed": meter.now() - began}
    await_line(broker, "subscribed")
    return {**took, "state": status["connection"], "kib": meter.memory_kib(pid)}


def wait_for_status(state: str) -> dict[str, object]:
    """The status that the sensor leaves, once its radio is in this state."""
    path = scene.RUN_DIR / "status.json"
    give_up_s = time.monotonic() + WAIT_S
    while time.monotonic() < give_up_s:
        if path.exists() and (status := json.loads(path.read_text()))["radio"] == state:
            path.unlink()
            return dict(status)
        time.sleep(STEP_S)
    raise SystemExit(f"the sensor did not come to be {state} within {WAIT_S} s")


def crowd(interface: int, sensor: "subprocess.Popen[str]") -> None:
    """Some silence, then a crowd in each of some windows; then the sensor ends, and its own counts are compared."""
    pid = sensor.pid
    time.sleep(scene.SETTLE_S)
    before, began_s = meter.executed(pid), time.monotonic()
    time.sleep(scene.IDLE_S)
    idle = (meter.executed(pid) - before) / (time.monotonic() - began_s)
    time.sleep(scene.WINDOW_S - time.time() % scene.WINDOW_S)
    before, began_s, written = meter.executed(pid), time.monotonic(), 0
    kib = []
    for frames, _ in zip(air.crowds(air.frames(scene.AIR), scene.TOKENS), range(scene.WINDOWS), strict=False):
        play(interface, frames)
        written += len(frames)
        kib.append(meter.memory_kib(pid)["VmRSS"])
    time.sleep(FINISH_S)
    executed = meter.executed(pid) - before - idle * (time.monotonic() - began_s)
    memory, machine = meter.memory_kib(pid), meter.machine_kib()
    sensor.send_signal(signal.SIGTERM)
    sensor.wait(WAIT_S)
    totals = json.loads((scene.RUN_DIR / "status.json").read_text())["totals"]
    meter.say(
        frames_written=written,
        sensor_totals={name: count for name, count in totals.items() if count},
        instructions_a_frame=round(executed / written),
        idle_instructions_a_s=round(idle),
        kib=memory,
        kib_windows=kib,
        machine_kib=machine,
        spool_kib=sum(path.stat().st_size for path in scene.RUN_DIR.rglob("*.seg")) >> 10,
    )


def play(interface: int, frames: list[bytes]) -> None:
    """Let the interface hear these, spread over a window."""
    began_s = time.monotonic()
    heard = 0
    while heard < len(frames):
        due = int((time.monotonic() - began_s) / scene.WINDOW_S * len(frames)) + 1
        for raw in frames[heard:due]:
            os.write(interface, raw)
        heard = max(heard, due)
        time.sleep(STEP_S)


def single_steps() -> None:
    """The steps of steps.py on this machine: what they take more than in user mode is the kernel's."""
    frames = next(air.crowds(air.frames(Path(scene.AIR)), scene.TOKENS))[:FRAMES]
    for name, step in steps.steps(frames).items():
        step(frames)
        began = meter.now()
        step(frames)
        meter.say(step=name, instructions_a_frame=(meter.now() - began) // len(frames))


if __name__ == "__main__":
    main()
