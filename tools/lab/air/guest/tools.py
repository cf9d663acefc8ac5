"""The few things that the guest's script does again and again: run a program, wait, note what happened."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

OUT = Path("/out")  # everything in it goes to the host at the end
STEP_S = 0.1


def say(event: str, **more: object) -> None:
    """Note an event with its time, for the host and on the console."""
    line = json.dumps({"event": event, "ms": time.time_ns() // 1_000_000, **more})
    with (OUT / "events.jsonl").open("a") as file:
        file.write(line + "\n")
    print("PLAY", line, flush=True)


def run(*command: str, tries: int = 1) -> str:
    """What a program prints; tried again while it fails (a scan is still running, say). Raises CalledProcessError."""
    for left in range(tries - 1, -1, -1):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout
        if left:
            time.sleep(STEP_S)
    say("failed", command=command, says=done.stderr.strip() + done.stdout.strip())
    raise subprocess.CalledProcessError(done.returncode, command)


def start(name: str, *command: str) -> "subprocess.Popen[bytes]":
    """Start a program; what it prints goes to the host as NAME.log."""
    with (OUT / f"{name}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def python(name: str, module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start a Python module."""
    return start(name, sys.executable, "-u", "-m", module, *arguments)


def stop(process: "subprocess.Popen[bytes]", wait_s: float = 20.0) -> int:
    """Ask a program to end; its exit code, -9 where it had to be killed."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(wait_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def until(holds: Callable[[], bool], wait_s: float, what: str) -> bool:
    """Wait until it holds; False, and noted, where it does not within `wait_s`."""
    give_up_s = time.monotonic() + wait_s
    while not holds():
        if time.monotonic() > give_up_s:
            say("late", what=what, wait_s=wait_s)
            return False
        time.sleep(STEP_S)
    return True
