"""Others at our broker, beside sensors: brokers that are bridged to it, and readers of alerts."""

from collections.abc import Sequence
from pathlib import Path

from footfall_sensor import durable

from .. import clock
from ..errors import SettingsError
from ..keys.authority import SERVER_MS, Authority
from ..mosquitto import access, conf
from ..mosquitto.access import Bridge, Reader, bridge_user, reader_user
from ..mosquitto.conf import Central
from ..mosquitto.files import Files
from ..nats.files import Files as NodeFiles
from ..options.settings import Settings
from .identities import authority_folder


def bridges(chosen: Settings) -> list[Bridge]:
    """The brokers that are bridged to ours."""
    return [Bridge(*said.split(":")) for said in chosen.bridges.split()]


def readers(chosen: Settings) -> list[Reader]:
    """Who may read alerts at our broker."""
    return [Reader(*said.split(":")) for said in chosen.alert_readers.split()]


def middle(folder: Path, chosen: Settings, user: str, addresses: Sequence[str]) -> Central:
    """Our broker, as one that is bridged to it under this name finds it. Raises BrokerError."""
    if chosen.nodes:
        return Central(addresses, NodeFiles(folder.absolute()).client_id(user), cluster=True)
    return Central(addresses, user)


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
        raise SettingsError(
            f"the reader's files cannot be made in {out}: {exc.strerror}. Look at who owns the folder"
        ) from exc


def create_edge(
    folder: Path, chosen: Settings, out: Path, bridge: Bridge, central: Sequence[str], hosts: Sequence[str], port: int
) -> None:
    """Make all that a broker at another place reads, in a folder of its own.

    central: HOST:PORT of ours, of each node where it is a cluster; hosts: names and addresses of the other. Raises
    AuthorityError, BrokerError, SettingsError.
    """
    authority, now_ms = Authority.open(authority_folder(folder)), clock.now_ms()
    files, ours = Files(out.absolute()), (NodeFiles if chosen.nodes else Files)(folder.absolute())
    name = bridge_user(bridge.name)
    line = conf.render_bridge(files, name, f"{bridge.tenant}/+", middle(folder, chosen, name, central))
    try:
        out.mkdir(parents=True, exist_ok=True)
        user = files.prepare()
        server = authority.issue_server(hosts, now_ms)
        client = authority.issue_client(name, now_ms, life_ms=SERVER_MS)
        for path, text in (
            (files.authority, authority.pem),
            (files.server_certificate, server.certificate.pem),
            (files.server_key, server.key_pem),
            (files.bridge_certificate, client.certificate.pem),
            (files.bridge_key, client.key_pem),
            (files.crl, ours.crl.read_text(encoding="ascii")),
            (files.acl, access.render()),
            (files.conf, conf.render(files, user, port) + line),
        ):
            files.write(path, text)
    except OSError as exc:
        raise SettingsError(
            f"the other broker's files cannot be made in {out}: {exc.strerror}. Look at who owns the folder"
        ) from exc
