"""The link: what paho asks for bit by bit is read at once, and what it would send one by one is sent at once."""

import ssl
import struct
from unittest.mock import patch

import paho.mqtt.client as mqtt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from collector.ingest.link import MESSAGES_A_TURN, PUBACK, PUBACK_TYPE, PUBACKS_A_PACKET, Came, Client, Socket, message
from footfall_sensor import tls

TOPIC = "footfall/1/default/s-1/batch"


class Sending(Client):
    """Keeps what would go to the broker."""

    def __init__(self) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, manual_ack=True)
        self.sent: list[bytes] = []

    def _packet_queue(self, command: int, packet: bytes, *_: object) -> None:  # type: ignore[override]
        self.sent.append(bytes(packet))


def test_acknowledging_many_is_what_acknowledging_each_says() -> None:
    each, all_ = Sending(), Sending()
    mids = [1, 300, 65_535]
    for mid in mids:
        each.ack(mid, 1)
    all_.ack_all(mids)
    assert b"".join(each.sent) == b"".join(all_.sent)
    assert (len(each.sent), len(all_.sent)) == (3, 1)


def test_nothing_is_sent_for_nothing_and_much_goes_in_records() -> None:
    client = Sending()
    client.ack_all([])
    assert not client.sent
    client.ack_all(range(1, PUBACKS_A_PACKET + 2))
    assert [len(packet) for packet in client.sent] == [4 * PUBACKS_A_PACKET, 4]


def length(size: int) -> bytes:
    """MQTT's variable byte integer."""
    found = bytearray()
    while size >= 0x80:
        found.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((*found, size))


def publish(payload: bytes, mid: int = 7, header: int = 0x32, properties: bytes = b"\0", topic: str = TOPIC) -> bytes:
    named = struct.pack("!H", mid) if header & 0x06 else b""  # QoS 0 has none
    body = struct.pack("!H", len(topic)) + topic.encode() + named + properties + payload
    return bytes((header,)) + length(len(body)) + body


class Plain(mqtt.Client):
    """paho's own client, whose socket has read these bytes."""

    def __init__(self, read: bytes, version: MQTTProtocolVersion) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, protocol=version, manual_ack=True)
        self._read = read
        self._sock = Socket.__new__(Socket)  # there is one

    def _sock_recv(self, bufsize: int) -> bytes:
        some, self._read = self._read[:bufsize], self._read[bufsize:]
        return some

    def __del__(self) -> None:
        self._sock = None


def read_by_paho(packet: bytes, version: MQTTProtocolVersion) -> list[Came]:
    client, came = Plain(packet, version), []
    client.on_message = lambda _client, _data, one: came.append(Came(one.topic, bytes(one.payload), one.mid))
    client._packet_read()
    return came


@settings(max_examples=60, deadline=None)
@given(
    payload=st.one_of(st.binary(max_size=200), st.sampled_from([bytes(127), bytes(16_384), bytes(40_000)])),
    mid=st.integers(1, 0xFFFF),
    header=st.sampled_from([0x32, 0x33, 0x3A, 0x3B]),
    before=st.binary(max_size=5),
    properties=st.sampled_from([b"\0", b"\x02\x01\x01", b"\x05\x02\0\0\0\x09", None]),
)
def test_a_message_is_read_as_paho_reads_it(
    payload: bytes, mid: int, header: int, before: bytes, properties: bytes | None
) -> None:
    five = properties is not None
    packet = publish(payload, mid, header, properties or b"")
    found = message(before + packet + b"\x32", len(before), properties=five)
    assert found is not None
    came, end = found
    assert (came, end) == (Came(TOPIC, payload, mid), len(before) + len(packet))
    version = MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311
    assert read_by_paho(packet, version) == [came]
    assert message(packet[:-1], 0, properties=five) is None, "not whole"


@pytest.mark.parametrize(
    "packet",
    [
        publish(b"x", header=0x30),  # QoS 0
        publish(b"x", header=0x34),  # QoS 2
        b"\x40\x02\0\7" + bytes(9),  # a PUBACK
        b"\xd0\0" + bytes(9),  # a PINGRESP
        b"\x32\x05\xff\xff" + bytes(9),  # a topic longer than its packet
        b"\x32\x07\0\x03a/b\0\7" + bytes(9),  # without room for properties
        b"\x32\xff\xff\xff\x7f" + bytes(9),  # 256 MiB are announced
        publish(b"x" * 200, properties=b"\x80\x01" + b"\x26" + bytes(127)),  # properties of 128 bytes
        b"\x32",
    ],
)
def test_what_is_no_usual_message_is_left_to_paho(packet: bytes) -> None:
    assert message(packet, 0, properties=True) is None


class Wired(Client):
    """A client whose socket has read these bytes, and gets no more."""

    def __init__(self, read: list[bytes]) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True)
        self.turns: list[list[Came]] = []
        self.singly: list[bytes] = []
        self.on_messages = lambda _client, came: self.turns.append(list(came))
        self.on_message = lambda _client, _data, one: self.singly.append(bytes(one.payload))
        self._sock = Socket.__new__(Socket)
        self._records = read

    def turn(self) -> None:
        def recv(_socket: object, _size: int, _flags: int = 0) -> bytes:
            if not self._records:
                raise ssl.SSLWantReadError
            return self._records.pop(0)

        with patch.object(tls.Socket, "recv", recv):
            self.loop_read()

    def __del__(self) -> None:
        self._sock = None


def test_messages_that_have_come_are_handed_on_together_and_the_rest_is_pahos() -> None:
    client = Wired([publish(b"1", 1) + publish(b"2", 2), publish(b"3", 3), publish(b"4", header=0x30), publish(b"5")])
    for _ in range(4):
        client.turn()
    assert [[one.payload for one in came] for came in client.turns] == [[b"1", b"2", b"3"], [b"5"]]
    assert client.singly == [b"4"]


def test_messages_after_a_puback_are_read_in_bulk_however_many_of_ours_wait_for_theirs() -> None:
    client = Wired([PUBACK.pack(PUBACK_TYPE, 2, 9999) + publish(b"1", 1) + publish(b"2", 2)])
    client._out_messages.update(dict.fromkeys(range(50)))
    client.turn()
    client.turn()
    assert [[one.payload for one in came] for came in client.turns] == [[b"1", b"2"]]
    assert client.singly == []


def test_a_message_in_two_records_is_read_whole() -> None:
    packet = publish(bytes(20_000), 9)
    client = Wired([packet[:16_384], packet[16_384:] + publish(b"next", 10)])
    for _ in range(3):
        client.turn()
    assert client.singly == [bytes(20_000)]
    assert [[one.payload for one in came] for came in client.turns] == [[b"next"]]


def test_a_turn_of_reading_ends() -> None:
    client = Wired([publish(b"x") * (MESSAGES_A_TURN + 1)])
    client.turn()
    assert [len(came) for came in client.turns] == [MESSAGES_A_TURN]
