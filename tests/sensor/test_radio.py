"""The radio's channels, on a FAKE kernel that answers as told: no radio here can say EBUSY."""

import errno
import os

import pytest

from footfall_sensor.channels import frequency_mhz
from footfall_sensor.radio import AGAIN_MS, Radio


class Kernel:
    """FAKE nl80211. `refusal` is raised by `tune`; `opening` by a new conversation."""

    def __init__(self) -> None:
        self.tuned: list[int] = []
        self.refusal: dict[int, int | None] = {}  # MHz, or 0 for every one -> errno
        self.opening = 0
        self.opened = 0
        self.closed = 0
        self.on_mhz: int | None = 2437

    def __call__(self) -> "Kernel":
        self.opened += 1
        if self.opening:
            raise OSError(self.opening, os.strerror(self.opening))
        return self

    def tune(self, interface: str, mhz: int) -> None:
        assert interface == "mon0"
        key = mhz if mhz in self.refusal else 0
        if key in self.refusal:
            code = self.refusal[key]
            raise TimeoutError("timed out") if code is None else OSError(code, os.strerror(code))
        self.tuned.append(mhz)

    def frequency_mhz(self, _interface: str) -> int | None:
        return self.on_mhz

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


def _radio(kernel: Kernel, *chosen: int, hop: bool = True) -> Radio:
    return Radio("mon0", chosen or (1, 6, 11), 250, hop, kernel)


def _play(radio: Radio, begin_ms: int, length_ms: int) -> None:
    for now_ms in range(begin_ms, begin_ms + length_ms, 50):
        radio.go(now_ms)


def test_radio_of_its_own_goes_through_its_channels(kernel: Kernel) -> None:
    """1, 6 and 11 in turn, and the plan says so."""
    radio = _radio(kernel)
    _play(radio, 0, 1000)
    assert [frequency_mhz(channel) for channel in (1, 6, 11, 1)] == kernel.tuned
    assert (radio.plan, radio.cycle_s) == ("hopping 1 6 11, 250 ms each", 0.75)
    assert radio.due_ms == 1000


def test_beside_an_access_point_it_stays_and_says_so(kernel: Kernel) -> None:
    """EBUSY is no fault: the channel is the access point's. It is asked for again once a minute, not more often."""
    kernel.refusal = {0: errno.EBUSY}
    radio = _radio(kernel)
    _play(radio, 0, 2 * AGAIN_MS)
    assert radio.plan == "fixed on 2437 MHz: beside an access point, whose channel it is"
    assert (kernel.tuned, radio.cycle_s, radio.due_ms) == ([], 0.0, 2 * AGAIN_MS)
    kernel.refusal = {}
    _play(radio, 2 * AGAIN_MS, 1000)
    assert radio.plan.startswith("hopping 1 6 11")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.EPERM, "no permission to change channels"),
        (errno.EACCES, "no permission to change channels"),
        (errno.EOPNOTSUPP, "the driver changes no channels"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_refusal_is_named_and_ends_nothing(code: int, says: str, kernel: Kernel) -> None:
    """Whatever the kernel says, the radio stays where it is, and the reason is in the plan."""
    kernel.refusal = {0: code}
    radio = _radio(kernel)
    _play(radio, 0, 500)
    assert radio.plan.startswith("fixed on 2437 MHz: ")
    assert says in radio.plan


def test_channel_that_is_not_allowed_here_is_left_out(kernel: Kernel) -> None:
    """EINVAL is about one channel (13 in some countries, 36 on a 2.4 GHz radio): the others go on at once."""
    kernel.refusal = {frequency_mhz(13): errno.EINVAL, frequency_mhz(36): errno.EINVAL}
    radio = _radio(kernel, 13, 1, 36)
    _play(radio, 0, 1000)
    assert set(kernel.tuned) == {2412}
    assert radio.plan == "fixed on 1, the only one asked for"
    kernel.refusal[2412] = errno.EINVAL
    radio.lost()
    _play(radio, 1000, 2000)
    assert radio.plan == "fixed on 2437 MHz: the radio knows none of the channels asked for"


def test_interface_that_is_gone_is_tried_soon_again(kernel: Kernel) -> None:
    """ENODEV and ENETDOWN pass: the plan begins anew when the interface is back."""
    for code in (errno.ENODEV, errno.ENETDOWN):
        kernel.refusal = {0: code}
        radio = _radio(kernel)
        _play(radio, 0, 3000)
        kernel.refusal = {}
        kernel.tuned.clear()
        _play(radio, 3000, 1500)
        assert kernel.tuned[:3] == [2412, 2437, 2462]


def test_kernel_without_wifi_is_no_fault(kernel: Kernel) -> None:
    """No nl80211 at all, as on a TAP: the interface is listened to as it is."""
    kernel.opening = errno.ENOENT
    radio = _radio(kernel)
    _play(radio, 0, 10_000)
    assert radio.plan == "fixed: the kernel has no Wi-Fi for it"
    assert kernel.opened == 1


def test_driver_that_hangs_is_spoken_to_anew(kernel: Kernel) -> None:
    """No answer within the time: the conversation is ended and another begun."""
    kernel.refusal = {0: None}
    radio = _radio(kernel)
    _play(radio, 0, 100)
    assert kernel.closed == 1
    kernel.refusal = {}
    _play(radio, AGAIN_MS, 1000)
    assert (kernel.opened, radio.plan) == (2, "hopping 1 6 11, 250 ms each")


def test_hopping_that_is_off_touches_nothing(kernel: Kernel) -> None:
    """Somebody else has set the channel: it is only said which."""
    radio = _radio(kernel, hop=False)
    _play(radio, 0, 5000)
    assert kernel.tuned == []
    assert radio.plan == "fixed on 2437 MHz: as it was set; hopping is off"


def test_one_channel_is_tuned_to_and_seen_to(kernel: Kernel) -> None:
    """Set once, and again each minute: somebody else may have changed it."""
    radio = _radio(kernel, 11)
    _play(radio, 0, 2 * AGAIN_MS)
    assert (kernel.tuned, radio.plan) == ([2462, 2462], "fixed on 11, the only one asked for")


def test_kicked_radio_begins_at_the_first_channel(kernel: Kernel) -> None:
    """Down and up again, an interface may be anywhere."""
    radio = _radio(kernel)
    _play(radio, 0, 300)
    radio.lost()
    radio.go(300)
    assert kernel.tuned == [2412, 2437, 2412]
    radio.close()
    assert kernel.closed == 1
