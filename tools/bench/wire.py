"""What a sighting weighs on the wire, header and signature included, and what writing and reading a batch costs."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from footfall_sensor import signing
from footfall_sensor.wire.envelope import ENVELOPE_BYTES_MAX, Envelope, Kind, seal
from tools.bench.batches import batch_of, sightings
from tools.bench.formats import FORMATS
from tools.bench.measure import Clock, Contender, Tick, interleaved, settled_heap
from tools.bench.result import Figure, Group, Line, Target, rounded

SIGHTINGS = 200
BATCHES_A_ROUND = 50
SENSOR = "north-entrance-01"
BYTES_PER_SIGHTING_MAX = 26.0


@dataclass(frozen=True, slots=True)
class FormatFigures:
    """One format; bytes of the sealed envelope over its sightings, microseconds a batch."""

    key: str
    title: str
    bytes_per_sighting: float
    encode_us: float
    decode_us: float


@dataclass(frozen=True, slots=True)
class WireResult:
    """All formats, ours first, for batches of `sightings`."""

    formats: tuple[FormatFigures, ...]
    sightings: int
    envelope_bytes: int  # header and signature, in every format
    rounds: int

    def figures(self) -> dict[str, Figure]:
        """See result.Result."""
        ours = self.formats[0]
        found: dict[str, Figure] = {
            "sightings": self.sightings,
            "envelope_bytes": self.envelope_bytes,
            "rounds": self.rounds,
        }
        for one in self.formats:
            prefix = f"{one.key}_" if one.key else ""
            found[prefix + "bytes_per_sighting"] = one.bytes_per_sighting
            found[prefix + "encode_us"] = one.encode_us
            found[prefix + "decode_us"] = one.decode_us
            if prefix:
                found[prefix + "bytes_ratio"] = one.bytes_per_sighting / ours.bytes_per_sighting
                found[prefix + "encode_ratio"] = one.encode_us / ours.encode_us
                found[prefix + "decode_ratio"] = one.decode_us / ours.decode_us
        return rounded(found)

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        return (
            Group("bytes a sighting", tuple(Line(one.title, one.bytes_per_sighting) for one in self.formats)),
            Group("encode, us a batch", tuple(Line(one.title, one.encode_us) for one in self.formats)),
            Group("decode to columns, us a batch", tuple(Line(one.title, one.decode_us) for one in self.formats)),
        )

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        weighed = self.formats[0].bytes_per_sighting
        return (Target("bytes a sighting, at most 26", weighed, BYTES_PER_SIGHTING_MAX, at_most=True),)

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        large = [one.title for one in self.formats if one.bytes_per_sighting * self.sightings > ENVELOPE_BYTES_MAX]
        return (
            f"{self.sightings} sightings a batch. Every format has the same field names and travels in the same "
            f"envelope, whose header and Ed25519 signature take {self.envelope_bytes} bytes.",
            *(f"{title}: over the limit of {ENVELOPE_BYTES_MAX >> 10} KiB a message." for title in large),
            f"{self.rounds} rounds in turns, medians. Encoding starts from what a program of the format holds "
            "(columns, dicts, filled messages) and decoding ends with numpy columns; signing and verifying are left "
            "out.",
        )


def measure(rounds: int, tick: Tick, clock_s: Clock = perf_counter) -> WireResult:
    """Weigh the formats and let them encode and decode in turns. Raises SigningError where nothing can sign."""
    batch = batch_of(sightings(SIGHTINGS))
    overhead = envelope_bytes()
    held = [(one, one.hold(batch)) for one in FORMATS]
    bodies = [(one, one.encode(value)) for one, value in held]
    contenders = [
        *(Contender(one.title, _repeat(one.encode, value), BATCHES_A_ROUND) for one, value in held),
        *(Contender(one.title, _repeat(one.decode, raw), BATCHES_A_ROUND) for one, raw in bodies),
    ]
    with settled_heap():
        timings = interleaved(contenders, rounds, clock_s, tick)
    encodes, decodes = timings[: len(FORMATS)], timings[len(FORMATS) :]
    figures = tuple(
        FormatFigures(one.key, one.title, (overhead + len(raw)) / SIGHTINGS, encode.us_median, decode.us_median)
        for (one, raw), encode, decode in zip(bodies, encodes, decodes, strict=True)
    )
    return WireResult(figures, SIGHTINGS, overhead, rounds)


def envelope_bytes() -> int:
    """How long an envelope with an empty body is: header and signature."""
    backend = signing.backend()
    key = backend.generate()
    empty = Envelope(Kind.BATCH, SENSOR, boot=bytes(8), number=123_456, body=b"")
    return len(seal(empty, lambda message: backend.sign(key, message)))


def _repeat(work: Callable[[Any], object], value: Any) -> Callable[[], None]:
    def run() -> None:
        for _ in range(BATCHES_A_ROUND):
            work(value)

    return run
