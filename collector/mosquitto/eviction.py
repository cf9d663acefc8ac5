"""Cutting a live connection: a client that connects under the same client id takes the old one's place (MQTT 5, 3.1.4).

The broker takes the client id from the certificate's name. So a certificate of a few minutes in that name, which never
leaves this process, ends the connection of whoever holds it now; who was denied may do nothing under it, and cannot
come back, since his own certificate is on the list of revoked ones.
"""

import threading
from dataclasses import replace
from pathlib import Path

from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from footfall_sensor.tls import in_memory

from ..errors import BrokerError
from ..ingest.address import VERSIONS, BrokerAddress, client_context
from ..ingest.link import Client
from ..keys.authority import EVICTION_MS, Authority

WAIT_S = 5.0
AGAIN = "see that it runs"


def evict(
    address: BrokerAddress, authority_file: Path, authority: Authority, user: str, now_ms: int, unit: bytes = b""
) -> bool:
    """End the connection of `user`, if there is one; whether the broker knew the user. unit: the key of its unit.

    Raises BrokerError where the broker does not answer.
    """
    pair = authority.issue_client(user, now_ms, EVICTION_MS, unit)
    context = client_context(authority_file)
    with in_memory(pair.certificate.pem.encode()) as certificate, in_memory(pair.key_pem.encode()) as key:
        context.load_cert_chain(certificate, key)
    return _take_place(replace(address, client_id=user, context=context), f"{user} may still be connected")


def end_session(address: BrokerAddress) -> None:
    """End the session that the broker keeps for a client of ours, and what waits in it. Raises BrokerError."""
    _take_place(address, "its session may still be there")


def _take_place(address: BrokerAddress, else_says: str) -> bool:
    """Whether the broker accepted us."""
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=address.client_id,
        protocol=VERSIONS[address.versions[0]],
        clean_session=None if address.versions[0] == "5" else True,
        reconnect_on_failure=False,
    )
    client.others = address.others
    if address.context is None:
        client.username_pw_set(address.client_id)
    else:
        client.tls_set_context(address.context)
    answered = threading.Event()
    refusals: list[str] = []

    def connected(_client: object, _userdata: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        if reason.is_failure:
            refusals.append(str(reason))
        answered.set()

    client.on_connect = connected
    try:
        client.connect(address.host, address.port)  # of MQTT 5 too a first connection starts clean
        client.loop_start()
        if not answered.wait(WAIT_S):
            raise BrokerError(f"the broker did not answer; {else_says}: {AGAIN}")
    except OSError as exc:
        raise BrokerError(f"the broker cannot be reached ({exc}); {else_says}: {AGAIN}") from exc
    finally:
        client.disconnect()
        client.loop_stop()
    return not refusals
