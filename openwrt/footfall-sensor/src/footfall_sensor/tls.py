"""Mutual TLS 1.3 to the broker: the unit shows a certificate for its own key, and takes the collector's authority.

OpenSSL reads a private key from a file only. The unit's lies in usign's format on flash, so it is put into a file of
the kernel's memory for as long as the reading takes: no second copy is ever on a file system.

A clock that nobody vouches for says nothing about a certificate's dates: then the broker's need only not have ended
before this version was made. What the broker could do with an old certificate is little: words come down signed.
"""

import base64
import calendar
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import BUILT_S, keys, ntp
from .config import Config
from .errors import SensorError

try:
    import ssl
except ImportError:  # a lean unit
    ssl = None  # type: ignore[assignment]

PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")  # RFC 8410: what stands before the seed
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, which Python has no name for
NOT_YET, ENDED, OTHER_NAME, OTHER_ADDRESS = 9, 10, 62, 64  # X509_V_ERR_*
_VALIDITY = re.compile(rb"\x30\x1e\x17\x0d(\d{12})Z\x17\x0d(\d{12})Z")  # two UTCTime, RFC 5280
_REFUSALS = {
    "CERTIFICATE_REVOKED": "it has been revoked. If the unit is not stolen, enrol it again",
    "CERTIFICATE_EXPIRED": "it has ended, by the broker's clock. Enrol the unit again",
    "UNKNOWN_CA": "it is of another collector. Enrol the unit at this one",
    "CERTIFICATE_REQUIRED": "it saw none. Enrol the unit again",
}


class TlsError(SensorError):
    """What TLS needs is missing or wrong on this unit."""


if ssl is not None:

    class Socket(ssl.SSLSocket):
        """Closes itself where the handshake fails: paho lets go of it open."""

        def do_handshake(self, block: bool = False) -> None:
            """See ssl.SSLSocket."""
            try:
                super().do_handshake(block)
            except (OSError, ValueError):
                self.close()
                raise


@dataclass(frozen=True, slots=True)
class Tls:
    """One unit's end of it. Its files are read anew for each connection."""

    config: Config

    def context(self) -> Any:
        """An SSLContext for one connection. Raises TlsError or SigningError."""
        if ssl is None:
            raise TlsError("this Python has no ssl: install python3-openssl, or set option tls to off and use a tunnel")
        authority, certificate = self.config.authority_path, self.config.certificate_path
        for path in (authority, certificate):
            if not path.exists():
                raise TlsError(f"{path} is missing; enrolment puts it there. Enrol the unit, or set option tls to off")
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.sslsocket_class = Socket
        try:
            made.load_verify_locations(authority)
            with in_memory(private_key_pem(keys.read_secret(self.config.key_path).seed)) as key:
                made.load_cert_chain(certificate, key)
        except (OSError, ValueError) as exc:  # ssl.SSLError is an OSError
            raise TlsError(
                f"{certificate}, {authority} and {self.config.key_path} do not fit together ({exc}). Enrol it again"
            ) from exc
        if not self._clock_known():
            made.verify_flags |= NO_CHECK_TIME
        return made

    def check(self, socket: Any) -> None:
        """Where the clock is not known, the least that must hold of the broker's certificate. Raises TlsError."""
        if self._clock_known():
            return  # OpenSSL has looked
        ends = socket.getpeercert()["notAfter"]
        if ssl.cert_time_to_seconds(ends) < BUILT_S:
            raise TlsError(f"the broker's certificate ended on {ends}, before this version was made. Renew it there")

    def explain(self, exc: Exception, host: str) -> str:
        """In plain words why this unit could not make the connection; "" where TLS has no part in it."""
        if not isinstance(exc, ssl.SSLError):
            return ""
        code = getattr(exc, "verify_code", 0)
        if code in (OTHER_NAME, OTHER_ADDRESS):
            return (
                f"the broker's certificate is not for {host}. Set option broker_host to a name it has, or add this one"
            )
        if code in (NOT_YET, ENDED):
            now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
            when = "is not valid yet" if code == NOT_YET else "has ended"
            return (
                f"the broker's certificate {when} by this unit's clock, {now} UTC. Is the clock right? Is NTP reached?"
            )
        if code:
            return (
                f"the broker's certificate is not of the authority in {self.config.authority_path}. Is it the broker's?"
            )
        return self.refusal(str(exc))

    def refusal(self, said: str) -> str:
        """In plain words why the broker ended the connection, from what OpenSSL said."""
        if "PROTOCOL_VERSION" in said:
            return "the broker does not speak TLS 1.3. Is it the collector's, on the right port?"
        for alert, words in _REFUSALS.items():
            if alert in said:
                return f"the broker refuses this unit's certificate: {words}"
        ends_s = not_after_s(self.config.certificate_path)
        if ends_s is not None and time.time() > max(ends_s, BUILT_S):
            ended = time.strftime("%Y-%m-%d", time.gmtime(ends_s))
            return f"the broker hung up: this unit's certificate ended on {ended}. Enrol the unit again"
        if "EOF occurred" in said or "reset" in said:
            return (
                "the broker hung up on this unit's certificate. Was the unit revoked, or enrolled at another collector?"
            )
        return f"no TLS with the broker: {said}"

    def _clock_known(self) -> bool:
        """Whether somebody vouches for the clock: NTP where its daemon tells us, else its own plausibility."""
        by_ntp = ntp.vouches(self.config.clock)
        return time.time() >= BUILT_S and (not by_ntp or ntp.stamp(self.config.clock_file) != 0)


def available() -> bool:
    """Whether this Python has TLS at all."""
    return ssl is not None


def private_key_pem(seed: bytes) -> bytes:
    """An Ed25519 seed as OpenSSL reads it (PKCS#8)."""
    return b"-----BEGIN PRIVATE KEY-----\n%s-----END PRIVATE KEY-----\n" % base64.encodebytes(PKCS8_ED25519 + seed)


@contextmanager
def in_memory(content: bytes) -> Iterator[str]:
    """A file that only this process sees, and only within the block."""
    descriptor = os.memfd_create("footfall")
    try:
        os.write(descriptor, content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def not_after_s(certificate: Path) -> float | None:
    """When a certificate ends, UTC; None where the file holds none that we understand."""
    try:
        lines = certificate.read_text(encoding="ascii").splitlines()
        found = _VALIDITY.search(base64.b64decode("".join(line for line in lines if "-" not in line)))
        return None if found is None else calendar.timegm(time.strptime(found[2].decode(), "%y%m%d%H%M%S"))
    except (OSError, ValueError):
        return None
