"""A run in named steps: said, timed, and kept in a journal so that a killed run goes on where it was."""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import DeviceError

AGE_MAX_S = 3600  # notes older than this are of another day's unit
Told = Callable[[float], None]  # how much of a step is done, 0 to 1


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run."""

    name: str
    title: str
    do: Callable[[Told], None]
    unplug: bool = True  # whether the unit may lose power now
    writes: bool = False  # after it only the unit's return is left to wait for, in a later run too


@dataclass(frozen=True, slots=True)
class Done:
    """A step as it went."""

    name: str
    seconds: float


@dataclass(slots=True)
class Journal:
    """What was done on one unit with one image, in a file."""

    path: Path
    unit: str
    image_sha256: str
    address: str = ""  # where it was
    board: str = ""  # what it must be in the end
    written: bool = False  # only its return is left to wait for
    done: list[str] = field(default_factory=list)
    boot_id: str = ""  # of the unit before it was written

    @classmethod
    def read(cls, path: Path) -> "Journal | None":
        """The journal in a file; None where it is old. Raises DeviceError."""
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, **said) if time.time() - path.stat().st_mtime < AGE_MAX_S else None
        except (OSError, ValueError, TypeError) as exc:
            raise DeviceError(f"{path} cannot be read: delete it to begin anew") from exc

    def note(self, name: str, writes: bool) -> None:
        """A step is done."""
        self.done.append(name)
        self.written = self.written or writes
        self.save()

    def save(self) -> None:
        """Write the file, whole or not at all."""
        said = {name: value for name, value in asdict(self).items() if name != "path"}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(said), encoding="utf-8")
            os.replace(fresh, self.path)
        except OSError as exc:
            raise DeviceError(f"cannot keep notes in {self.path}: {exc.strerror}. Choose another --state") from exc

    def close(self) -> None:
        """The run is over and well: nothing is left to go on with."""
        self.path.unlink(missing_ok=True)


def run(steps: Sequence[Step], journal: Journal, say: Callable[[str], None]) -> list[Done]:
    """Do the steps in order; `say` gets a line for each. Raises what a step raises, its number before it."""
    done = []
    for number, step in enumerate(steps, 1):
        head = f"step {number} of {len(steps)}: {step.title}"
        say(head if step.unplug else f"{head}. DO NOT SWITCH IT OFF")
        started = time.monotonic()
        try:
            step.do(_percent(head, say))
        except DeviceError as exc:
            raise DeviceError(f"step {number} of {len(steps)} ({step.title}): {exc.message}") from exc
        journal.note(step.name, step.writes)
        done.append(Done(step.name, round(time.monotonic() - started, 1)))
    return done


def _percent(head: str, say: Callable[[str], None]) -> Told:
    """Tell of progress at each tenth."""
    last = [0]

    def told(part: float) -> None:
        tenth = int(part * 10)
        if tenth > last[0]:
            last[0] = tenth
            say(f"{head}: {tenth * 10} %")

    return told
