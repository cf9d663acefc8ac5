"""MQTT 5 packets as the light connections write and read them; a real broker reads them in the tests of the fleet."""

from hypothesis import given, settings
from hypothesis import strategies as some

from tools.load import packets
from tools.load.packets import Type


@settings(max_examples=40)
@given(some.lists(some.binary(max_size=400), min_size=1, max_size=4), some.integers(1, 30))
def test_packets_come_out_whole_however_they_were_cut(payloads: list[bytes], piece: int) -> None:
    sent = b"".join(packets.publish(number + 1, "footfall/1/a/b/ack", one) for number, one in enumerate(payloads))
    read, found = bytearray(), []
    for start in range(0, len(sent), piece):
        read += sent[start : start + piece]
        found += packets.whole(read)
    assert [packets.published(kind, body)[2] for kind, body in found] == payloads
    assert {packets.published(kind, body)[0] for kind, body in found} == {"footfall/1/a/b/ack"}
    assert not read


def test_a_refusal_is_seen_in_whichever_answer_it_stands() -> None:
    assert packets.reason(Type.CONNACK, b"\0\x87\0") == 0x87
    assert packets.reason(Type.PUBACK, b"\0\7\x87\0") == 0x87
    assert packets.reason(Type.PUBACK, b"\0\7") == 0
    assert packets.reason(Type.SUBACK, b"\0\1\0\1\x87") == 0x87
