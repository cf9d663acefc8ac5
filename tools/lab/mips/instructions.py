"""Instructions of the emulated processor, counted by a plugin of qemu's user mode: the kernel's are not among them.

A difference of two runs, with few frames and with many, is the frames' own. Nothing here depends on this host's speed.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ...bench.frames import synthetic
from ...errors import ToolError
from . import cargo, stack
from .build import HERE, Built
from .guest import scene

FEW, MANY = 1000, 3000
STEPS = ("empty_call", "bare", "from_memory", "from_ring")  # of guest/steps.py
BATCH_BYTES = 9600  # about what 400 sightings take
READY = """
from pathlib import Path
from footfall_sensor import __main__, live, startup
live.start(startup.begin(Path({!r})))
"""


@dataclass(frozen=True, slots=True)
class Instructions:
    """Of one profile."""

    steps: dict[str, int]  # a frame
    compile: int  # the agent's sources
    check: int  # its settings
    start: int  # until it could listen
    signing: int  # one batch, by the program that stands for usign


class Counter:
    """Runs a tree's Python, and programs, under the counter. `folder` is this run's."""

    def __init__(self, built: Built, tree: Path, root: Path, folder: Path) -> None:
        self._built, self._tree, self._root, self._folder = built, tree, root, folder
        self._plugin = built.folder / "count.so"
        command = ["gcc", "-shared", "-fPIC", "-O2", "-o", str(self._plugin), str(HERE / "count.c")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ToolError(f"the plugin that counts could not be built: {done.stderr.strip()}")

    def python(self, *arguments: str) -> int:
        """Instructions from the start of this interpreter to its end."""
        return self._counted(str(self._tree / stack.PROGRAM), "-P", "-s", *arguments)

    def _counted(self, *command: str) -> int:
        said = self._folder / "count.log"
        said.unlink(missing_ok=True)
        words = [stack.EMULATOR, *stack.CPU, "-plugin", str(self._plugin), "-d", "plugin", "-D", str(said), *command]
        environment = stack.environment(self._tree) | {"PYTHONPYCACHEPREFIX": str(self._folder / "code")}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, cwd=self._folder)
        if done.returncode:
            raise ToolError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return total(said.read_text())

    def measure(self) -> Instructions:
        """All of it. Raises ToolError."""
        air = self._folder / "air.pcap"
        air.write_bytes(cargo.capture(frame.raw for frame in synthetic().frames[:MANY] if frame is not None))
        signing = self._signing()
        steps = {}
        for step in STEPS:
            few, many = (self.python("-m", "guest.steps", step, str(count), str(air)) for count in (FEW, MANY))
            steps[step] = (many - few) // (MANY - FEW)
        # As the package's init script does it: compile the sources, ask whether the settings will do, start.
        compiling = self.python("-m", "compileall", "-q", "-f", str(self._tree / stack.AGENT))
        settings = self._settings()
        check = self.python("-m", "footfall_sensor", "check", "--config", str(settings))
        start = self.python("-c", READY.format(str(settings)))
        return Instructions(steps, compiling, check, start, signing)

    def _settings(self) -> Path:
        """The machine's settings, with its folders where they are here."""
        text = (self._root / scene.CONFIG.relative_to("/")).read_text()
        for path, here in (
            (scene.STATE_DIR, self._root / scene.STATE_DIR.relative_to("/")),
            (scene.RUN_DIR, self._folder / "run"),
        ):
            text = text.replace(f"'{path}'", f"'{here}'")
        settings = self._folder / "sensor.uci"
        settings.write_text(text)
        return settings

    def _signing(self) -> int:
        message = self._folder / "message"
        message.write_bytes(bytes(BATCH_BYTES))
        key = self._folder / "key.sec"  # a name that signify insists on
        key.write_text((self._root / scene.STATE_DIR.relative_to("/") / "sensor.key").read_text())
        return self._counted(
            str(self._built.signify), "-S", "-s", str(key), "-m", str(message), "-x", f"{message}.signature"
        )


def total(said: str) -> int:
    """The number in what the plugin said: a line of each process, the last one's counts. Raises ToolError."""
    counts = [line.split()[1] for line in said.splitlines() if line.startswith("instructions ")]
    if not counts or not counts[-1].isdigit():
        raise ToolError("the plugin that counts instructions said nothing; is this qemu built with plugins?")
    return int(counts[-1])
