"""An uplink in a process of its own, so that tests can run it on either paho and kill it.

Started as a program: one JSON object with the broker's particulars as argument; orders as JSON lines on standard
input, what happens as JSON lines on standard output.
"""

import json
import os
import queue
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

WAIT_S = 20.0
PREFIX = "footfall/1/acme/door"
# The paho-mqtt of OpenWrt 24.10 and 25.12, which `make setup` puts beside the newer one.
PAHO_1 = Path(sys.prefix) / "paho-1.6"
PAHO_PATHS = {"paho 1.6.1": str(PAHO_1), "paho 2": ""}


class Driver:
    """The test's end of it. `events` holds what it said, in order."""

    def __init__(self, host: str, port: int, paho: str, **options: object) -> None:
        said = {"host": host, "port": port, "client_id": "door", "will": b"the will".hex(), **options}
        self._process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(said)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PAHO_PATHS[paho]},
        )
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.paho = self.expect("paho")["paho"]

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.events.put(json.loads(line))

    def expect(self, name: str) -> dict[str, Any]:
        """The next thing said that has this name; what was said before it is passed over. Raises queue.Empty."""
        give_up_s = time.monotonic() + WAIT_S
        while True:
            event = self.events.get(timeout=max(0.0, give_up_s - time.monotonic()))
            if name in event:
                return event

    def order(self, **order: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def publish(self, leaf: str, payload: bytes) -> bool:
        self.order(publish=leaf, payload=payload.hex())
        return bool(self.expect("published")["published"])

    def usage(self) -> dict[str, Any]:
        """What the process has used so far: CPU seconds, open files, threads."""
        self.order(usage=True)
        return self.expect("cpu_s")

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Let it say goodbye."""
        assert self._process.stdin
        assert self._process.stdout
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                raise
        self._process.wait()
        self._reader.join(WAIT_S)
        self._process.stdout.close()
        self._process.stdin.close()


def _say(**event: object) -> None:
    os.write(sys.stdout.fileno(), json.dumps(event).encode() + b"\n")  # whole: several threads speak


def _main(said: dict[str, Any]) -> None:
    import paho.mqtt

    from footfall_sensor import broker, uplink

    _say(paho=paho.mqtt.__version__)
    uplink.RETRY_S_MIN = said.get("retry_s_min", 0.05)
    uplink.RETRY_S_MAX = said.get("retry_s_max", 0.2)
    uplink.CONNACK_WAIT_S = said.get("connack_wait_s", 5.0)
    target = broker.Broker(said["host"], said["port"], said["client_id"], version=said.get("version", "auto"))
    link = uplink.Uplink(target, PREFIX, ("ack", "epoch"), bytes.fromhex(said["will"]))

    def report() -> None:
        while True:
            event = link.events.get()
            if isinstance(event, uplink.Message):
                _say(message=event.leaf, payload=event.payload.hex())
            elif isinstance(event, uplink.Connected):
                _say(connected=event.version)
            else:
                _say(disconnected=event.reason)

    threading.Thread(target=report, daemon=True).start()
    link.start()
    for line in sys.stdin:
        order = json.loads(line)
        if "publish" in order:
            _say(published=link.publish(order["publish"], bytes.fromhex(order["payload"])))
        elif "usage" in order:
            used = resource.getrusage(resource.RUSAGE_SELF)
            _say(
                cpu_s=used.ru_utime + used.ru_stime,
                files=len(os.listdir("/proc/self/fd")),
                threads=threading.active_count(),
            )
    link.stop()


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
