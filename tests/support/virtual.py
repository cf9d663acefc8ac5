"""A unit in virtual time: SIMULATED air, clocks and collector around the real agent, its real spool and signatures.

Nothing here waits: reading the air moves the clock. So a day takes seconds.
"""

import queue
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lists import made_list

from footfall_sensor import config, keys, signing
from footfall_sensor.agent import Agent
from footfall_sensor.clock import Timeline
from footfall_sensor.config import Config
from footfall_sensor.deaf import Watch
from footfall_sensor.ears import Ears
from footfall_sensor.interface import Link
from footfall_sensor.live import Clock, Live
from footfall_sensor.radio import Radio
from footfall_sensor.ring import Heard
from footfall_sensor.uplink import Connected, Disconnected, Event, Message
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.batch import Batch
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Ack, Acked, Birth, EpochKey, Health
from footfall_sensor.wire.objections import announcement

START_MS = 1_800_000_000_000 // 86_400_000 * 86_400_000  # a midnight in 2027
FLOOR_MS = START_MS - 30 * 86_400_000
DAY_MS = 86_400_000
AHEAD_MS = 15 * 60_000  # so long before its turn a key is given
BACKEND = signing.Cryptography()
SECRET = BACKEND.generate()  # one for all: making keys costs more than a test
COLLECTOR = BACKEND.generate()
LIST_KEY = bytes(range(100, 132))


@dataclass
class VirtualClock(Clock):
    """Both clocks. `true_ms` is what the wall clock ought to show."""

    mono: int = 12_345
    true_offset_ms: int = START_MS
    wall_offset_ms: int = START_MS

    def mono_ms(self) -> int:
        return self.mono

    def wall_ms(self) -> int:
        return self.mono + self.wall_offset_ms

    @property
    def true_ms(self) -> int:
        return self.mono + self.true_offset_ms


Frames = Iterator[tuple[int, bytes]]  # (true UTC ms, frame), in order


class VirtualAir:
    """SIMULATED air. Tests set `link` and `deaf`; frames come from an iterator, and none is ever late."""

    def __init__(self, clock: VirtualClock, frames: Frames) -> None:
        self.state = Link.LISTENING
        self.link = Link.LISTENING  # what the interface is from now on
        self.deaf = False
        self.cured_by_kick = False
        self.beacons_a_s = 0.0
        self.kernel_drops_total = 0
        self.beacons_total = 0
        self.handed_on = 0
        self.kicks: list[int] = []
        self._clock = clock
        self._frames = frames
        self._next = next(frames, None)
        self._counting = False
        self._beacon_part = 0.0

    def look(self) -> Link:
        self.state = self.link
        return self.state

    def read(self, wait_ms: int) -> list[Heard]:
        """Time passes up to the next frame, or by `wait_ms`; each call takes a millisecond at least."""
        until_ms = self._clock.mono + max(1, wait_ms)
        heard: list[Heard] = []
        while self._next is not None and (at_ms := self._next[0] - self._clock.true_offset_ms) <= until_ms:
            if at_ms >= self._clock.mono and self.state is Link.LISTENING and not self.deaf:
                heard.append(Heard(at_ms, self._next[1]))
            self._next = next(self._frames, None)
        if self._counting and not self.deaf and self.state is Link.LISTENING:
            self._beacon_part += self.beacons_a_s * (until_ms - self._clock.mono) / 1000
            self.beacons_total += int(self._beacon_part)
            self._beacon_part %= 1
        self._clock.mono = until_ms
        self.handed_on += len(heard)
        return heard

    def count_beacons(self, wanted: bool) -> None:
        self._counting = wanted

    def kick(self) -> bool:
        self.kicks.append(self._clock.mono)
        self.deaf = self.deaf and not self.cured_by_kick
        return True

    def close(self) -> None:
        pass


class VirtualTuner:
    """SIMULATED radio control: takes every channel."""

    def __init__(self) -> None:
        self.tuned: list[int] = []

    def tune(self, _interface: str, frequency_mhz: int) -> None:
        self.tuned.append(frequency_mhz)

    def frequency_mhz(self, _interface: str) -> int | None:
        return self.tuned[-1] if self.tuned else None

    def close(self) -> None:
        pass


@dataclass
class VirtualCollector:
    """SIMULATED broker and collector in one, in the place of the agent's uplink: takes, acknowledges, gives keys."""

    clock: VirtualClock
    connected: bool = False
    will: bytes = b""  # of the next connection
    giving_keys: bool = True
    acking: bool = True
    events: "queue.Queue[Event]" = field(default_factory=queue.Queue)
    batches: dict[int, Batch] = field(default_factory=dict)  # by sequence number, each as it came first
    health: list[Health] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    listing: bool = True  # it gives a list of objections to whoever has not the newest
    objections: tuple[bytes, ...] = ()  # addresses on it
    list_version: int = 1
    open_spans: tuple[tuple[int, int], ...] | None = None  # of the keys it gives
    sensitive: bool = False
    day_ends_ms: int = 0  # of the keys it gives; 0 = at the next 04:00
    keep: bool = True  # False: count only, for long runs
    rows: int = 0
    acked: int = 0
    _number: int = 0

    def start(self) -> None:
        self.connect()

    def stop(self) -> None:
        self.connected = False

    def connect(self) -> None:
        if not self.connected:
            self.connected = True
            self.events.put(Connected("5"))

    def disconnect(self) -> None:
        if self.connected:
            self.connected = False
            self.events.put(Disconnected("the test pulled the cable"))

    def publish(self, leaf: str, payload: bytes) -> bool:
        if not self.connected:
            return False
        self.said[leaf] += 1
        opened = envelope.unpack(payload)
        if leaf == "batch":
            self._take(opened)
        elif leaf == "health":
            health = Health.decode(opened.body)
            self.health = [*self.health, health] if self.keep else [health]
        elif leaf == "birth":
            birth = Birth.decode(opened.body)
            if birth.wants_key and self.listing and birth.objections != self.list_version:
                self.give_list(opened.sensor, birth)
            if birth.wants_key and self.giving_keys:
                self._give_key(opened.sensor, birth)
        return True

    def _take(self, opened: Envelope) -> None:
        decoded = batch.decode(opened.body)
        self.rows += len(decoded.columns)
        if self.keep:
            self.batches.setdefault(opened.number, decoded)
        if self.acking:
            self.acked += 1
            body = Ack((Acked(opened.boot, ((opened.number, opened.number),)),)).encode()
            self._say(Kind.ACK, opened.sensor, body)

    def _give_key(self, sensor: str, birth: Birth) -> None:
        """Today's key, or shortly before the turn the next, as the real collector gives it: of the day from 04:00 to
        04:00 by its own clock, sealed."""
        now_ms, asked_ms = self.clock.true_ms, birth.time_ms
        if asked_ms > now_ms:
            now_ms = min(asked_ms, now_ms + AHEAD_MS)
        start_ms = (now_ms - 4 * 3_600_000) // DAY_MS * DAY_MS + 4 * 3_600_000
        if not start_ms <= (asked_ms or now_ms) < start_ms + DAY_MS:
            return
        key = EpochKey(
            f"day-{start_ms // DAY_MS}",
            start_ms,
            self.day_ends_ms or start_ms + DAY_MS,
            key_of(start_ms),
            now_ms + 300_000,
            open_spans=self.open_spans,
            objections=self.list_version,
            counts=self.sensitive,
        )
        self._say(Kind.EPOCH, sensor, key.sealed(sensor, birth.seal).encode())

    def announce_list(self, sensor: str) -> None:
        """The word that there is a new list."""
        now_ms = self.clock.true_ms
        self._say(Kind.OBJECTIONS, sensor, announcement(self.list_version, now_ms, now_ms + 300_000).encode())

    def give_list(self, sensor: str, birth: Birth) -> None:
        """The list of objections as it is now."""
        now_ms = self.clock.true_ms
        message = made_list(self.objections, self.list_version, LIST_KEY, now_ms, now_ms + 14 * DAY_MS)
        self._say(Kind.OBJECTIONS, sensor, message.sealed(sensor, birth.seal).encode())

    def _say(self, kind: Kind, sensor: str, body: bytes) -> None:
        sealed = envelope.seal(
            Envelope(kind, sensor, b"virtual.", self._number, body), lambda text: BACKEND.sign(COLLECTOR, text)
        )
        self._number += 1
        self.events.put(Message(kind.name.lower(), sealed))


def key_of(epoch_start_ms: int) -> bytes:
    return (epoch_start_ms // DAY_MS).to_bytes(32, "big")


class Unit:
    """The real agent with all that around it. `run_s` lets virtual time pass."""

    def __init__(
        self,
        folder: Path,
        frames: Frames | None = None,
        *,
        by_ntp: bool = True,
        synced: bool = True,
        uplink: "Callable[[VirtualClock], VirtualCollector]" = VirtualCollector,
        collector_key: keys.PublicKey = COLLECTOR.public,
        **options: object,
    ) -> None:
        self.clock = VirtualClock()
        self.stamp_path = folder / "clock"
        self.config = replace(
            Config(
                name="door",
                state_dir=str(folder / "etc"),
                run_dir=str(folder / "run"),
                clock_file=str(self.stamp_path),
                prometheus_dir=str(folder / "none"),
                rate_per_s=0,
                inflight_max=1000,
            ),
            **options,  # type: ignore[arg-type]
        )
        config.from_options({name: str(getattr(self.config, name)) for name in config.OPTIONS})
        (folder / "etc").mkdir(exist_ok=True)
        keys.write_secret(self.config.key_path, SECRET)
        self.config.collector_key_path.write_text(collector_key.text())
        self.collector = uplink(self.clock)
        self.air = VirtualAir(self.clock, frames if frames is not None else iter(()))
        self.tuner = VirtualTuner()
        self.agent = Agent(self.config, b"one boot", lambda: self.clock.mono / 1000, self.collector)  # type: ignore[arg-type]
        radio = Radio("mon0", self.config.channel_numbers, self.config.dwell_ms, hop=False, tuner=lambda: self.tuner)
        self.ears = Ears(self.air, radio, Watch(self.clock.mono / 1000, self.config.beacons))
        self.timeline = Timeline(FLOOR_MS, by_ntp)
        self.live = Live(self.agent, self.ears, self.clock, self.timeline)
        if synced and by_ntp:
            self.vouch()
        self.collector.start()

    def vouch(self) -> None:
        """NTP sets the wall clock right, and says so."""
        self.clock.wall_offset_ms = self.clock.true_offset_ms
        before = self.stamp_path.stat().st_mtime_ns if self.stamp_path.exists() else 0
        while not self.stamp_path.exists() or self.stamp_path.stat().st_mtime_ns == before:
            self.stamp_path.write_text("step 3 0.001\n")

    def run_s(self, seconds: float, each: Callable[[], object] = lambda: None) -> None:
        until_ms = self.clock.mono + round(seconds * 1000)
        while self.clock.mono < until_ms:
            self.live.step()
            each()

    @property
    def windows(self) -> list[Batch]:
        """The batches that the collector took, by their number; parts of a window apart."""
        return [self.collector.batches[number] for number in sorted(self.collector.batches)]
