"""What `radio` runs in a network namespace: three listeners on one TAP, each at the highest rate that it sustains.

Started as a program: python -m tools.bench.radio_work ROUNDS; prints a JSON line a round, and the figures last.
"""

import json
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from footfall_sensor.air import Air
from footfall_sensor.frames import LINK_RADIOTAP
from footfall_sensor.listening import Epoch, Listening
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.ring import SOL_PACKET, Heard
from tools.bench import frames
from tools.bench.paths import KEY
from tools.bench.tap import Tap, Writer

TAP = "bench0"
RING_KIB = 512  # what a unit with 64 MB gets
FRAMES = 4096  # different ones, written over and over
RUN_S = 0.6
SCAPY_RUN_S = 1.5  # its socket's buffer holds longer at its rate
IDLE_S = 0.3
STEP_UP, STEP_DOWN = 1.15, 0.85  # from round to round
SEARCH_UP = 1.5
KEPT_UP = 1.05  # a writer that wrote no more than this, of a rate that was raised by more, is at its limit
RATE_MIN = 100.0
PACKET_STATISTICS, SO_RCVBUFFORCE = 6, 33


@dataclass(frozen=True, slots=True)
class Run:
    """How it went: frames that came through, and frames that the kernel dropped."""

    got: int
    dropped: int


Writing = Callable[[], bool]  # whether the writer still writes
Listen = Callable[[int, Callable[[], Writing]], Run]  # (frames to come, to be called once when ready for them)


class Quiet:
    """Tells when nothing has come for a while after the writer's end."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._since_s = time.monotonic()

    def over(self, came: bool) -> bool:
        """Whether to stop listening."""
        now_s = time.monotonic()
        if came or self._writing():
            self._since_s = now_s
        return now_s - self._since_s > IDLE_S


def footfall(count: int, begin: Callable[[], Writing]) -> Run:
    """The agent's own way, from the socket to the window."""
    air = Air(TAP, RING_KIB, (), lambda: time.monotonic_ns() // 1_000_000)
    listening = Listening(_epoch_for)
    air.look()
    got, quiet = 0, Quiet(begin())
    while got < count:
        heard = air.read(20)
        for _ in listening.hear_all(heard, LINK_RADIOTAP):
            pass
        got += len(heard)
        if quiet.over(bool(heard)):
            break
    air.look()
    air.close()
    return Run(got, air.kernel_drops_total)


def recv(count: int, begin: Callable[[], Writing]) -> Run:
    """A plain loop: recv, then the agent's own way to the window; as much buffer as the ring has."""
    listening, got = Listening(_epoch_for), 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as plain:
        plain.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RING_KIB << 10)
        plain.bind((TAP, 3))
        plain.settimeout(0.05)
        quiet = Quiet(begin())
        while got < count:
            try:
                raw = plain.recv(65535)
            except TimeoutError:
                if quiet.over(came=False):
                    break
                continue
            for _ in listening.hear_all((Heard(time.monotonic_ns() // 1_000_000, raw),), LINK_RADIOTAP):
                pass
            got += 1
        return Run(got, _drops(plain))


def scapy(count: int, begin: Callable[[], Writing]) -> Run:
    """scapy's sniffer with a callback that reads the sender's address."""
    from scapy.arch.linux import L2ListenSocket  # noqa: PLC0415 - a second, which only this one needs
    from scapy.layers.dot11 import Dot11  # noqa: PLC0415
    from scapy.sendrecv import sniff  # noqa: PLC0415

    addresses: list[str] = []
    sniffer = L2ListenSocket(iface=TAP)
    sniffer.ins.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RING_KIB << 10)
    quiet = Quiet(begin())
    while (before := len(addresses)) < count:
        sniff(
            opened_socket=sniffer,
            store=False,
            count=count - before,
            timeout=0.2,
            prn=lambda packet: addresses.append(packet[Dot11].addr2),
        )
        if quiet.over(len(addresses) > before):
            break
    dropped = _drops(sniffer.ins)
    sniffer.close()
    return Run(len(addresses), dropped)


def _epoch_for(_start_ms: int) -> Epoch:
    return Epoch("bench", Pseudonymiser(KEY))


def _drops(listening: socket.socket) -> int:
    return int.from_bytes(listening.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)[4:8], sys.byteorder)


class Contender:
    """One listener and the rate that it is believed to sustain."""

    def __init__(self, tap: Tap, raws: list[bytes], listen: Listen, start_per_s: float, run_s: float) -> None:
        self.rate_per_s = start_per_s
        self.sustained: list[float] = []
        self.dropped = 0  # in the last run
        self._tap, self._raws, self._listen, self._run_s = tap, raws, listen, run_s

    def hold(self, rate_per_s: float) -> float:
        """Listen to this many frames a second. Returns how many there were, which may be fewer; 0 where any was lost.

        Fewer, because the writer has a limit too: whoever takes all that it writes sustains that and no more.
        """
        count = max(1, round(rate_per_s * self._run_s))
        writers: list[Writer] = []

        def begin() -> Writing:
            writers.append(self._tap.writer(self._raws, count, rate_per_s))
            return lambda: writers[0].writing

        heard = self._listen(count, begin)
        written_per_s = writers[0].end()
        self.dropped = heard.dropped
        return written_per_s if heard.got == count and not heard.dropped else 0.0

    def search(self) -> None:
        """Find roughly where it begins to lose frames, or the writer to lag."""
        while self.rate_per_s > RATE_MIN and not self.hold(self.rate_per_s):
            self.rate_per_s /= SEARCH_UP
        while self.hold(self.rate_per_s * SEARCH_UP) > self.rate_per_s * KEPT_UP:
            self.rate_per_s *= SEARCH_UP

    def turn(self) -> None:
        """One round: a little more if it held the last time, a little less if not; what held is kept."""
        held_per_s = self.hold(self.rate_per_s)
        if held_per_s:
            self.sustained.append(held_per_s)
        kept_up = held_per_s > self.rate_per_s * KEPT_UP / STEP_UP
        self.rate_per_s = max(RATE_MIN, self.rate_per_s * (STEP_UP if held_per_s and kept_up else STEP_DOWN))

    def confirm(self) -> float:
        """Run once more at the figure, or less until nothing is lost. Returns the frames a second of that run."""
        rate_per_s = self.figure
        while not (held_per_s := self.hold(rate_per_s)) and rate_per_s > RATE_MIN:
            rate_per_s *= STEP_DOWN
        return held_per_s

    @property
    def figure(self) -> float:
        """Frames a second, the median of the rounds that lost none."""
        return median(self.sustained) if self.sustained else 0.0


def main(rounds: int) -> None:
    """Measure, and print."""
    tap = Tap(TAP)
    raws = [frame.raw for frame in frames.synthetic(FRAMES).frames if frame is not None]
    ours = Contender(tap, raws, footfall, 100_000.0, RUN_S)
    plain = Contender(tap, raws, recv, 100_000.0, RUN_S)
    theirs = Contender(tap, raws, scapy, 1_500.0, SCAPY_RUN_S)
    contenders = (ours, plain, theirs)
    for contender in contenders:
        contender.search()
    print(json.dumps({"round": 0}), flush=True)
    for number in range(1, rounds + 1):
        for contender in contenders:
            contender.turn()
        print(json.dumps({"round": number}), flush=True)
    confirmed_per_s = ours.confirm()
    said = {
        "frames_per_s": confirmed_per_s,
        "dropped": ours.dropped,
        "recv_frames_per_s": plain.figure,
        "scapy_frames_per_s": theirs.figure,
    }
    tap.close()
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
