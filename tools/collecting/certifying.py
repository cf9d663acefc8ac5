"""`footfall collector certify` and `tunnel`: what a unit needs to reach the broker, made by hand into a folder."""

from pathlib import Path

import click

from collector import clock
from collector.brokering import lean
from collector.folder import Collector
from collector.records.audit import Audit, Event
from collector.records.registry import Sensor
from collector.records.roster import Roster
from collector.tunnel import wireguard
from footfall_sensor import durable, uci

from ..errors import ToolError
from .options import actor, dir_option, opened, spoken

out_option = click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for the unit's files; made if it is new."
)


@click.command()
@dir_option
@click.argument("sensor")
@out_option
def certify(folder: Path, sensor: str, out: Path) -> None:
    """Give SENSOR a certificate for its key, for a unit that is not enrolled over the network.

    What is in the folder goes to the unit's /etc/footfall/; then set there: tls on, broker_host, broker_port.
    """
    collector = opened(folder)
    with spoken():
        unit = _approved(collector, sensor)
        if collector.certificates is None:
            raise ToolError("this collector has no broker with TLS; it was made with --plain or --broker")
        made = collector.certificates.issue_sensor(unit.public_key, unit.user, clock.now_ms())
        _record(collector, "certified", unit, f"certificate {made.serial_hex}")
        _write(folder, out, {"sensor.crt": made.pem, "ca.crt": collector.certificates.authority.pem})
    click.echo(f"{out}: sensor.crt, ca.crt and collector.pub of {unit.user}")


@click.command()
@dir_option
@click.argument("sensor")
@click.option("--key", required=True, help="The unit's public WireGuard key, as `wg pubkey` prints it.")
@out_option
def tunnel(folder: Path, sensor: str, key: str, out: Path) -> None:
    """Give SENSOR, a lean unit, a WireGuard peer and a password at the broker.

    \b
    On the unit, first:  footfall-tunnel key
    Then: footfall.uci says which options to set there; the rest goes to /etc/footfall/. The tunnel comes up when the
    service is started again.
    """
    collector = opened(folder)
    with spoken():
        unit = _approved(collector, sensor)
        if not collector.settings.wireguard:
            raise ToolError("this collector has no network for lean units; set wireguard in collector.toml")
        end = lean.server(folder, collector.settings)
        peers = wireguard.Peers(collector.registry.engine, end.interface)
        peer = peers.peer_for(unit, key)
        options: dict[str, str | tuple[str, ...]] = {
            "broker_host": str(end.interface.ip),
            "broker_port": str(lean.PORT),
        }
        _record(collector, "tunnelled", unit, f"address {peer.address}")
        files = {
            "tunnel.conf": wireguard.render_unit(peer, end, lean.endpoint(collector.settings)),
            "footfall.uci": uci.render([uci.Section("sensor", "main", options)]),
            "broker.password": peers.new_password(unit.user) + "\n",
        }
        _write(folder, out, files)
    click.echo(f"{out}: tunnel.conf, footfall.uci, broker.password and collector.pub of {unit.user}, {peer.address}")


def _approved(collector: Collector, name: str) -> Sensor:
    sensor = Roster(collector.registry.engine).find(name)
    if not sensor.approved:
        raise ToolError(f"{name} is {sensor.state}; only an approved sensor may speak to the broker")
    return sensor


def _record(collector: Collector, verb: str, unit: Sensor, says: str) -> None:
    Audit(collector.registry.engine).append(Event(actor(), verb, f"sensor {unit.user}", says), clock.now_ms())


def _write(folder: Path, out: Path, files: dict[str, str]) -> None:
    """Each for its owner alone: a password may be among them."""
    files["collector.pub"] = (folder / "collector.key.pub").read_text(encoding="ascii")
    try:
        for name, text in files.items():
            durable.replace(out / name, text.encode(), 0o600)
    except OSError as exc:
        raise ToolError(f"cannot write to {out}: {exc.strerror}; give another folder") from exc
