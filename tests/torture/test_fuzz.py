"""Fuzzing: whatever bytes come, only our own errors come out.

Good inputs (real frames where they are at hand, frozen vectors, files built by hand) are mutated: 100,000 executions in
the suite, a million by `make torture`. A failure names the seed and the bytes: FOOTFALL_SEED=... repeats the run.
"""

import contextlib
import gzip
import io
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import air
import frozen
import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutators import mutate

from footfall_sensor import capture, elements, frames, keys, radiotap, signing, uci
from footfall_sensor.capture import Frame
from footfall_sensor.errors import CaptureError, ConfigError, Malformed, SensorError, SigningError
from footfall_sensor.listening import Epoch, Listening
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.envelope import SIGNATURE_BYTES, Kind
from footfall_sensor.wire.messages import Ack, Birth, EpochKey, Health
from footfall_sensor.wire.objections import Objections
from footfall_sensor.wire.settings import Command, Configuration, Result
from footfall_sensor.wire.trust import Trust

SHARED_DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data"
SECRET, VECTORS = frozen.read()
PSEUDONYMS = Pseudonymiser(bytes(range(32)))
BACKEND = signing.Cryptography()
TIMED = [(1_700_000_000_000 + 7 * number, air.plain() + air.probe(seq=number)) for number in range(3)]


def _frames() -> list[bytes]:
    """Frames of every shape of header, and real ones."""
    fields: dict[int, bytes] = {bit: bytes(size) for bit, size in air.SIZE.items()}
    headers = [
        air.plain(),
        air.radiotap(({}, 0)),
        air.radiotap((fields, 0)),
        air.radiotap(({0: bytes(8), 1: b"\x10", 3: air.channel(2412), 5: b"\xc0"}, 0)),
        air.radiotap(({0: bytes(8), 5: b"\xc0"}, air.NAMESPACE | air.CHAIN), ({5: b"\xc1", 11: b"\1"}, 0)),
        air.radiotap(({5: b"\xc0"}, air.VENDOR | air.CHAIN), ({1: b"\0"}, 0), vendor=bytes(6)),
    ]
    made = [header + air.probe(ssid=ssid) for header in headers for ssid in (b"", b"home")]
    return made + [frame.raw for path in _real_files() for frame, _ in zip(capture.read(path), range(12), strict=False)]


def _real_files() -> list[Path]:
    """One capture a phone and two days of a room; none where they are not at hand."""
    phones = (sorted(folder.iterdir())[0] for folder in sorted((SHARED_DATA / "phones").glob("?")))
    return [*phones, *sorted((SHARED_DATA / "occupancy" / "pcap").glob("*.gz"))[:2]]


def _captures() -> list[bytes]:
    options = air.option(9, b"\x09") + air.option(14, struct.pack("<q", 5)) + air.option(0, b"")
    blocks = air.section() + air.interface(options=options) + air.packet(1 << 40, b"frame")
    old = air.block(2, struct.pack("<HHIIII", 0, 0, 0, 5_000_000, 3, 3) + b"old")
    simple = air.block(3, struct.pack("<I", 6) + b"simple")
    return [
        air.pcap(TIMED),
        air.pcap(TIMED, order=">", nano=True),
        air.pcapng(TIMED),
        air.pcapng(TIMED, order=">"),
        blocks + old + simple + air.section(">") + air.interface(105, order=">"),
        gzip.compress(air.pcap(TIMED), mtime=0),
        gzip.compress(air.pcapng(TIMED), mtime=0),
    ]


class _MemoryPath:
    """Enough of a Path for capture.read, without a file."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def open(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


UCI_TEXTS = (
    b"config sensor 'main'\n\toption name 'door'\n\tlist channel '1'\n\tlist channel '6'\n",
    b"package footfall\n\nconfig sensor\n option broker_host \"192.0.2.1\"  # here\n option note 'it'\\''s'\n",
    "config sensor 'tür'\noption name 'a\u2028b'\n".encode(),
)

# What must hold of whatever was accepted.


def _check_frame(raw: bytes, link: int) -> None:
    probe = frames.parse(raw, 0, link, PSEUDONYMS.model_class)
    PSEUDONYMS.forget()
    if probe is not None:
        assert len(PSEUDONYMS.token(probe.mac)) == 8
        assert len(probe.mac) == 6
        assert -128 <= probe.rssi_dbm <= 127
        assert 0 <= probe.freq_mhz <= 0xFFFF
        assert 0 <= probe.seq <= 4095
        assert 0 <= probe.model_class <= 0xFFFF


def _check_header(raw: bytes) -> None:
    present = radiotap.present_words(raw)
    assert len(present) % 4 == 0
    found = radiotap.layout(present)
    assert all(-1 <= at < found.end for at in found[:3])


def _check_elements(raw: bytes) -> None:
    kept = elements.capabilities(raw)
    assert kept == elements.capabilities(kept)


def _check_capture(raw: bytes) -> None:
    for frame in capture.read(_MemoryPath(raw)):  # type: ignore[arg-type]
        assert type(frame) is Frame
        assert 0 <= frame.ts_ms <= 1 << 43
        assert frame.link_type in (105, 127)


def _check_envelope(raw: bytes) -> None:
    assert envelope.seal(envelope.unpack(raw), lambda _message: raw[-SIGNATURE_BYTES:]) == raw


def _check_sealed(raw: bytes) -> None:
    opened = envelope.open_sealed(raw, lambda message, signature: BACKEND.verify(SECRET.public, message, signature))
    assert raw in SEALED  # nobody but the holder of the key can make another
    frozen.decode(opened.kind, opened.body)


def _round(decode: Callable[[bytes], Any], encode: Callable[[Any], bytes]) -> Callable[[bytes], None]:
    def check(raw: bytes) -> None:
        message = decode(raw)
        assert message == decode(encode(message))
        assert "hidden" in repr(message) or not isinstance(message, EpochKey)

    return check


def _check_uci(raw: bytes) -> None:
    sections = uci.parse(raw.decode("utf-8", "replace"))
    assert all(len(section.options) <= raw.count(b"option") + raw.count(b"list") for section in sections)


def _check_keys(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    refused = None
    for parse in (keys.PublicKey.parse, keys.SecretKey.parse, keys.parse_signature):
        try:
            parse(text)
            return
        except SigningError as exc:
            refused = exc
    assert refused
    raise refused


class _Radio:
    """A Listening that hears one frame after the other, with times that jump."""

    def __init__(self) -> None:
        self._listening = Listening(lambda _start_ms: Epoch("today", PSEUDONYMS), sightings_max=16)
        self._heard = self._counted = 0

    def hear(self, raw: bytes) -> None:
        ts_ms = 1_700_000_000_000 + (raw[-1] if raw else 0) * 997 + len(raw) * 100
        for closed in self._listening.hear(ts_ms, raw, frames.LINK_RADIOTAP):
            counters = closed.counters
            self._counted += counters.frames
            assert sum(row.frames for row in closed.columns) + counters.overflow == counters.probes
        self._heard += 1
        open_window = self._listening._window
        assert open_window is not None
        assert self._counted + open_window.tally.frames == self._heard


class Target(NamedTuple):
    """What is fuzzed, with what, how often, and which error may come out."""

    good: Callable[[], Sequence[bytes]]
    check: Callable[[bytes], None]
    refusal: type[SensorError] | None  # None: takes everything
    executions: int


def _bodies(*kinds: Kind) -> Callable[[], list[bytes]]:
    return lambda: [vector.body() for vector in VECTORS if vector.kind in kinds]


def _bare_frames() -> list[bytes]:
    return [air.probe(), air.probe(ssid=b"home")]


def _key_texts() -> list[bytes]:
    texts = (SECRET.text(), SECRET.public.text(), keys.signature_text(SECRET.id, bytes(64)))
    return [text.encode() for text in texts]


SEALED = [vector.path.read_bytes() for vector in VECTORS]
TARGETS = {
    "frames.parse, radiotap": Target(_frames, lambda raw: _check_frame(raw, 127), Malformed, 23_000),
    "frames.parse, bare": Target(_bare_frames, lambda raw: _check_frame(raw, 105), Malformed, 5_000),
    "radiotap": Target(_frames, _check_header, Malformed, 10_000),
    "elements": Target(lambda: [air.ELEMENTS, air.HT, air.element(191, bytes(12))], _check_elements, None, 10_000),
    "listening": Target(_frames, _Radio().hear, None, 5_000),
    "capture.read": Target(_captures, _check_capture, CaptureError, 8_000),
    "envelope.unpack": Target(lambda: SEALED, _check_envelope, Malformed, 12_000),
    "envelope.open_sealed": Target(lambda: SEALED, _check_sealed, Malformed, 3_000),
    "batch.decode": Target(_bodies(Kind.BATCH), _round(batch.decode, batch.encode), Malformed, 8_000),
    "Birth.decode": Target(_bodies(Kind.BIRTH), _round(Birth.decode, Birth.encode), Malformed, 2_000),
    "Health.decode": Target(_bodies(Kind.HEALTH), _round(Health.decode, Health.encode), Malformed, 2_000),
    "Ack.decode": Target(_bodies(Kind.ACK), _round(Ack.decode, Ack.encode), Malformed, 2_000),
    "Trust.decode": Target(_bodies(Kind.TRUST), _round(Trust.decode, Trust.encode), Malformed, 2_000),
    "Objections.decode": Target(
        _bodies(Kind.OBJECTIONS), _round(Objections.decode, Objections.encode), Malformed, 1_000
    ),
    "Configuration.decode": Target(
        _bodies(Kind.CONFIG), _round(Configuration.decode, Configuration.encode), Malformed, 1_000
    ),
    "Command.decode": Target(_bodies(Kind.COMMAND), _round(Command.decode, Command.encode), Malformed, 500),
    "Result.decode": Target(_bodies(Kind.RESULT), _round(Result.decode, Result.encode), Malformed, 500),
    "EpochKey.decode": Target(_bodies(Kind.EPOCH), _round(EpochKey.decode, EpochKey.encode), Malformed, 2_000),
    "uci.parse": Target(lambda: UCI_TEXTS, _check_uci, ConfigError, 3_000),
    "keys.parse": Target(_key_texts, _check_keys, SigningError, 3_000),
}


def _fuzz(target: Target, executions: int, seed: int) -> tuple[int, int]:
    """How many mutants were accepted, and how many refused. Fails at the first other error."""
    good = target.good()
    for raw in good:
        target.check(raw)  # what is good must pass
    chance = Random(seed)
    refused = 0
    for _ in range(executions):
        raw = mutate(good, chance)
        try:
            target.check(raw)
        except Exception as exc:
            if target.refusal is None or not isinstance(exc, target.refusal):
                raise AssertionError(f"FOOTFALL_SEED={seed}: {exc!r} came out of {raw.hex()}") from exc
            refused += 1
    return executions - refused, refused


@pytest.mark.parametrize("name", TARGETS)
def test_only_own_errors_come_out(name: str, tally: Any) -> None:
    """Of mutated inputs some are accepted, and then hold what they promise; the others are refused by our own error."""
    target = TARGETS[name]
    executions = target.executions * tally.factor
    began_s = time.perf_counter()
    accepted, refused = _fuzz(target, executions, tally.seed)
    tally.add(name, executions, time.perf_counter() - began_s)
    assert accepted > 0
    assert (refused > 0) == (target.refusal is not None)


def test_suite_makes_a_hundred_thousand_executions() -> None:
    """The table adds up to the number that is promised."""
    assert sum(target.executions for target in TARGETS.values()) >= 100_000


def test_foreign_error_would_be_found() -> None:
    """The fuzzer can fail: one index too far in a target is found and reported with seed and bytes."""

    def careless(raw: bytes) -> None:
        if len(raw) < 20:
            raise Malformed("too short")
        raw[raw[19]]

    target = Target(lambda: [bytes(60)], careless, Malformed, 0)
    with pytest.raises(AssertionError, match=r"FOOTFALL_SEED=1: IndexError.* came out of [0-9a-f]+"):
        _fuzz(target, 2_000, seed=1)


# Where a field's name is right and its value is anything at all, mutation of bytes seldom gets: hypothesis does.

NUMBERS = st.integers(-(1 << 63), (1 << 64) - 1) | st.floats()
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.binary(max_size=24),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
DECODERS = {
    "batch": (batch.decode, Kind.BATCH),
    "birth": (Birth.decode, Kind.BIRTH),
    "health": (Health.decode, Kind.HEALTH),
    "ack": (Ack.decode, Kind.ACK),
    "epoch": (EpochKey.decode, Kind.EPOCH),
    "objections": (Objections.decode, Kind.OBJECTIONS),
}


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_value_in_any_field_is_accepted_or_malformed(name: str, data: st.DataObject) -> None:
    """One field of a good message holds anything that msgpack can say: Malformed, or a message."""
    decode, kind = DECODERS[name]
    good = msgpack.unpackb(next(vector.body() for vector in VECTORS if vector.kind is kind))
    field = data.draw(st.sampled_from(sorted(good)))
    raw = msgpack.packb({**good, field: data.draw(ANYTHING)})
    with contextlib.suppress(Malformed):
        decode(raw)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("config option list'\"\\\n\t #x\u2028\0"), max_size=80))
def test_any_text_is_a_uci_file_or_not(text: str) -> None:
    """Words, quotation marks and line ends in any order: ConfigError, or sections."""
    with contextlib.suppress(ConfigError):
        uci.parse(text)
