"""The door of lean units to a cluster: a mosquitto in their tunnel, which takes passwords and is bridged to the nodes.

A NATS node has one listener for MQTT, and it wants certificates. So the listener of lean units stays mosquitto's, on
the collector's machine, where the tunnels end; who may do what there is as in a broker of all sensors.
"""

from pathlib import Path

from .. import clock
from ..keys.authority import AUTHORITY_MS, TUNNEL_USER, Authority
from ..mosquitto import access, conf, passwords, signalling
from ..mosquitto.files import Files
from ..options.settings import Settings
from ..records.registry import Registry
from ..tunnel import wireguard
from . import lean
from .identities import authority_folder
from .others import middle


def keep(folder: Path, chosen: Settings, registry: Registry, denied: frozenset[str]) -> None:
    """Make its files where there are none, and bring its lists up to date; who came by a password that is gone is cut
    off. Raises AuthorityError, BrokerError, OSError.
    """
    files = Files(folder.absolute())
    if not files.conf.exists():
        _create(files, chosen)
    known = [one for one in wireguard.passwords_of(registry.engine) if one[0] not in denied]
    wrote = [files.write(files.acl, access.render(denied)), files.write(files.passwords, passwords.render(known))]
    if any(wrote):
        signalling.reload(files, "")


def _create(files: Files, chosen: Settings) -> None:
    """Its certificate is good as long as the authority: mosquitto reads a bridge's anew at its own start only, and the
    authority's key lies in the same folder.
    """
    authority, user = Authority.open(authority_folder(files.folder)), files.prepare()
    pair = authority.issue_client(TUNNEL_USER, clock.now_ms(), life_ms=AUTHORITY_MS)
    nodes = [f"{host}:{chosen.broker_port}" for host in chosen.nodes]
    line = conf.render_bridge(files, TUNNEL_USER, "+/+", middle(files.folder, chosen, TUNNEL_USER, nodes))
    files.write(files.authority, authority.pem)
    files.write(files.bridge_certificate, pair.certificate.pem)
    files.write(files.bridge_key, pair.key_pem)
    files.write(files.conf, conf.render_door(files, user, f"{lean.tunnel(chosen).ip}:{lean.PORT}") + line)
