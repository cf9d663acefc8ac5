"""Brokers for tests: a real mosquitto that can be stopped and killed, and a fake that refuses MQTT 5."""

import getpass
import os
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

START_S_MAX = 10.0
MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Mosquitto:
    """A mosquitto of its own: free port, own configuration, nothing kept on disk. Its port survives a restart."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, settings: Sequence[str] = ()) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        lines = (
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            "persistence false",
            "set_tcp_nodelay true",
            "max_queued_messages 0",
            f"user {getpass.getuser()}",
            *settings,
        )
        self._config.write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        assert MOSQUITTO, "the fixture skips where mosquitto is absent"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stdout=log, stderr=log)
        give_up_s = time.monotonic() + START_S_MAX
        while time.monotonic() < give_up_s and self._process.poll() is None:
            try:
                socket.create_connection((self.host, self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError(f"mosquitto does not answer on port {self.port}:\n{self._log.read_text()}")

    def stop(self) -> None:
        """End it in good order (SIGTERM)."""
        if self._process:
            self._process.terminate()
            self._process.wait(START_S_MAX)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._process:
            self._process.kill()
            self._process.wait(START_S_MAX)
            self._process = None


class RefusingBroker:
    """A FAKE broker: it knows MQTT 3.1.1 just well enough to be connected to, and refuses 5 in one of four ways.

    mosquitto cannot be made to refuse MQTT 5, so this stands in for brokers that do. It keeps the packets of QoS 1
    that it got, and the protocol levels it was asked for.
    """

    host = "127.0.0.1"
    REFUSALS: ClassVar = {
        "with MQTT 5's own reason 0x84": bytes((0x20, 3, 0, 0x84, 0)),
        "with MQTT 3.1.1's return code 1": bytes((0x20, 2, 0, 1)),
        "by hanging up": b"",
        "by never answering": None,
    }

    def __init__(self, refusal: bytes | None) -> None:
        self.levels: list[int] = []
        self.published: list[bytes] = []
        broker = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while packet := self._packet():
                    kind, body = packet
                    if kind >> 4 == 1:  # CONNECT: protocol name (2 + 4 bytes), then the level
                        broker.levels.append(body[6])
                        if body[6] != 4 and refusal is None:
                            continue
                        if body[6] != 4:
                            self.wfile.write(refusal)
                            return
                        self.wfile.write(bytes((0x20, 2, 0, 0)))
                    elif kind >> 4 == 8:  # SUBSCRIBE: every topic of it is granted QoS 1
                        topics, at = 0, 2
                        while at < len(body):
                            at += 2 + int.from_bytes(body[at : at + 2], "big") + 1
                            topics += 1
                        self.wfile.write(bytes((0x90, 2 + topics)) + body[:2] + b"\1" * topics)
                    elif kind >> 4 == 3:  # PUBLISH
                        broker.published.append(body)
                        at = 2 + int.from_bytes(body[:2], "big")
                        self.wfile.write(bytes((0x40, 2)) + body[at : at + 2])
                    elif kind >> 4 == 12:  # PINGREQ
                        self.wfile.write(bytes((0xD0, 0)))
                    elif kind >> 4 == 14:
                        return

            def _packet(self) -> tuple[int, bytes] | None:
                try:
                    head = self.rfile.read(1)
                    size = shift = 0
                    while head and (byte := self.rfile.read(1)):
                        size |= (byte[0] & 0x7F) << shift
                        shift += 7
                        if not byte[0] & 0x80:
                            return head[0], self.rfile.read(size)
                except OSError:
                    pass
                return None

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server((self.host, 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class SilentListener:
    """A FAKE host that resets whoever connects, and counts them."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server((self.host, 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
