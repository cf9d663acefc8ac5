"""The TFTP server that a unit's boot loader asks for its recovery image. The protocol is tftpy's."""

import errno
import io
import logging
import tempfile
import threading
from pathlib import Path, PurePosixPath
from types import TracebackType

import tftpy

from ..errors import DeviceError

PORT = 69
RESEND_S = 1  # also how soon the server hears that it is to end
_START_S = 5


class _Image(io.FileIO):
    """The image as one transfer reads it: a real file, since tftpy locks what it reads."""

    def __init__(self, path: Path, server: "RecoveryServer") -> None:
        super().__init__(path)
        self._server = server

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(-1 if size is None else size) or b""
        self._server.sent = self.tell()
        return part

    def close(self) -> None:
        # tftpy closes the file at the end of a transfer, good or not. Boot loaders leave out the last
        # acknowledgement; whether the unit took it all is seen when it comes back.
        if not self.closed and self.tell() == self._server.size:
            self._server.whole.set()
        super().close()


class RecoveryServer:
    """Serves one file by its name, and nothing else; a context manager. Raises DeviceError where it cannot listen."""

    def __init__(self, name: str, image: bytes, address: str, port: int = PORT) -> None:
        self.name, self.address, self.port = name, address, port
        self.sent = 0  # bytes of the newest transfer
        self.peer = ""  # who asked last
        self.other = ""  # a name that was asked for, and is not served
        self.whole = threading.Event()
        self.size = len(image)
        self._root = tempfile.TemporaryDirectory(prefix="footfall-tftp-")
        self._path = Path(self._root.name, "image")
        self._path.write_bytes(image)
        logging.getLogger("tftpy").setLevel(logging.CRITICAL)  # what matters is said by us
        self._empty = Path(self._root.name, "empty")
        self._empty.mkdir()
        self._server = tftpy.TftpServer(str(self._empty), dyn_file_func=self._opened)
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "RecoveryServer":
        self._thread.start()
        while not self._server.is_running.wait(0.05) and self._thread.is_alive():
            pass
        if self._failed is not None:
            self._root.cleanup()
            raise DeviceError(_why(self._failed, self.address, self.port)) from self._failed
        self.port = self._server.listenport or self.port
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(now=True)
        self._thread.join(RESEND_S + _START_S)
        self._root.cleanup()

    def _listen(self) -> None:
        try:
            self._server.listen(self.address, self.port, timeout=RESEND_S)
        except OSError as exc:
            self._failed = exc

    def _opened(self, name: str, raddress: str = "", rport: int = 0) -> io.FileIO | None:
        self.peer = raddress
        if PurePosixPath(name).name != self.name:
            self.other = name[:100]
            return None
        self.whole.clear()
        return _Image(self._path, self)


def linked() -> list[str]:
    """The network interfaces of this computer that have a link now."""
    found = []
    for interface in sorted(Path("/sys/class/net").glob("*")):
        try:
            up = (interface / "carrier").read_text(encoding="ascii").strip() == "1"
        except OSError:  # an interface that is down tells nothing
            continue
        if up and interface.name != "lo":
            found.append(interface.name)
    return found


def _why(error: OSError, address: str, port: int) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        interfaces = linked()
        name = interfaces[0] if len(interfaces) == 1 else "INTERFACE"
        others = f" (those with a link: {', '.join(interfaces)})" if len(interfaces) > 1 else ""
        return f"this computer has not the address {address}. Give it: ip addr add {address}/24 dev {name}{others}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} is for root: run it with sudo"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: another TFTP server runs here. Stop it"
    return f"cannot listen at {address}, port {port}: {error.strerror}"
