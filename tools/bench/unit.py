"""Where a unit's memory and processor time go, beside the path of a frame: `python -m tools.bench.unit`.

Start, what waits and goes, and memory by part are measured here, in interpreters without OpenSSL. A whole agent of that
kind is then idle, and loses its broker again and again; with py-spy (`pip install py-spy`, root) it is said in which
functions that time goes. There is nobody to answer it: what it says of windows and keys is in other figures.

Shares hold on a busy machine; what they are shares of does not. A unit has another processor, and 32 bits.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from footfall_sensor import signing, uci
from tools.bench import unit_work
from tools.errors import ToolError
from tools.load.processes import cpu_with_waited_s
from tools.run import broker
from tools.run.child import Child, module

SETTLE_S, IDLE_S, LOSSES, LOSS_S = 15.0, 60, 6, 4.0
SAMPLES_PER_S = 500
WAITS = ("_wait (footfall_sensor/air", "read (footfall_sensor/air", "wait (threading", "_loop (paho", "select (")
TOP = 6


def measured(folder: Path) -> dict[str, object]:
    """All figures: KiB, ms and us of processor time, and shares. Raises ToolError where there is no mosquitto."""
    works = {name: _work(folder, name) for name in ("memory", "start", "drain")}
    return {**works, **_live(folder)}


def shares(samples: str) -> dict[str, float]:
    """Of py-spy's raw samples, waiting left out: the share of time that each function was on the stack, the largest
    that are no beginning of a thread."""
    counted: Counter[str] = Counter()
    every = 0
    for line in samples.splitlines():
        stack, _, times = line.rpartition(" ")
        frames = stack.split(";")
        if any(wait in frames[-1] for wait in WAITS):
            continue
        every += int(times)
        for frame in {_short(frame) for frame in frames if "footfall_sensor" in frame or "paho" in frame}:
            counted[frame] += int(times)
    return {name: round(times / every, 3) for name, times in counted.most_common() if times < 0.9 * every}


def _short(frame: str) -> str:
    function, _, place = frame.partition(" (")
    return f"{Path(place.partition(':')[0]).stem}.{function.rpartition('.')[2]}"


def _work(folder: Path, name: str) -> Mapping[str, float]:
    done = Child(name, module(unit_work.__name__, name), folder / f"{name}.json")
    if done.wait(120) != 0:
        done.check()
    found: dict[str, float] = json.loads(done.log.read_text(encoding="utf-8"))
    return {part: round(value, 1) for part, value in found.items()}


def _live(folder: Path) -> dict[str, object]:
    port = broker.free_port()
    (folder / "etc").mkdir()
    key = signing.backend().generate()
    (folder / "etc" / "collector.pub").write_text(key.public.text(), encoding="ascii")
    options: dict[str, str | tuple[str, ...]] = {
        "name": "unit",
        "profile": "lean",
        "broker_host": broker.HOST,
        "broker_port": str(port),
        "interface": "none0",
        "state_dir": str(folder / "etc"),
        "run_dir": str(folder / "run"),
        "prometheus_dir": str(folder / "none"),
    }
    path = folder / "footfall"
    path.write_text(uci.render([uci.Section("sensor", "main", options)]), encoding="utf-8")
    mosquitto = broker.start(folder, port, "mosquitto")
    agent = Child("the agent", module(unit_work.__name__, "agent", str(path)), folder / "agent.log")
    try:
        time.sleep(SETTLE_S)
        cores = _cores(agent, lambda: time.sleep(IDLE_S))
        idle: dict[str, object] = {"cores": round(cores, 5)}

        def lose() -> None:
            nonlocal mosquitto
            for _ in range(LOSSES):
                mosquitto.kill()
                mosquitto = broker.start(folder, port, "mosquitto")
                time.sleep(LOSS_S)

        begun_s = time.monotonic()
        more = _cores(agent, lose) - cores
        lost: dict[str, object] = {"cpu_ms_a_loss": round(more * (time.monotonic() - begun_s) / LOSSES * 1e3, 1)}
        spy = _spy(agent, folder / "idle.raw", IDLE_S)
        time.sleep(IDLE_S)
        idle |= _told(spy, folder / "idle.raw")
        spy = _spy(agent, folder / "lost.raw", round(LOSSES * LOSS_S))
        lose()
        lost |= _told(spy, folder / "lost.raw")
        agent.stop()
        if _reconnects(folder) < 2 * LOSSES:
            raise ToolError(f"the agent did not come back each time: {agent.last_words()}. Give it a quieter machine")
        return {"idle": idle, "broker lost": lost}
    finally:
        agent.stop()
        mosquitto.stop()


def _cores(agent: Child, play: Callable[[], None]) -> float:
    """What the agent and its programs take meanwhile; without py-spy, whose looking is charged to it."""
    spent_s, begun_s = cpu_with_waited_s(agent.pid), time.monotonic()
    play()
    return (cpu_with_waited_s(agent.pid) - spent_s) / (time.monotonic() - begun_s)


def _spy(agent: Child, raw: Path, seconds: int) -> Child | None:
    program = shutil.which("py-spy", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if program is None or os.geteuid():
        return None
    words = [
        "record",
        "--pid",
        str(agent.pid),
        "-d",
        str(seconds),
        "-r",
        str(SAMPLES_PER_S),
        "-f",
        "raw",
        "-o",
        str(raw),
    ]
    return Child("py-spy", [program, *words], raw.with_suffix(".log"))


def _told(spy: Child | None, raw: Path) -> dict[str, object]:
    if spy is None or spy.wait(60) != 0:
        return {"shares": "py-spy is not here, or may not look: pip install py-spy, and be root"}
    return {"shares": dict(list(shares(raw.read_text(encoding="utf-8")).items())[:TOP])}


def _reconnects(folder: Path) -> int:
    """As the agent says at its end."""
    said = json.loads((folder / "run" / "status.json").read_text(encoding="utf-8"))
    return int(said["totals"]["reconnects"])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps(measured(Path(made)), indent=2))
