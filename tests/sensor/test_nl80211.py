"""nl80211 by hand: what is sent, what is read, and what an absent radio answers."""

import errno
import os
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import nl80211
from footfall_sensor.nl80211 import Nl80211


def test_request_is_laid_out_as_the_kernel_reads_it() -> None:
    """Length, family, REQUEST and ACK, sequence; command; attributes padded to four bytes, with their true length."""
    raw = nl80211.request(28, 2, {3: b"\1\0\0\0", 2: b"name\0"}, 7)
    size, family, flags, sequence, port = struct.unpack_from("=IHHII", raw)
    assert (size, family, flags, sequence, port) == (len(raw), 28, 5, 7, 0)
    assert len(raw) % 4 == 0
    command, _, _ = struct.unpack_from("=BBH", raw, 16)
    assert command == 2
    assert dict(nl80211.attributes(raw[20:])) == {3: b"\1\0\0\0", 2: b"name\0"}


def test_several_messages_in_one_answer_are_told_apart() -> None:
    """What the kernel puts into one datagram comes out as messages, in order."""
    one, two = nl80211.request(28, 1, {1: b"a"}, 1), nl80211.request(29, 2, {}, 2)
    assert [(kind, sequence) for kind, sequence, _ in nl80211.messages(one + two)] == [(28, 1), (29, 2)]


def test_flags_in_an_attributes_type_are_not_its_type() -> None:
    """The kernel marks nested attributes in the two highest bits."""
    raw = struct.pack("=HH", 8, 0x8000 | 38) + struct.pack("=I", 2412)
    assert list(nl80211.attributes(raw)) == [(38, struct.pack("=I", 2412))]


@given(st.binary(max_size=200))
def test_any_answer_is_read_without_a_fault(raw: bytes) -> None:
    """Lengths that lie end the reading; they lead nowhere."""
    for _, _, payload in nl80211.messages(raw):
        list(nl80211.attributes(payload))
    list(nl80211.attributes(raw))


class Kernel:
    """A FAKE kernel at the other end of a socket pair: answers each request as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[int, int, dict[int, bytes]]] = []
        self.answers: list[bytes] = []
        ours = self

        class Ends:
            AF_NETLINK, SOCK_RAW = socket.AF_INET, socket.SOCK_DGRAM
            if_nametoindex = staticmethod(socket.if_nametoindex)

            def socket(self, *_: object) -> "Ends":
                return self

            def settimeout(self, _seconds: float) -> None: ...

            def bind(self, _address: object) -> None: ...

            def close(self) -> None: ...

            def send(self, raw: bytes) -> None:
                _, family, _, self.sequence, _ = struct.unpack_from("=IHHII", raw)
                ours.asked.append((family, raw[16], dict(nl80211.attributes(raw[20:]))))

            def recv(self, _size: int) -> bytes:
                stale = _answer(2, self.sequence - 1, struct.pack("=i", -errno.EIO))
                return stale + ours.answers.pop(0).replace(b"SEQ!", struct.pack("=I", self.sequence))

        monkeypatch.setattr(nl80211, "socket", Ends())

    def will(self, attributes: dict[int, bytes] | None = None, code: int = 0) -> None:
        body = b"" if attributes is None else _answer(28, 0, nl80211.request(0, 0, attributes, 0)[16:], marked=True)
        self.answers.append(body + _answer(2, 0, struct.pack("=i", -code), marked=True))


def _answer(kind: int, sequence: int, payload: bytes, marked: bool = False) -> bytes:
    mark = b"SEQ!" if marked else struct.pack("=I", sequence)
    payload += bytes(-len(payload) % 4)
    return struct.pack("=IHH", 16 + len(payload), kind, 0) + mark + struct.pack("=I", 0) + payload


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(monkeypatch)
    kernel.will({1: struct.pack("=H", 28)})  # the family's number
    return kernel


def test_radio_is_tuned_by_its_frequency(kernel: Kernel) -> None:
    """SET_WIPHY with the interface's index and the MHz; the answer to an earlier request is passed over."""
    kernel.will()
    Nl80211().tune("lo", 2437)
    assert kernel.asked[-1] == (28, 2, {3: struct.pack("=I", socket.if_nametoindex("lo")), 38: struct.pack("=I", 2437)})


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EPERM, errno.EINVAL, errno.ENODEV])
def test_refusal_is_an_oserror_with_the_kernels_number(code: int, kernel: Kernel) -> None:
    """Beside an access point EBUSY, without permission EPERM: the caller decides by errno."""
    kernel.will(code=code)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        Nl80211().tune("lo", 2437)
    assert code == caught.value.errno


def test_frequency_is_read(kernel: Kernel) -> None:
    """What the interface is on, where it is on any."""
    kernel.will({5: struct.pack("=I", 6), 38: struct.pack("=I", 2462)})
    kernel.will({5: struct.pack("=I", 2)})
    asked = Nl80211()
    assert asked.frequency_mhz("lo") == 2462
    assert asked.frequency_mhz("lo") is None


def test_interface_that_is_gone_is_enodev(kernel: Kernel) -> None:
    """Before the kernel is asked."""
    with pytest.raises(OSError, match="No such device") as caught:
        Nl80211().tune("nowhere0", 2412)
    assert caught.value.errno == errno.ENODEV


def test_this_kernel_answers() -> None:
    """A real conversation: where the kernel has no Wi-Fi it says ENOENT, and else there is no such interface."""
    with pytest.raises(OSError, match=r"No such|not supported|Invalid|not permitted") as caught:
        Nl80211().tune("lo", 2412)
    assert caught.value.errno is not None
