"""Units one after another at one port, under one `footfall device watch`, which is killed on the way and goes on."""

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from ...errors import ToolError
from .bench import Bench
from .delivery import VERSION, Unit
from .fake import Fake
from .hands import SECONDS_MAX, Outcome, last
from .office import Office

ADDRESS = "192.168.1.1"


def carry(units: Sequence[Unit], folder: Path, images: Path, office: Office) -> list[Outcome]:
    """All of them; the run is killed while the second restarts. At least two units."""
    made = [Outcome(unit.name, f"{unit.way}, watch", unit.fault) for unit in units]
    folder.mkdir(parents=True)
    with Bench(folder) as bench:
        paths = sorted(images.iterdir())
        watch = _Watch(bench, ("watch", *paths, "--address", ADDRESS, "--state", folder / "state", "--json"))
        try:
            for number, (unit, one) in enumerate(zip(units, made, strict=True)):
                began_s = time.monotonic()
                _one(bench, watch, unit, one, office, killed=number == 1)
                one.seconds = round(time.monotonic() - began_s, 1)
        except (ToolError, TimeoutError, ValueError, KeyError) as exc:
            made[-1].wrong.append(str(exc))
        finally:
            watch.kill()
    return made


def _one(bench: Bench, watch: "_Watch", unit: Unit, made: Outcome, office: Office, killed: bool) -> None:
    watch.ready()
    before = office.speaks(unit, "0.0.9")
    bench.plug(Fake(ADDRESS, board=unit.board))
    if killed:
        when = bench.wait_for("written", SECONDS_MAX).stat().st_mtime_ns
        watch.kill()
        watch.start()
        made.resumed = True
    said = watch.entry()
    if not said["ok"]:
        made.wrong.append(str(said["says"]))
    if killed and (bench.folder / "written").stat().st_mtime_ns != when:
        made.wrong.append("it was written a second time")
    bench.unplug()
    office.speaks(unit)
    words = ("verify", unit.name, "--dir", office.folder, "--version", VERSION, "--boot-before", before, "--json")
    done = bench.run(*words, timeout=SECONDS_MAX)
    made.verified = bool(last(done.stdout, done.stderr)["ok"])


class _Watch:
    """A running `footfall device watch --json`, whose lines are read as they come."""

    def __init__(self, bench: Bench, words: Sequence[str | Path]) -> None:
        self._command = bench.command(*words)
        self._log = (bench.folder.parent / "watch.log").open("a+")
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        self._read = self._log.seek(0, 2)
        self._running = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=self._log, text=True)

    def kill(self) -> None:
        """As a laptop that is switched off."""
        self._running.send_signal(signal.SIGKILL)
        self._running.communicate()

    def ready(self) -> None:
        """Wait until it says that the next unit may come."""
        until_s = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until_s and self._running.poll() is None:
            self._log.seek(self._read)
            if "ready for the next unit" in self._log.read():
                self._read = self._log.tell()
                return
            time.sleep(0.2)
        raise ToolError("watch never became ready for the next unit")

    def entry(self) -> dict[str, object]:
        """What it says of the unit that is there."""
        assert self._running.stdout is not None
        line = self._running.stdout.readline()
        if not line:
            raise ToolError("watch ended")
        said: dict[str, object] = json.loads(line)
        return said
