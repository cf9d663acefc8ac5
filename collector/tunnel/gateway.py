"""The gateway of lean units: a WireGuard peer, and a password at the broker that is good within its tunnel only."""

import base64

from sqlalchemy import Engine

from footfall_sensor.wire.member import seal_password

from ..keys.issuing import Way
from ..records.audit import Audit, Event
from ..records.registry import Sensor
from .wireguard import Peers, Server, render_unit


class TunnelGateway:
    """Lets lean units in to the broker behind `server`. endpoint: where they find that from outside, port: within."""

    def __init__(self, engine: Engine, server: Server, endpoint: str, port: int) -> None:
        self._engine = engine
        self._peers = Peers(engine, server.interface)
        self._server = server
        self._endpoint = endpoint
        self._port = port

    def admit(self, sensor: Sensor, wireguard_key: bytes, sealing_key: bytes, now_ms: int) -> Way:
        """Make the unit's key the sensor's peer, with a new password. Raises QueryError, and Malformed for a bad key.

        A new one each time: the one before cannot be told again, since only its hash is kept.
        """
        known = self._peers.find(sensor.user)
        peer = self._peers.peer_for(sensor, base64.b64encode(wireguard_key).decode())
        if peer != known:
            event = Event("collector", "tunnelled", f"sensor {sensor.user}", f"address {peer.address}")
            Audit(self._engine).append(event, now_ms)
        password = self._peers.new_password(sensor.user)
        return Way(
            tunnel=render_unit(peer, self._server, self._endpoint),
            password=seal_password(password, sensor.user, sealing_key),
            broker_host=str(self._server.interface.ip),
            broker_port=self._port,
        )
