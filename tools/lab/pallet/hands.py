"""One unit of the pallet in the technician's hands: plugged in, checked, written, verified, by the real commands."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import ToolError
from .bench import Bench
from .delivery import PASSWORD, REFUSED, SENTENCES, VERSION, Fault, Unit, Way
from .fake import Fake
from .office import Office

SECONDS_MAX = 300  # of any one command, on a machine with other work


@dataclass(slots=True)
class Outcome:
    """What became of a unit, and what the commands said."""

    unit: str
    way: str
    fault: str
    verified: bool = False
    refused: bool = False
    recovered: bool = False
    resumed: bool = False
    says: str = ""  # the sentence of what was wrong
    wrong: list[str] = field(default_factory=list)  # what the lab did not expect
    noticed_s: float = 0.0  # from the cut of the line to the end of the run that it hit
    seconds: float = 0.0


class Hands:
    """A unit on a bench of its own."""

    def __init__(self, unit: Unit, folder: Path, images: Path, office: Office) -> None:
        self.unit, self._folder, self._office = unit, folder, office
        self._image = images / unit.image
        self._bench = Bench(folder)
        self._boot = ""
        self._made = Outcome(unit.name, unit.way, unit.fault)

    def carry(self) -> Outcome:
        """The whole way."""
        began_s, unit, made = time.monotonic(), self.unit, self._made
        with self._bench:
            try:
                if unit.fault in REFUSED:
                    self._refuse()
                else:
                    self._write()
                    self._verify()
            except (ToolError, TimeoutError, ValueError, KeyError, subprocess.TimeoutExpired) as exc:
                made.wrong.append(str(exc))
        made.seconds = round(time.monotonic() - began_s, 1)
        return made

    def _refuse(self) -> None:
        self._plug()
        check: tuple[str | Path, ...] = ("check", *self._where(), "--image", self._image)
        for command in (check, self._flash()):
            done = self._bench.run(*command, "--json", timeout=SECONDS_MAX)
            said = last(done.stdout, done.stderr)
            whats = [problem["what"] for problem in said["problems"]]
            self._says(whats[0] if whats else "")
            self._expect(done.returncode == 1 and not said["ok"], f"{command[0]} lets it pass")
        self._expect(not (self._bench.folder / "written").exists(), "something was written")
        self._made.refused = not self._made.wrong

    def _write(self) -> None:
        fault = self.unit.fault
        if self.unit.way is Way.LOADER:
            self._serve()
            return
        self._plug()
        if self.unit.way is Way.OPENWRT:
            self._boot = self._office.speaks(self.unit, "0.0.9")  # it was somebody's before
        done = self._bench.run("check", *self._where(), "--image", self._image, "--json", timeout=SECONDS_MAX)
        self._expect(done.returncode == 0, f"check: {done.stdout} {done.stderr}")
        if fault is Fault.CUT:
            self._cut()
        if fault is Fault.KILLED:
            self._kill()
        done = self._bench.run(*self._flash(), "--json", timeout=SECONDS_MAX)
        self._flashed(done.stdout, done.stderr)

    def _cut(self) -> None:
        """The cable is pulled at 40 % of the upload; the run says so, and the cable goes in again."""
        code, lines, self._made.noticed_s = self._watched("upload", "40 %", self._bench.cut)
        self._bench.mend()
        self._says(next((line for line in lines if "was cut" in line), lines[-1] if lines else ""))
        self._expect(code == 1, "the run went well without a line")
        self._expect(not (self._bench.folder / "written").exists(), "half an image was written")
        self._made.recovered = True

    def _kill(self) -> None:
        """The run is killed when the unit has been written: another one goes on, and writes no second time."""
        with subprocess.Popen(self._bench.command(*self._flash()), stdout=subprocess.DEVNULL) as running:
            self._bench.wait_for("written", SECONDS_MAX)
            running.send_signal(signal.SIGKILL)
        self._made.resumed = True

    def _serve(self) -> None:
        words = self._bench.command(*self._flash(), "--json")
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            assert running.stderr is not None
            while "hold the reset button" not in (line := running.stderr.readline()):
                if not line:
                    raise ToolError("flash ended before it served")
            time.sleep(0.5)
            self._plug()
            out, err = running.communicate(timeout=SECONDS_MAX)
        self._flashed(out, err)

    def _verify(self) -> None:
        unit, made = self.unit, self._made
        if unit.fault is not Fault.SILENT:
            self._office.speaks(unit)
        words: list[str | Path] = ["verify", unit.name, "--dir", self._office.folder, "--version", VERSION, "--json"]
        if self._boot:
            words += ["--boot-before", self._boot]
        done = self._bench.run(*words, timeout=SECONDS_MAX)
        said = last(done.stdout, done.stderr)
        made.verified = bool(said["ok"]) and done.returncode == 0
        if unit.fault is Fault.SILENT:
            made.refused = not made.verified
            heartbeat = next(one for one in said["checks"] if one["name"] == "heartbeat")
            self._says("" if heartbeat["ok"] else heartbeat["says"])
        else:
            self._expect(made.verified, f"verify: {said}")

    def _flashed(self, out: str, err: str) -> None:
        said = last(out, err)
        self._expect(bool(said.get("flashed")), f"flash: {out} {err}")
        written = (self._bench.folder / "written").read_bytes()
        self._expect(written == self._image.read_bytes(), "another image was written")
        if self._made.resumed:
            names = [step["name"] for step in said["steps"]]
            self._expect(names == ["return"], f"the second run did {names}")

    def _watched(self, step: str, mark: str, do: Callable[[], None]) -> tuple[int, list[str], float]:
        """Run flash; at a line of this step with the mark, do something. Exit code, lines, and seconds from then."""
        lines: list[str] = []
        began_s = time.monotonic()
        words = self._bench.command(*self._flash())
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
            assert running.stdout is not None
            for line in running.stdout:
                lines.append(line.strip())
                if step in line and mark in line:
                    do()
                    began_s = time.monotonic()
            code = running.wait(SECONDS_MAX)
            return code, lines, round(time.monotonic() - began_s, 1)

    def _plug(self) -> None:
        unit = self.unit
        if unit.way is Way.PAGE:
            self._bench.plug(Fake("192.168.0.254", board=unit.board, stock_password="admin", stock=unit.stock))  # noqa: S106
        elif unit.way is Way.LOADER:
            self._bench.plug(Fake("192.168.0.254", loader=True))
            return
        else:
            self._bench.plug(Fake("192.168.1.1", board=unit.board))
        self._bench.wait_for("pid", 60)

    def _where(self) -> tuple[str, ...]:
        if self.unit.way is Way.PAGE:
            return ("192.168.0.254", "--user", "admin", "--password", PASSWORD)
        return ("192.168.1.1",)

    def _flash(self) -> tuple[str | Path, ...]:
        base = ("flash", self._image, "--state", self._folder / "state")
        if self.unit.way is Way.LOADER:
            return (*base, "--label", "CPE210(EU) Ver: 3.20")
        address, *login = self._where()
        return (*base, "--address", address, *login, *(("--from-box",) if self.unit.way is Way.PAGE else ()))

    def _says(self, sentence: str) -> None:
        self._made.says = sentence
        self._expect(SENTENCES[self.unit.fault] in sentence, f"it says: {sentence}")

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self._made.wrong.append(otherwise.strip()[:600])


def last(out: str, err: str) -> dict[str, Any]:
    """The JSON object on a command's last line. Raises ToolError."""
    try:
        said: dict[str, Any] = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError) as exc:
        raise ToolError(f"no answer: {out.strip()[-300:]} {err.strip()[-300:]}") from exc
    return said
