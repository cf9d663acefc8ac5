"""Disks that say no: full, and read-only, on a small file system of their own. For root."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .cast import Cast
from .chaos import Say
from .errors import TortureError
from .outcome import Outcome
from .stage import Stage, on_stage

DISK_MIB = 64
LEFT_OVER_BYTES = (0, 4096, 64 << 10, 256 << 10)  # what stays free: each lets another step of a commit fail
BLOCKED = "waiting for the store"  # as the collector's ingest says it
SETTLE_S = 1.5  # a commit that was under way when the disk filled may still be acknowledged


def can_mount() -> bool:
    """Whether a file system can be mounted here."""
    return os.geteuid() == 0


def full(folder: Path, cast: Cast, rounds: int, say: Say) -> Outcome:
    """The disk fills under load: no more acknowledgements, nobody dies, and work goes on when there is room."""
    with _disk(folder / "collector"), on_stage(folder, cast) as stage:
        stage.start()
        filler = folder / "collector" / "filler"
        recovery_s: list[float] = []
        broken: list[str] = []
        for number in range(rounds):
            left_over = LEFT_OVER_BYTES[number % len(LEFT_OVER_BYTES)]
            broken += withhold(stage, partial(_fill, filler, left_over))
            filler.unlink()
            recovery_s.append(round(stage.wait_fresh(time.monotonic(), stage.light), 2))
            say(f"disk full but for {left_over} bytes: all answered again {recovery_s[-1]} s after there was room")
        stage.quiet()
        broken += same_process(stage)
        return Outcome("disk_full", stage.verdict(), {"rounds": rounds, "recovery_s": recovery_s}, tuple(broken))


def read_only(folder: Path, cast: Cast, say: Say) -> Outcome:
    """The file system of the Parquet files turns read-only under load, and later writable again."""
    data = folder / "collector" / "data"
    with on_stage(folder, cast) as stage, _disk(data):
        stage.start()
        broken = withhold(stage, lambda: _mount("-o", "remount,ro", str(data)))
        _mount("-o", "remount,rw", str(data))
        took_s = round(stage.wait_fresh(time.monotonic(), stage.light), 2)
        say(f"disk read-only: all answered again {took_s} s after it was writable")
        stage.quiet()
        broken += same_process(stage)
        verdict = stage.verdict()
        stage.close()
        return Outcome("disk_read_only", verdict, {"recovery_s": took_s}, tuple(broken))


def withhold(stage: Stage, spoil: Callable[[], object]) -> list[str]:
    """Spoil the place for files. Returns broken promises: what was acknowledged although it could not be stored."""
    _retried(spoil)
    stage.wait(lambda: stage.health().startswith(BLOCKED), "the collector's word that it waits for the store")
    stage.pass_time(SETTLE_S)
    answered = set(stage.account.left)
    since_s = time.monotonic()
    stage.pass_time(SETTLE_S)
    meanwhile = {key for key in stage.account.left - answered if stage.account.kept_s.get(key, 0.0) > since_s}
    return [f"{len(meanwhile)} batches were answered while the store took nothing"] if meanwhile else []


def same_process(stage: Stage) -> list[str]:
    """A broken promise for each time that the collector's process ended by itself."""
    ended = stage.collector.own_ends
    return [f"the collector ended {ended} times: {'; '.join(stage.collector.last_words)}"] if ended else []


def _fill(filler: Path, left_over: int) -> None:
    """Fill the file system of `filler` but for so many bytes."""
    with filler.open("wb", buffering=0) as file:
        chunk = bytes(64 << 10)
        try:
            while True:
                file.write(chunk)
        except OSError:
            pass
        if left_over:
            file.truncate(max(0, file.tell() - left_over))


def _retried(spoil: Callable[[], object]) -> None:
    """A remount is refused in the moment when a file is open for writing."""
    for _ in range(200):
        try:
            spoil()
        except subprocess.CalledProcessError:
            time.sleep(0.05)
        else:
            return
    raise TortureError("the disk could not be made read-only")


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={DISK_MIB}m", "footfall-torture", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
