"""The link: what paho asks for bit by bit is read at once, and what it would send one by one is sent at once."""

from paho.mqtt.enums import CallbackAPIVersion

from collector.link import PUBACKS_A_PACKET, Client


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
