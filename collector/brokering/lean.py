"""Lean units' tunnels: the broker's end of them, where a collector has one."""

import ipaddress
from pathlib import Path

from footfall_sensor import durable

from ..errors import SettingsError
from ..mosquitto.signalling import run
from ..options.forms import WANTED, private_network
from ..options.settings import Settings
from ..records.registry import Registry
from ..tunnel import wireguard
from ..tunnel.gateway import TunnelGateway

PORT = 1883  # within the tunnel


def tunnel(chosen: Settings) -> ipaddress.IPv4Interface:
    """The broker's address in lean units' network, and that network; there is one. Raises SettingsError."""
    if not chosen.wireguard:
        raise SettingsError(f"wireguard: {WANTED['wireguard']}; it is empty, set it in collector.toml")
    return private_network(chosen.wireguard)


def endpoint(chosen: Settings) -> str:
    """Where lean units find the tunnel's end. Raises SettingsError."""
    names = chosen.broker_names.split()
    if not names:
        raise SettingsError("broker_names: the first is where lean units' tunnels end; set it in collector.toml")
    return names[0]


def server(folder: Path, chosen: Settings) -> wireguard.Server:
    """The broker's end of lean units' tunnels. Raises SettingsError."""
    return wireguard.open_server(folder / "wireguard", tunnel(chosen), chosen.wireguard_port)


def gateway(folder: Path, chosen: Settings, registry: Registry) -> TunnelGateway | None:
    """What lets lean units in; None where they have no network here. Raises SettingsError."""
    if not chosen.broker_tls or not chosen.wireguard:
        return None
    return TunnelGateway(registry.engine, server(folder, chosen), endpoint(chosen), PORT)


def write(folder: Path, chosen: Settings, registry: Registry, denied: frozenset[str]) -> None:
    """Write the broker's end, without those who are denied, and have it read anew. Raises OSError, SettingsError."""
    if not chosen.wireguard:
        return
    end = server(folder, chosen)
    peers = [peer for peer in wireguard.Peers(registry.engine, end.interface).all() if peer.user not in denied]
    text = wireguard.render_server(end, peers)
    durable.replace(folder / "wireguard" / f"{wireguard.INTERFACE}.conf", text.encode(), 0o600)
    if chosen.wireguard_reload:
        run(chosen.wireguard_reload, "wireguard_reload")
