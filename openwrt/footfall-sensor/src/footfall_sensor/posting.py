"""Posting to the collector, by HTTP. Nothing rests on the way being secret or safe: see enrolling and claim."""

import http.client
import re
import socket
from contextlib import closing
from typing import Any

from .errors import EnrolmentError
from .wire.envelope import ENVELOPE_BYTES_MAX

PATH = "/enrol"
TIMEOUT_S = 20.0
PORTS = {"http": 80, "https": 443}
SAYS_CHARS_MAX = 200
_URL = re.compile(r"(https?)://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?(/.*)?")


class Post:
    """HTTP requests to one collector."""

    def __init__(self, url: str) -> None:
        """Raises EnrolmentError where the address will not do."""
        found = _URL.fullmatch(url)
        if not found or int(found[3] or 1) > 65535:
            raise EnrolmentError(f"option enrol_url: '{url}' will not do; http://HOST:PORT is wanted")
        self._tls = found[1] == "https"
        self.host = found[2].strip("[]")
        self.port = int(found[3] or PORTS[found[1]])
        self._shown = found[2]
        self._path = found[4] if found[4] not in (None, "/") else PATH

    def challenge(self) -> bytes:
        """See enrolling.Transport."""
        return self._ask("GET", None)

    def submit(self, sealed: bytes) -> bytes:
        """See enrolling.Transport."""
        return self._ask("POST", sealed)

    def _ask(self, method: str, body: bytes | None) -> bytes:
        where = f"{self._shown}:{self.port}"
        try:
            with closing(http.client.HTTPConnection(self._shown, self.port)) as connection:
                connection.sock = self._connect()
                headers = {"Content-Type": "application/octet-stream"} if body else {}
                connection.request(method, self._path, body, headers)
                answer = connection.getresponse()
                said = answer.read(ENVELOPE_BYTES_MAX + 1)
        except (OSError, http.client.HTTPException) as exc:
            raise EnrolmentError(
                f"the collector at {where} cannot be asked: {_plain(str(exc)) or type(exc).__name__}. Cable, gateway, "
                "the address and port of enrol_url? Does its page listen there: http_host at the collector?"
            ) from exc
        if answer.status != http.client.OK:
            raise EnrolmentError(f"{where} answers {answer.status}: {_plain(said.decode('utf-8', 'replace'))}")
        return said

    def _connect(self) -> socket.socket:
        """The host goes as bytes: as text it would want the tables of python3-codecs, which a unit has not."""
        host: Any = self.host.encode("ascii")  # which socket takes, and its types do not know
        connected = socket.create_connection((host, self.port), TIMEOUT_S)
        if not self._tls:
            return connected
        try:
            import ssl  # noqa: PLC0415 - a lean unit has none, and asks by plain HTTP

            return ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        except ImportError as exc:
            connected.close()
            raise EnrolmentError("this unit has no TLS: give enrol_url as http://, which is as good here") from exc
        except OSError:
            connected.close()
            raise


def _plain(text: str) -> str:
    """What a server said, cut to length, with nothing in it that a terminal or a log would act on."""
    return "".join(letter for letter in text[:SAYS_CHARS_MAX].strip() if letter.isprintable())
