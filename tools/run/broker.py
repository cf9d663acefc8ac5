"""A broker for one run: mosquitto where it is installed, else the embedded amqtt (3.1.1, enough for a first look)."""

import asyncio
import logging
import shutil
import socket
import sys
from pathlib import Path

from ..errors import ToolError
from .child import Child, module, wait_until

HOST = "127.0.0.1"
EMBEDDED = "the embedded broker"
READY_WAIT_S = 15.0

MOSQUITTO_CONF = """# Made by `footfall run`: this machine only, no accounts, nothing kept. Not for a shop.
listener {port} {host}
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 0
message_size_limit 65536
log_type error
log_type warning
"""


def find_mosquitto() -> str | None:
    """mosquitto's path; Debian puts it where only root looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def check_free(port: int, what: str, option: str) -> None:
    """Raise ToolError where somebody listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            raise ToolError(
                f"port {port} for the {what} is in use: end the program that listens there, or choose another "
                f"with {option}"
            ) from exc


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0


def start(folder: Path, port: int, kind: str = "auto") -> Child:
    """Start a broker on `port` and wait until it listens. kind: auto, mosquitto or embedded. Raises ToolError."""
    mosquitto = find_mosquitto() if kind != "embedded" else None
    if kind == "mosquitto" and not mosquitto:
        raise ToolError("mosquitto is not installed. Type: apt-get install mosquitto, or use --broker embedded")
    if mosquitto:
        conf = folder / "mosquitto.conf"
        conf.write_text(MOSQUITTO_CONF.format(port=port, host=HOST), encoding="utf-8")
        child = Child("mosquitto", [mosquitto, "-c", str(conf)], folder / "broker.log")
    else:
        child = Child(EMBEDDED, module("tools.run.broker", str(port)), folder / "broker.log")
    wait_until(lambda: listens(HOST, port), child, READY_WAIT_S, child.name)
    return child


async def _embedded(port: int) -> None:
    from amqtt.broker import Broker  # noqa: PLC0415 - half a second that mosquitto's users need not wait

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(_embedded(int(sys.argv[1])))
