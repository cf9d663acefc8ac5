"""From the bytes of a frame to a closed window: our path, a bare loop, dpkt and scapy over one list of frames."""

from dataclasses import asdict, dataclass
from time import perf_counter

from tools.bench import dpkt_peer, peers, scapy_peer
from tools.bench.frames import Material, sample
from tools.bench.measure import Clock, Contender, Tick, interleaved, settled_heap
from tools.bench.paths import KEY, Agreement, agreement, floor_path, footfall_path, placed
from tools.bench.result import Figure, Group, Line, Target, rounded

DPKT_FRAMES_MAX, DPKT_BLOCK = 10_000, 100  # a round
SCAPY_FRAMES_MAX, SCAPY_BLOCK = 400, 20

FLOOR_RATIO_MAX, DPKT_SPEEDUP_MIN, SCAPY_SPEEDUP_MIN = 6.0, 5.0, 100.0


@dataclass(frozen=True, slots=True)
class SensorResult:
    """Microseconds a frame, medians over the rounds."""

    us_per_frame: float
    floor_us_per_frame: float
    dpkt_us_per_frame: float
    scapy_us_per_frame: float
    frames: int
    windows: int  # that the frames fall into: each costs as much as a few frames, so a sparse capture reads high
    sightings: int
    dpkt_frames: int  # a round; a part of the same frames
    scapy_frames: int
    dpkt: Agreement
    scapy: Agreement
    rounds: int
    source: str

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        plain = {name: value for name, value in asdict(self).items() if not isinstance(value, dict)}
        return rounded(
            plain
            | {
                "floor_ratio": self.us_per_frame / self.floor_us_per_frame,
                "dpkt_speedup": self.dpkt_us_per_frame / self.us_per_frame,
                "scapy_speedup": self.scapy_us_per_frame / self.us_per_frame,
                "dpkt_failed": self.dpkt.failed,
                "dpkt_differing": self.dpkt.differing,
                "scapy_failed": self.scapy.failed,
                "scapy_differing": self.scapy.differing,
            }
        )

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        lines = (
            Line("Footfall", self.us_per_frame),
            Line("bare slice and HMAC", self.floor_us_per_frame),
            Line("dpkt", self.dpkt_us_per_frame),
            Line("scapy", self.scapy_us_per_frame),
        )
        return (Group("frame to window, us a frame", lines),)

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        ours = self.us_per_frame
        return (
            Target("times the bare loop, at most 6", ours / self.floor_us_per_frame, FLOOR_RATIO_MAX, at_most=True),
            Target(
                "times faster than dpkt, at least 5", self.dpkt_us_per_frame / ours, DPKT_SPEEDUP_MIN, at_most=False
            ),
            Target(
                "times faster than scapy, at least 100",
                self.scapy_us_per_frame / ours,
                SCAPY_SPEEDUP_MIN,
                at_most=False,
            ),
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (
            f"{self.frames} frames ({self.source}) in {self.windows} windows with {self.sightings} sightings; "
            f"{self.rounds} rounds in turns, medians; a round gives dpkt {self.dpkt_frames} and scapy "
            f"{self.scapy_frames} of the frames.",
            *(
                f"{name} was asked what it reads in {found.frames} probe requests: it failed on {found.failed} and "
                f"differed from Footfall on {found.differing}."
                for name, found in (("dpkt", self.dpkt), ("scapy", self.scapy))
            ),
        )


def measure(material: Material, rounds: int, tick: Tick, clock_s: Clock = perf_counter) -> SensorResult:
    """Let all four take the frames in turns. ValueError where there is no frame."""
    for_dpkt = material.frames if len(material) <= DPKT_FRAMES_MAX else sample(material, DPKT_FRAMES_MAX, DPKT_BLOCK)
    for_scapy = sample(material, SCAPY_FRAMES_MAX, SCAPY_BLOCK)
    floor_input = placed(material.frames)
    dpkt_count = sum(frame is not None for frame in for_dpkt)
    contenders = (
        Contender("footfall", lambda: footfall_path(material.frames), len(material)),
        Contender("floor", lambda: floor_path(floor_input), len(material)),
        Contender("dpkt", lambda: peers.track(dpkt_peer.read, KEY, for_dpkt), dpkt_count),
        Contender("scapy", lambda: peers.track(scapy_peer.read, KEY, for_scapy), len(for_scapy)),
    )
    with settled_heap():
        ours, floor, dpkt, scapy = interleaved(contenders, rounds, clock_s, tick)
    closed = footfall_path(material.frames)
    return SensorResult(
        us_per_frame=ours.us_median,
        floor_us_per_frame=floor.us_median,
        dpkt_us_per_frame=dpkt.us_median,
        scapy_us_per_frame=scapy.us_median,
        frames=ours.items,
        windows=closed.windows,
        sightings=closed.sightings,
        dpkt_frames=dpkt.items,
        scapy_frames=scapy.items,
        dpkt=agreement(dpkt_peer.read, for_dpkt),
        scapy=agreement(scapy_peer.read, for_scapy),
        rounds=rounds,
        source=material.source,
    )
