"""The broker's files: made with a collector's folder, and kept while it runs."""

import os
from pathlib import Path

from footfall_sensor import durable

from ..errors import SettingsError
from ..keys.authority import ALERTS_USER, Authority, collector_user
from ..mosquitto import access, conf
from ..mosquitto.files import Files, broker_user
from ..mosquitto.upkeep import Upkeep
from ..nats import account, joint
from ..nats import conf as node
from ..nats.account import Seat
from ..nats.files import Files as NodeFiles
from ..nats.upkeep import Upkeep as NodesUpkeep
from ..options.settings import Settings
from ..records.registry import Registry
from . import door, identities, lean
from .identities import authority_folder
from .others import bridges, readers

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")  # under which a collector on the broker's machine reaches it


def create_plain(folder: Path, chosen: Settings) -> None:
    """Make the configuration of a broker without TLS on this machine. Raises SettingsError."""
    files = Files(folder.absolute())
    try:
        user = files.prepare()
        files.write(files.conf, conf.render_plain(files, user, chosen.broker_port))
    except OSError as exc:
        raise SettingsError(
            f"the broker's files cannot be made in {folder}: {exc.strerror}. Look at who owns the folder"
        ) from exc


def create(folder: Path, chosen: Settings, registry: Registry, now_ms: int) -> str:
    """Make the authority and all that mosquitto reads. Returns what the person should know of it, or "".

    Raises AuthorityError, SettingsError.
    """
    Authority.create(authority_folder(folder), now_ms)
    if chosen.nodes:
        return _create_nodes(folder, chosen, registry, now_ms)
    files = Files(folder.absolute())
    listener = f"{lean.tunnel(chosen).ip}:{lean.PORT}" if chosen.wireguard else ""
    try:
        user = files.prepare()
        keeper = upkeep(folder, chosen, registry)
        assert keeper is not None
        keeper.renew(None, now_ms)
        keeper.write_lists(now_ms)
        files.write(files.conf, conf.render(files, user, chosen.broker_port, listener))
    except OSError as exc:
        raise SettingsError(
            f"the broker's files cannot be made in {folder}: {exc.strerror}. Look at who owns the folder"
        ) from exc
    return _warning(user, folder)


def _create_nodes(folder: Path, chosen: Settings, registry: Registry, now_ms: int) -> str:
    files = NodeFiles(folder.absolute())
    cluster = node.Cluster(chosen.nodes, chosen.broker_port, chosen.nats_cluster_port, chosen.nats_store_dir)
    try:
        files.prepare()
        pair = joint.make(chosen.nodes, now_ms)
        durable.replace(files.joint_key, pair.key_pem.encode(), 0o600)
        files.write(files.joint_certificate, pair.certificate.pem)
        keeper = upkeep(folder, chosen, registry)
        assert keeper is not None
        keeper.renew(None, now_ms)
        keeper.write_lists(now_ms)
        for number in range(1, len(chosen.nodes) + 1):
            files.write(files.node(number), node.render(files, cluster, number))
    except OSError as exc:
        raise SettingsError(
            f"the nodes' files cannot be made in {folder}: {exc.strerror}. Look at who owns the folder"
        ) from exc
    return _warning(broker_user(folder.absolute()), folder) if chosen.wireguard else ""


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
        seats = (Seat(sensor.user, sensor.public_key) for sensor in registry.sensors() if any(sensor.key_id))
        seats = (seat for seat in seats if seat.user not in denied)
        return account.render(seats, chosen.workers, readers(chosen), bridges(chosen), tunnel=bool(chosen.wireguard))

    def tunnels(denied: frozenset[str]) -> None:
        lean.write(folder, chosen, registry, denied)
        if chosen.nodes and chosen.wireguard:
            door.keep(folder, chosen, registry, denied)

    return kind(
        files,
        names,
        chosen.broker_reload,
        registry.engine,
        authority,
        {
            **{collector_user(number): identities.of_ingest(folder, number) for number in range(chosen.workers + 1)},
            ALERTS_USER: identities.of_alerts(folder),
        },
        tunnels,
        rights,
    )


def _warning(user: str, folder: Path) -> str:
    if os.geteuid() != 0 or user != "root":
        return ""
    return (
        f"mosquitto would keep root's rights: it has no user of its own here, or one that cannot get to "
        f"{folder.absolute()}. Better: install Debian's mosquitto, and a folder such as /var/lib/footfall"
    )
