"""The mail server that letters go out by, as one URL says it."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    tls: bool  # from the start; else STARTTLS, which only a server on this machine may lack
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return self.host in LOCAL

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """Of smtp://USER:PASSWORD@HOST:PORT or smtps://. Raises ValueError, which does not repeat the URL."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError("no URL of a mail server")
        try:
            port = parts.port or PORTS[parts.scheme]
        except ValueError:
            raise ValueError("no port") from None
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)
