"""Who gives a unit what it needs at the broker: a certificate (full profile), or a tunnel and a password (lean)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from ..records.registry import Sensor


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
    """The certificate authority, as enrolment sees it. Both write to the registry: call them in no transaction."""

    def issue_sensor(self, public_raw: bytes, user: str, now_ms: int) -> Issued:
        """A client certificate for a unit's Ed25519 key; `user` is its common name."""

    def revoke_users(self, users: Collection[str], now_ms: int) -> None:
        """Everything that these users hold is good no more."""


@dataclass(frozen=True, slots=True)
class Way:
    """A lean unit's way in. password: at the broker, sealed for the unit's X25519 key of this request."""

    tunnel: str
    password: bytes
    broker_host: str  # within the tunnel
    broker_port: int


class Gateway(Protocol):
    """What lets lean units in: the tunnel's other end, and the broker's passwords. Call it in no transaction."""

    def admit(self, sensor: Sensor, wireguard_key: bytes, sealing_key: bytes, now_ms: int) -> Way:
        """Make the unit's key a peer, with a new password; what the unit must be told.

        Raises CollectorError, and Malformed where nothing can be sealed for its key.
        """


@dataclass(frozen=True, slots=True)
class Terms:
    """What every member is told of the broker. broker_host: empty = the host by which the unit reached us."""

    broker_host: str = ""
    broker_port: int = 1883
    issuer: Issuer | None = None  # None: this collector has no authority; its broker knows units by their names
    authority_pem: str = ""  # the authority's own certificate, by which a unit knows the broker
    gateway: Gateway | None = None
