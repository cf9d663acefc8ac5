"""Who gives a unit what it needs at the broker: a certificate (full profile), or a tunnel and a password (lean)."""

from dataclasses import dataclass
from typing import Protocol


class Issued(Protocol):
    """A certificate that was just made."""

    @property
    def pem(self) -> str:
        """The certificate itself."""

    @property
    def serial_hex(self) -> str:
        """Its number, unique in the authority: revocation goes by it."""

    @property
    def not_before_ms(self) -> int:
        """Its beginning, UTC."""

    @property
    def not_after_ms(self) -> int:
        """Its end, UTC."""


class Issuer(Protocol):
    """The certificate authority, as enrolment sees it."""

    @property
    def ca_pem(self) -> str:
        """Its own certificate, by which a unit knows the broker."""

    def issue_sensor(self, public_raw: bytes, user: str, now_ms: int) -> Issued:
        """A client certificate for a unit's Ed25519 key; `user` is its common name."""


class Gateway(Protocol):
    """What lets lean units in: the tunnel's other end, and the broker's passwords."""

    def tunnel(self, user: str, wireguard_key: bytes, now_ms: int) -> str:
        """Make the unit's key a peer of the tunnel; returns the configuration of the unit's end."""

    def password(self, user: str, public_raw: bytes, now_ms: int) -> bytes:
        """A new password for the broker, sealed for the unit's Ed25519 key: only the unit can open it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What every member is told of the broker. broker_host: empty = the host by which the unit reached us."""

    broker_host: str = ""
    broker_port: int = 1883
    issuer: Issuer | None = None  # None: this collector has no authority; its broker knows units by their names
    gateway: Gateway | None = None
