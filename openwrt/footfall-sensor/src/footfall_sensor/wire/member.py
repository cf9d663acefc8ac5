"""MEMBER, over HTTP: the collector's answer to an ENROL. Where the unit is a member, all that it needs to be one.

It carries the collector's key, which a unit that knows none yet believes only by the claim's proof.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ..errors import Malformed
from ..keys import ID_BYTES, PUBLIC_BYTES, PublicKey
from ..sealing import PEER_BYTES, Opener, Sealed, context, seal
from . import body
from .batch import UTC_MS_MAX
from .enrol import NONCE_BYTES, PROOF_BYTES

PEM_BYTES_MAX = 4096
TUNNEL_BYTES_MAX = 2048
PASSWORD_BYTES_MAX = 512
POLL_S_MAX = 24 * 3600


class State(StrEnum):
    """What the collector makes of a unit."""

    PENDING = "pending"  # known, and somebody must act before it may send
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Member:
    """The collector's answer. What only an approved unit gets is empty in the other states."""

    nonce: bytes  # of the ENROL that this answers
    issued_ms: int
    expires_ms: int  # when this message itself stops being good
    state: State
    says: str
    poll_s: int  # ask again after so long
    collector: PublicKey
    proof: bytes = b""  # by the claim, for a unit that does not know the collector's key yet
    tenant: str = ""
    sensor: str = ""
    site: str = ""
    broker_host: str = ""  # empty = the host that the unit asks
    broker_port: int = 0
    tls: bool = False
    authority: bytes = b""  # the CA's certificate, PEM
    certificate: bytes = b""  # the unit's own, PEM
    renew_ms: int = 0  # ask for the next certificate from then on; 0 = there is none to renew
    ends_ms: int = 0  # the certificate's end
    tunnel: bytes = b""  # a lean unit's WireGuard configuration, text
    password: bytes = b""  # a lean unit's at the broker, sealed for the key in its request

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "nonce": self.nonce,
                "issued": self.issued_ms,
                "expires": self.expires_ms,
                "state": self.state.value,
                "says": self.says or None,
                "poll": self.poll_s,
                "collector_id": self.collector.id,
                "collector": self.collector.raw,
                "proof": self.proof or None,
                "tenant": self.tenant or None,
                "sensor": self.sensor or None,
                "site": self.site or None,
                "host": self.broker_host or None,
                "port": self.broker_port or None,
                "tls": int(self.tls) or None,
                "ca": self.authority or None,
                "cert": self.certificate or None,
                "renew": self.renew_ms or None,
                "ends": self.ends_ms or None,
                "tunnel": self.tunnel or None,
                "password": self.password or None,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The answer in a body. Raises Malformed."""
        got = body.unpack(raw)
        try:
            state = State(body.text(got, "state"))
        except ValueError as exc:
            raise Malformed("state: pending, approved or refused is wanted") from exc
        return cls(
            nonce=body.binary(got, "nonce", NONCE_BYTES),
            issued_ms=body.integer(got, "issued", 0, UTC_MS_MAX),
            expires_ms=body.integer(got, "expires", 0, UTC_MS_MAX),
            state=state,
            says=body.text(got, "says", ""),
            poll_s=body.integer(got, "poll", 1, POLL_S_MAX),
            collector=PublicKey(
                body.binary(got, "collector_id", ID_BYTES), body.binary(got, "collector", PUBLIC_BYTES)
            ),
            proof=body.octets(got, "proof", PROOF_BYTES, PROOF_BYTES),
            tenant=body.text(got, "tenant", ""),
            sensor=body.text(got, "sensor", ""),
            site=body.text(got, "site", ""),
            broker_host=body.text(got, "host", ""),
            broker_port=body.integer(got, "port", 0, 65535, 0),
            tls=bool(body.integer(got, "tls", 0, 1, 0)),
            authority=body.octets(got, "ca", 1, PEM_BYTES_MAX),
            certificate=body.octets(got, "cert", 1, PEM_BYTES_MAX),
            renew_ms=body.integer(got, "renew", 0, UTC_MS_MAX, 0),
            ends_ms=body.integer(got, "ends", 0, UTC_MS_MAX, 0),
            tunnel=body.octets(got, "tunnel", 1, TUNNEL_BYTES_MAX),
            password=body.octets(got, "password", 1, PASSWORD_BYTES_MAX),
        )


def seal_password(password: str, user: str, receiver: bytes) -> bytes:
    """A lean unit's password as it travels, for the key of its request. Raises Malformed where that is none."""
    sealed = seal(receiver, password.encode(), _password_context(user))
    return sealed.peer + sealed.box


def open_password(sealed: bytes, user: str, opener: Opener) -> bytearray:
    """The password; overwrite it when it has been used. Raises Malformed: sealed for another request or user."""
    return opener.open(Sealed(sealed[:PEER_BYTES], sealed[PEER_BYTES:]), _password_context(user))


def _password_context(user: str) -> bytes:
    return context("broker password", user)
