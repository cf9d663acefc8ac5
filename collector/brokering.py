"""What of a collector's folder concerns the broker, put together from the settings."""

import hmac
import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from footfall_sensor import durable

from . import clock
from .errors import BrokerError, SettingsError
from .ingest.connecting import BrokerAddress, Identity
from .keys.authority import ALERTS_USER, CERTIFICATE_NAME, SERVER_MS, Authority, collector_user
from .keys.issued import Certificates
from .mosquitto import access, conf
from .mosquitto.access import Bridge, Reader, bridge_user, reader_user
from .mosquitto.files import Files
from .mosquitto.signalling import run
from .mosquitto.upkeep import Upkeep
from .nats import account, joint
from .nats import conf as node
from .nats.files import Files as NodeFiles
from .nats.upkeep import Upkeep as NodesUpkeep
from .options.settings import WANTED, Settings, private_network
from .records.registry import Registry
from .tunnel import wireguard
from .tunnel.gateway import TunnelGateway

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")  # under which a collector on the broker's machine reaches it
LEAN_PORT = 1883  # within the tunnel
NODE_WAIT_S = 2.0


def authority_folder(folder: Path) -> Path:
    """Where the authority lies."""
    return folder / "authority"


def identity(folder: Path, worker: int = 0) -> Identity:
    """The certificate of the collector, or of a worker of it, and whose broker it takes."""
    base = authority_folder(folder)
    name = f"worker-{worker}" if worker else "collector"
    return Identity(base / CERTIFICATE_NAME, base / f"{name}.crt", base / f"{name}.key")


def renew(folder: Path, reached: BrokerAddress, worker: int) -> None:
    """Show a worker's certificate, as it is now, at its next connection. Raises BrokerError."""
    if reached.context is not None:
        identity(folder, worker).load(reached.context)


def address(folder: Path, chosen: Settings, worker: int = 0) -> BrokerAddress:
    """Where the broker is, and how it is spoken to, by the collector or a worker of it. Raises BrokerError."""
    context = identity(folder, worker).context() if chosen.broker_tls else None
    if chosen.nodes:
        return _of_a_cluster(folder, chosen, collector_user(worker), context)
    start = "Start mosquitto, or name another address"
    if Files(folder).conf.exists():
        start = f"Start it: mosquitto -c {Files(folder.absolute()).conf}"
    return BrokerAddress(chosen.broker_host, chosen.broker_port, collector_user(worker), context=context, start=start)


def _of_a_cluster(folder: Path, chosen: Settings, user: str, context: ssl.SSLContext | None) -> BrokerAddress:
    files = NodeFiles(folder.absolute())
    return BrokerAddress(
        chosen.nodes[0],
        chosen.broker_port,
        f"{user}-{_unguessed(files, user)}",
        context=context,
        versions=("3.1.1",),
        start=f"Start the nodes: nats-server -c {files.node(1)}, and so on",
        others=chosen.nodes[1:],
    )


def _unguessed(files: NodeFiles, user: str) -> str:
    """The end of a client id. NATS lets anybody connect under any, and whoever is called so already is cut off.

    Raises BrokerError.
    """
    try:
        return hmac.digest(files.joint_key.read_bytes(), user.encode(), "sha256")[:8].hex()
    except OSError as exc:
        raise BrokerError(
            f"{files.joint_key} cannot be read: {exc.strerror}. Restore a backup, or make the nodes' files anew"
        ) from exc


def _first_that_listens(chosen: Settings) -> str:
    """The first node that takes connections; the first of all where none does, so that it is named."""
    for host in chosen.nodes:
        try:
            socket.create_connection((host, chosen.broker_port), timeout=NODE_WAIT_S).close()
        except OSError:
            continue
        return host
    return chosen.nodes[0]


def alerts_identity(folder: Path) -> Identity:
    """The certificate of what publishes alerts."""
    base = authority_folder(folder)
    return Identity(base / CERTIFICATE_NAME, base / "alerts.crt", base / "alerts.key")


def alerts_address(folder: Path, chosen: Settings) -> BrokerAddress:
    """Our broker, as what publishes alerts reaches it: beside ingest, with no right but that. Raises BrokerError."""
    context = alerts_identity(folder).context() if chosen.broker_tls else None
    if chosen.nodes:
        found = _of_a_cluster(folder, chosen, ALERTS_USER, context)
        return replace(found, host=_first_that_listens(chosen), others=())
    return BrokerAddress(chosen.broker_host, chosen.broker_port, ALERTS_USER, context=context)


def certificates(folder: Path, chosen: Settings, registry: Registry) -> Certificates | None:
    """What issues certificates to sensors; None where there is no authority (yet). Raises AuthorityError."""
    base = authority_folder(folder)
    if not chosen.broker_tls or not base.exists():
        return None
    return Certificates(registry.engine, Authority.open(base))


def upkeep(folder: Path, chosen: Settings, registry: Registry) -> Upkeep | None:
    """What keeps the broker's files; None where it has none. Raises AuthorityError."""
    if not chosen.broker_tls:
        return None
    names = tuple(dict.fromkeys((*chosen.broker_names.split(), *chosen.nodes, *LOCAL_NAMES)))
    authority = Authority.open(authority_folder(folder))
    files, kind = Files(folder.absolute()), Upkeep
    if chosen.nodes:
        files, kind = NodeFiles(folder.absolute()), NodesUpkeep

    def rights(denied: frozenset[str]) -> str:
        if not chosen.nodes:
            return access.render(denied, chosen.workers, bridges(chosen), readers(chosen))
        users = (sensor.user for sensor in registry.sensors())
        return account.render((user for user in users if user not in denied), chosen.workers, readers(chosen))

    return kind(
        files,
        names,
        chosen.broker_reload,
        registry.engine,
        authority,
        {
            **{collector_user(number): identity(folder, number) for number in range(chosen.workers + 1)},
            ALERTS_USER: alerts_identity(folder),
        },
        lambda denied: _write_tunnels(folder, chosen, registry, denied),
        rights,
    )


def bridges(chosen: Settings) -> list[Bridge]:
    """The brokers that are bridged to ours."""
    return [Bridge(*said.split(":")) for said in chosen.bridges.split()]


def readers(chosen: Settings) -> list[Reader]:
    """Who may read alerts at our broker."""
    return [Reader(*said.split(":")) for said in chosen.alert_readers.split()]


def create_reader(folder: Path, out: Path, reader: Reader) -> None:
    """Make what a reader of alerts shows to the broker, good for a year. Raises AuthorityError, SettingsError."""
    authority = Authority.open(authority_folder(folder))
    pair = authority.issue_client(reader_user(reader.name), clock.now_ms(), life_ms=SERVER_MS)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "ca.crt").write_text(authority.pem, encoding="ascii")
        (out / "reader.crt").write_text(pair.certificate.pem, encoding="ascii")
        durable.replace(out / "reader.key", pair.key_pem.encode(), 0o600)
    except OSError as exc:
        raise SettingsError(f"the reader's files cannot be made in {out}: {exc.strerror}") from exc


def create_edge(folder: Path, out: Path, bridge: Bridge, central: str, hosts: Sequence[str], port: int) -> None:
    """Make all that a broker at another place reads, in a folder of its own.

    central: HOST:PORT of ours; hosts: names and addresses of the other. Raises AuthorityError, SettingsError.
    """
    authority, now_ms = Authority.open(authority_folder(folder)), clock.now_ms()
    files = Files(out.absolute())
    try:
        out.mkdir(parents=True, exist_ok=True)
        user = files.prepare()
        server = authority.issue_server(hosts, now_ms)
        client = authority.issue_client(bridge_user(bridge.name), now_ms, life_ms=SERVER_MS)
        for path, text in (
            (files.authority, authority.pem),
            (files.server_certificate, server.certificate.pem),
            (files.server_key, server.key_pem),
            (files.bridge_certificate, client.certificate.pem),
            (files.bridge_key, client.key_pem),
            (files.crl, Files(folder.absolute()).crl.read_text(encoding="ascii")),
            (files.acl, access.render()),
            (files.conf, conf.render(files, user, port) + conf.render_bridge(files, bridge, central)),
        ):
            files.write(path, text)
    except OSError as exc:
        raise SettingsError(f"the other broker's files cannot be made in {out}: {exc.strerror}") from exc


def create(folder: Path, chosen: Settings, registry: Registry, now_ms: int) -> str:
    """Make the authority and all that mosquitto reads. Returns what the person should know of it, or "".

    Raises AuthorityError, SettingsError.
    """
    Authority.create(authority_folder(folder), now_ms)
    if chosen.nodes:
        _create_nodes(folder, chosen, registry, now_ms)
        return ""
    files = Files(folder.absolute())
    lean = f"{tunnel(chosen).ip}:{LEAN_PORT}" if chosen.wireguard else ""
    try:
        user = files.prepare()
        keeper = upkeep(folder, chosen, registry)
        assert keeper is not None
        keeper.renew(None, now_ms)
        keeper.write_lists(now_ms)
        files.write(files.conf, conf.render(files, user, chosen.broker_port, lean))
    except OSError as exc:
        raise SettingsError(f"the broker's files cannot be made in {folder}: {exc.strerror}") from exc
    return _warning(user, folder)


def _create_nodes(folder: Path, chosen: Settings, registry: Registry, now_ms: int) -> None:
    files = NodeFiles(folder.absolute())
    cluster = node.Cluster(chosen.nodes, chosen.broker_port, chosen.nats_cluster_port, chosen.nats_store_dir)
    try:
        files.prepare()
        keeper = upkeep(folder, chosen, registry)
        assert keeper is not None
        keeper.renew(None, now_ms)
        keeper.write_lists(now_ms)
        pair = joint.make(chosen.nodes, now_ms)
        durable.replace(files.joint_key, pair.key_pem.encode(), 0o600)
        files.write(files.joint_certificate, pair.certificate.pem)
        for number in range(1, len(chosen.nodes) + 1):
            files.write(files.node(number), node.render(files, cluster, number))
    except OSError as exc:
        raise SettingsError(f"the nodes' files cannot be made in {folder}: {exc.strerror}") from exc


def create_plain(folder: Path, chosen: Settings) -> None:
    """Make the configuration of a broker without TLS on this machine. Raises SettingsError."""
    files = Files(folder.absolute())
    try:
        user = files.prepare()
        files.write(files.conf, conf.render_plain(files, user, chosen.broker_port))
    except OSError as exc:
        raise SettingsError(f"the broker's files cannot be made in {folder}: {exc.strerror}") from exc


def lean_server(folder: Path, chosen: Settings) -> wireguard.Server:
    """The broker's end of lean units' tunnels. Raises SettingsError."""
    return wireguard.open_server(folder / "wireguard", tunnel(chosen), chosen.wireguard_port)


def gateway(folder: Path, chosen: Settings, registry: Registry) -> TunnelGateway | None:
    """What lets lean units in; None where they have no network here. Raises SettingsError."""
    if not chosen.broker_tls or not chosen.wireguard:
        return None
    return TunnelGateway(registry.engine, lean_server(folder, chosen), endpoint(chosen), LEAN_PORT)


def endpoint(chosen: Settings) -> str:
    """Where lean units find the tunnel's end. Raises SettingsError."""
    names = chosen.broker_names.split()
    if not names:
        raise SettingsError("broker_names: the first is where lean units' tunnels end; set it in collector.toml")
    return names[0]


def _write_tunnels(folder: Path, chosen: Settings, registry: Registry, denied: frozenset[str]) -> None:
    """Write the broker's end, without those who are denied, and have it read anew. Raises OSError, SettingsError."""
    if not chosen.wireguard:
        return
    server = lean_server(folder, chosen)
    peers = [peer for peer in wireguard.Peers(registry.engine, server.interface).all() if peer.user not in denied]
    text = wireguard.render_server(server, peers)
    durable.replace(folder / "wireguard" / f"{wireguard.INTERFACE}.conf", text.encode(), 0o600)
    if chosen.wireguard_reload:
        run(chosen.wireguard_reload, "wireguard_reload")


def tunnel(chosen: Settings) -> ipaddress.IPv4Interface:
    """The broker's address in lean units' network, and that network; there is one. Raises SettingsError."""
    if not chosen.wireguard:
        raise SettingsError(f"wireguard: {WANTED['wireguard']}; it is empty, set it in collector.toml")
    return private_network(chosen.wireguard)


def _warning(user: str, folder: Path) -> str:
    if os.geteuid() != 0 or user != "root":
        return ""
    return (
        f"mosquitto would keep root's rights: it has no user of its own here, or one that cannot get to "
        f"{folder.absolute()}. Better: install Debian's mosquitto, and a folder such as /var/lib/footfall"
    )
