"""The sensor under test: the agent, and a watch over all that it leaves outside its process."""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from .tools import OUT, say, start, stop, until

LOOK_S = 0.1
WRITABLE = ("/dev/shm", "/etc", "/root", "/run", "/tmp", "/var")  # noqa: S108 - places to look into
USER = 646  # what the package makes for the agent
CLOCK = Path("/var/run/footfall-clock")  # what OpenWrt's NTP daemon would have left: the guest has its host's time
LISTEN, LISTEN_AND_HOP = "+net_raw", "+net_raw,+net_admin"


def confined(capabilities: str) -> list[str]:
    """The words that run a program as procd runs the agent: a user of its own and few capabilities for ever."""
    return [
        *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"),
        *(f"--{which}=-all,{capabilities}" for which in ("inh-caps", "ambient-caps", "bounding-set")),
    ]


class Agent:
    """A started agent. `states` are the states of its radio in the order in which it said them."""

    def __init__(self, name: str, capabilities: str) -> None:
        self.name = name
        self.states: list[str] = []
        self.said: dict[str, object] = {}
        self._folder = Path("/var/run", name)
        self._kept: dict[Path, bytes] = {}  # what was in each file when it was looked at last
        self._copies = 0
        self._ended = threading.Event()
        self._folder.mkdir(parents=True)
        (OUT / "kept" / name).mkdir(parents=True)
        CLOCK.write_text("periodic 3 0.000\n")
        for path in (self._folder, Path("/etc", name), Path("/etc", name, "sensor.key")):
            os.chown(path, USER, USER)
        command = [sys.executable, "-u", "-m", "footfall_sensor", "run", "--config", f"/etc/lab/{name}.uci"]
        self._process = start(name, *confined(capabilities), *command)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def listens(self) -> bool:
        """Whether it hears the air and has a key, so that nothing is lost from now on."""
        return bool(self.said.get("epoch")) and self.states[-1:] == ["listening"]

    def has_sent_all(self, until_ms: int) -> bool:
        """Whether the agent has come to this time, and the collector has everything."""
        return int(str(self.said.get("time_ms", 0))) >= until_ms and self.said.get("spool_batches") == 0

    def in_state(self, state: str, wait_s: float) -> bool:
        """Wait for a state of the radio."""
        return until(lambda: self.states[-1:] == [state], wait_s, f"{self.name} says {state}")

    def stop(self) -> None:
        """End it in good order, and keep every file that it has left anywhere."""
        code = stop(self._process)
        self._ended.set()
        self._watcher.join()
        for top in WRITABLE:
            for path, raw in _files(top):
                self._keep(path, raw)
        say("agent", name=self.name, exit_code=code, states=self.states, said=self.said)

    def _watch(self) -> None:
        """Keep every status it writes and every file of its spool: the host looks through them for what must not be."""
        while not self._ended.wait(LOOK_S):
            for path, raw in _files(self._folder):
                if raw != self._kept.get(path) and path.name == "status.json":
                    self._note(raw)
                self._keep(path, raw)

    def _keep(self, path: Path, raw: bytes) -> None:
        if raw != self._kept.get(path):
            self._kept[path] = raw
            self._copies += 1
            (OUT / "kept" / self.name / f"{self._copies:05d}-{path.name}").write_bytes(raw)

    def _note(self, raw: bytes) -> None:
        self.said = json.loads(raw)
        state = str(self.said.get("radio"))
        if self.states[-1:] != [state]:
            self.states.append(state)
            say("radio", agent=self.name, state=state)


def _files(top: "str | Path") -> Iterator[tuple[Path, bytes]]:
    """The files of the agent's user below `top` and what is in them; what vanishes meanwhile is left out."""
    for folder, _, names in os.walk(top):
        for path in (Path(folder, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_uid == USER and path.is_file() and (raw := path.read_bytes()):
                    yield path, raw
