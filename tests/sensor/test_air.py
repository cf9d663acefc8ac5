"""The air: a real packet socket with its filter and its ring, on a real interface of type radiotap.

The interface is a TAP device in a network namespace: what is written to it, it hears. Needs root.
"""

import ast
import inspect
import random
import time
from collections.abc import Callable, Iterator

import air
import pytest
import tap
from tap import Tap

import footfall_sensor
from footfall_sensor import air as product
from footfall_sensor import bpf, interface, ring
from footfall_sensor.air import Air
from footfall_sensor.interface import Link

OWN = bytes.fromhex("5c628bd1e200")
PROBE = air.plain() + air.probe()
BEACON = air.plain() + air.probe(control=0x0080)
DATA = air.plain() + air.probe(control=0x0008)
WAIT_MS = ring.RETIRE_MS + 50


@pytest.fixture(autouse=True)
def namespace() -> Iterator[None]:
    tap.skip_unless_possible()
    with tap.Namespace():
        yield


@pytest.fixture
def mon0() -> Iterator[Tap]:
    with Tap() as made:
        yield made


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


Listen = Callable[..., Air]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Makes listeners on mon0, and closes them."""
    made: list[Air] = []

    def _make(ring_kib: int = 512, networks: tuple[bytes, ...] = (), clock: Callable[[], int] = now_ms) -> Air:
        made.append(Air("mon0", ring_kib, networks, clock))
        return made[-1]

    yield _make
    for each in made:
        each.close()


def _all(ear: Air) -> list[bytes]:
    """Everything that comes until nothing comes any more."""
    raws = []
    while heard := ear.read(WAIT_MS):
        raws += [frame.raw for frame in heard]
    return raws


@pytest.fixture(params=["in blocks", "one by one"])
def ear(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, mon0: Tap, listen: Listen) -> Air:
    """Listens to mon0, by the ring and without one."""
    if request.param == "one by one":

        def refused(*_: object) -> ring.Ring:
            raise OSError(12, "no memory")

        monkeypatch.setattr(product, "Ring", refused)
    listening = listen(networks=(OWN,))
    assert listening.look() is Link.LISTENING
    assert listening.in_blocks == (request.param == "in blocks")
    return listening


def test_only_what_was_asked_for_arrives(ear: Air, mon0: Tap) -> None:
    """Probe requests of any shape, in order and byte for byte; beacons, data and everything else stay outside."""
    chance = random.Random(1)
    wanted, mixed = [], []
    for number in range(500):
        header = chance.choice((air.plain(), air.radiotap(({air.TSFT: bytes(8), air.SIGNAL: air.signal(-40)}, 0))))
        probe = header + air.probe(chance.randbytes(6), seq=number % 4096)
        wanted.append(probe)
        mixed.append(probe)
        mixed += [header + air.probe(control=control) for control in chance.sample([8, 0x80, 0x50, 0xD0, 0xB4, 0], 3)]
    for start in range(0, len(mixed), 100):
        mon0.hear(*mixed[start : start + 100])
        time.sleep(0.01)
    assert wanted == _all(ear)
    ear.look()
    assert (ear.received_total, ear.kernel_drops_total) == (len(wanted), 0)


def test_long_frame_is_cut_at_the_snap_length(ear: Air, mon0: Tap) -> None:
    """What Python gets of a frame is bounded by the filter."""
    mon0.hear(PROBE + bytes(1000))
    (kept,) = _all(ear)
    assert (PROBE + bytes(1000))[: bpf.SNAP_BYTES] == kept


def test_own_stations_arrive_without_their_elements(ear: Air, mon0: Tap) -> None:
    """(Re)association requests to the venue's own network pass, cut behind the header; those to others do not."""

    def asking(control: int, bssid: bytes) -> bytes:
        frame = bytearray(air.plain() + air.probe(ssid=b"a network's name", control=control))
        start = len(air.plain())
        frame[start + 4 : start + 10] = frame[start + 16 : start + 22] = bssid
        return bytes(frame)

    mon0.hear(asking(0x0000, OWN), asking(0x0000, OWN[::-1]), asking(0x0020, OWN))
    size = len(air.plain()) + 24
    assert [asking(0x0000, OWN)[:size], asking(0x0020, OWN)[:size]] == _all(ear)


def test_beacons_are_counted_and_not_handed_on(ear: Air, mon0: Tap) -> None:
    """Only while that is wanted; frames that came before and after are not mistaken for beacons."""
    mon0.hear(PROBE, BEACON)
    ear.count_beacons(True)
    mon0.hear(BEACON, PROBE, BEACON, BEACON)
    ear.count_beacons(False)
    mon0.hear(BEACON, PROBE, DATA)
    assert _all(ear) == [PROBE] * 3
    assert ear.beacons_total == 3


def test_frames_carry_the_time_they_came_at(ear: Air, mon0: Tap) -> None:
    """By the monotonic clock, also where they had to wait in the ring for their reader."""
    mon0.hear(PROBE)
    came_ms = now_ms()
    time.sleep(0.4 if ear.in_blocks else 0)
    (heard,) = ear.read(WAIT_MS)
    assert abs(heard.ms - came_ms) < 50


def test_wall_clock_that_is_set_bends_no_time(mon0: Tap, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel stamps by the wall clock; set by a year between a frame and its reading, it moves frames by less
    than the ring can hold them."""
    ear = listen()
    ear.look()
    honest_ns = time.time_ns
    for step_ns in (10**16, -(10**16), 10**16):
        mon0.hear(PROBE)
        came_ms = now_ms()
        monkeypatch.setattr(ring.time, "time_ns", lambda step=step_ns: honest_ns() + step)
        (heard,) = ear.read(WAIT_MS)
        monkeypatch.setattr(ring.time, "time_ns", honest_ns)
        assert -2 * ring.RETIRE_MS <= heard.ms - came_ms <= 2 * ring.RETIRE_MS


def test_kernel_drops_are_counted_one_by_one(ear: Air, mon0: Tap) -> None:
    """A reader that is away too long loses frames; received = handed on + dropped, exactly."""
    sent = 20_000
    for _ in range(sent // 100):
        mon0.hear(*[PROBE] * 100)
    got = len(_all(ear))
    ear.look()
    assert ear.received_total == sent
    assert 0 < ear.kernel_drops_total == sent - got


def test_interface_that_goes_and_comes_back_is_a_state(ear: Air, mon0: Tap) -> None:
    """Switched off, on, deleted and made anew under the reader: it says so, and hears again without being told."""
    mon0.switch(on=False)
    assert ear.read(50) == []
    assert ear.look() is Link.DOWN
    mon0.switch(on=True)
    assert ear.look() is Link.LISTENING
    mon0.hear(PROBE)
    assert _all(ear) == [PROBE]
    mon0.close()
    assert ear.read(50) == []
    assert ear.look() is Link.GONE
    with Tap() as again:
        assert ear.look() is Link.LISTENING
        again.hear(PROBE)
        assert _all(ear) == [PROBE]


def test_waiting_on_an_interface_that_is_off_costs_no_cpu(ear: Air, mon0: Tap) -> None:
    """An error on the socket is taken once: the loop does not spin until somebody repairs the radio."""
    mon0.switch(on=False)
    ear.read(10)
    ear.look()
    began_s, wall_s = time.process_time(), time.monotonic()
    while time.monotonic() - wall_s < 0.5:
        ear.read(100)
    assert time.process_time() - began_s < 0.1


def test_interface_that_is_no_monitor_is_not_listened_to(listen: Listen) -> None:
    """An Ethernet interface under that name: a state, and no frame of it is read."""
    with Tap(link=tap.ARPHRD_ETHER) as wrong:
        ear = listen()
        assert ear.look() is Link.NOT_MONITOR
        wrong.hear(PROBE)
        assert ear.read(20) == []
    assert ear.look() is Link.GONE


def test_interface_under_another_type_is_let_go_of(mon0: Tap, listen: Listen) -> None:
    """mon0 deleted and made anew as Ethernet: whoever listened stops listening."""
    ear = listen()
    assert ear.look() is Link.LISTENING
    mon0.close()
    with Tap(link=tap.ARPHRD_ETHER) as wrong:
        assert ear.look() is Link.NOT_MONITOR
        wrong.hear(PROBE)
        assert ear.read(20) == []


def test_permission_is_asked_for_again_and_again(mon0: Tap, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without CAP_NET_RAW it says so, tries seldom, and listens once it may. (FAKE: the socket's refusal.)"""
    attempts = []

    class Refusing:
        AF_PACKET, SOCK_RAW = 17, 3

        def socket(self, *_: object) -> object:
            attempts.append(1)
            raise PermissionError(1, "no")

    clock = [0]
    ear = listen(clock=lambda: clock[0])
    honest = product.socket
    monkeypatch.setattr(product, "socket", Refusing())
    for _ in range(60):
        assert ear.look() is Link.NO_PERMISSION
        clock[0] += 1000
    assert 5 < len(attempts) < 12
    monkeypatch.setattr(product, "socket", honest)
    clock[0] += 10_000
    assert ear.look() is Link.LISTENING


def test_nothing_is_ever_sent(ear: Air, mon0: Tap) -> None:
    """After listening, counting, kicking and closing, the other end of the interface has received 0 bytes."""
    mon0.sent()  # what the kernel itself says when an interface comes up
    mon0.hear(PROBE, BEACON)
    ear.count_beacons(True)
    _all(ear)
    assert ear.kick()
    ear.look()
    mon0.hear(PROBE)
    _all(ear)
    ear.close()
    assert mon0.sent() == []


def test_there_is_no_way_to_send(listen: Listen) -> None:
    """No call in the rooms around the socket is one that sends, and the socket leaves them nowhere."""
    for module in (product, ring, interface):
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not {name for name in called if name.startswith(("send", "write", "sendmsg"))}, module.__name__
    public = {name for name in vars(listen()) if not name.startswith("_")}
    assert "socket" not in " ".join(public | set(dir(Air)) - set(dir(object)))
    assert footfall_sensor.__version__


def test_small_rings_work(mon0: Tap, listen: Listen) -> None:
    """The smallest ring that can be configured hears too."""
    ear = listen(ring_kib=64)
    ear.look()
    mon0.hear(PROBE, PROBE)
    assert _all(ear) == [PROBE] * 2
