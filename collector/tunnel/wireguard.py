"""WireGuard for lean units, which have no room for OpenSSL: who is a peer, and what both ends are told.

A unit makes its private key itself (`wg genkey`); only the public half comes up. Its address in the tunnel is given
once and stays its own. Within the tunnel it still needs a password: an address says which tunnel, not who.
"""

import base64
import binascii
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, Engine, delete, insert, select, update

from footfall_sensor import uci

from .. import schema
from ..database import writing
from ..errors import QueryError, SettingsError
from ..keys import keyfile
from ..mosquitto import passwords
from ..records.registry import Sensor

INTERFACE = "wg-footfall"
UNIT_INTERFACE = "footfall"
UNIT_PEER = "footfall_collector"
KEY_BYTES = 32
KEEPALIVE_S = 25  # keeps the way through the shop's router open
table = schema.peers


@dataclass(frozen=True, slots=True)
class Peer:
    """One unit's tunnel."""

    user: str
    public_key: str  # base64
    address: str


@dataclass(frozen=True, slots=True)
class Server:
    """The broker's end: its key pair, address and port."""

    interface: ipaddress.IPv4Interface
    port: int
    private_key: str = field(repr=False)
    public_key: str = ""


class Peers:
    """The peers in the registry database. network: the broker's address, and the network that addresses come from."""

    def __init__(self, engine: Engine, network: ipaddress.IPv4Interface) -> None:
        self._engine = engine
        self._network = network

    def peer_for(self, sensor: Sensor, public_key: str) -> Peer:
        """The sensor's peer with this key: made, or given the new key. Raises QueryError."""
        check_key(public_key)
        with writing(self._engine).begin() as connection:
            holder = connection.execute(select(table).where(table.c.public_key == public_key)).first()
            if holder is not None and holder.user_name != sensor.user:
                raise QueryError(f"{holder.user_name} has this WireGuard key already; make another on the unit")
            own = connection.execute(select(table).where(table.c.user_name == sensor.user)).first()
            if own is None:
                address = self._free_address(connection)
                values = {"user_name": sensor.user, "public_key": public_key, "address": address, "password": ""}
                connection.execute(insert(table).values(values))
                return Peer(sensor.user, public_key, address)
            change = update(table).where(table.c.user_name == sensor.user).values(public_key=public_key)
            connection.execute(change)
            return Peer(sensor.user, public_key, own.address)

    def new_password(self, user: str) -> str:
        """A new password for a peer, to be told to it once; kept salted and hashed. Raises QueryError."""
        password = passwords.new()
        with writing(self._engine).begin() as connection:
            change = update(table).where(table.c.user_name == user).values(password=passwords.hashed(password))
            if not connection.execute(change).rowcount:
                raise QueryError(
                    f"{user} has no tunnel yet, and a password is good within one only; give it a tunnel first"
                )
        return password

    def remove(self, user: str) -> None:
        """See forget."""
        with writing(self._engine).begin() as connection:
            forget(connection, user)

    def find(self, user: str) -> Peer | None:
        """The peer of one user, if it has one."""
        wanted = select(table.c.user_name, table.c.public_key, table.c.address).where(table.c.user_name == user)
        with self._engine.begin() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Peer(*row)

    def all(self) -> list[Peer]:
        """Every peer, by user."""
        wanted = select(table.c.user_name, table.c.public_key, table.c.address).order_by(table.c.user_name)
        with self._engine.begin() as connection:
            return [Peer(*row) for row in connection.execute(wanted)]

    def _free_address(self, connection: Connection) -> str:
        taken = {row.address for row in connection.execute(select(table.c.address))}
        for address in self._network.network.hosts():
            if address != self._network.ip and str(address) not in taken:
                return str(address)
        raise QueryError(f"all addresses of {self._network.network} are taken; a wider network is wanted (wireguard)")


def passwords_of(engine: Engine) -> list[tuple[str, str]]:
    """Users of tunnels that have a password, with its hash, by user."""
    wanted = select(table.c.user_name, table.c.password).where(table.c.password != "").order_by(table.c.user_name)
    with engine.begin() as connection:
        return [(row.user_name, row.password) for row in connection.execute(wanted)]


def forget(connection: Connection, user: str) -> None:
    """Forget a peer and its password; its address may be another's then."""
    connection.execute(delete(table).where(table.c.user_name == user))


def check_key(public_key: str) -> None:
    """Raise QueryError for what is no WireGuard key."""
    try:
        raw = base64.b64decode(public_key, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise QueryError("no WireGuard public key: 44 characters of base64 are wanted, as `wg pubkey` prints them")


def generate() -> tuple[str, str]:
    """A key pair: private and public, base64, as `wg genkey` and `wg pubkey` make them."""
    key = X25519PrivateKey.generate()
    raw = key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    return base64.b64encode(raw).decode(), _public(key)


def open_server(folder: Path, interface: ipaddress.IPv4Interface, port: int) -> Server:
    """The broker's end; its key is made at the first time. Raises SettingsError."""
    path = folder / "server.key"
    try:
        made = path.read_bytes() if path.exists() else keyfile.make(path, generate()[0].encode())
        private = made.decode("ascii").strip()
        public = _public(X25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True)))
    except (OSError, ValueError) as exc:
        raise SettingsError(f"the tunnel's key {path} cannot be used: {exc}. Restore a backup") from exc
    return Server(interface, port, private, public)


def render_server(server: Server, peers: Iterable[Peer]) -> str:
    """What wg-quick reads; `wg-quick strip` of it is what `wg syncconf` reads."""
    lines = [
        "# Made by Footfall. A peer may use its own address and no other.",
        "[Interface]",
        f"Address = {server.interface}",
        f"ListenPort = {server.port}",
        f"PrivateKey = {server.private_key}",
    ]
    for peer in peers:
        lines += ["", f"# {peer.user}", "[Peer]", f"PublicKey = {peer.public_key}", f"AllowedIPs = {peer.address}/32"]
    return "\n".join(lines) + "\n"


def render_unit(peer: Peer, server: Server, endpoint: str) -> str:
    """Sections for a unit's /etc/config/network, where its own script puts them beside its private key.

    The script, footfall-tunnel, takes these lines in these forms and no others: a test holds the two together.
    endpoint: name or address by which the unit reaches the broker's machine from outside.
    """
    return uci.render(
        [
            uci.Section(
                "interface",
                UNIT_INTERFACE,
                {"proto": "wireguard", "addresses": (f"{peer.address}/32",)},
            ),
            uci.Section(
                f"wireguard_{UNIT_INTERFACE}",
                UNIT_PEER,
                {
                    "public_key": server.public_key,
                    "endpoint_host": endpoint,
                    "endpoint_port": str(server.port),
                    "persistent_keepalive": str(KEEPALIVE_S),
                    "route_allowed_ips": "1",
                    "allowed_ips": (f"{server.interface.ip}/32",),
                },
            ),
        ]
    )


def _public(key: X25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()
