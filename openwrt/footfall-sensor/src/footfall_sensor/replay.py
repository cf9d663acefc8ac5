"""A replay: an agent whose source is captures. It waits for its key, its pace and its spool, and loses nothing."""

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import capture
from .agent import Agent
from .capture import Frame
from .config import Config
from .errors import NoKeyError, StalledError
from .listening import Closed, Epoch, Listening
from .terms import Terms
from .wire.batch import ClockState
from .wire.envelope import BOOT_BYTES
from .wire.messages import Health, Totals

SPOOL_FILL_MAX = 0.5  # a replay waits when the spool is fuller: files can wait, the air cannot
PACE_STEP_S = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast captured time passes, and how long a replay waits for a collector that gives nothing."""

    speed: float = 0.0  # captured seconds a second, 0 = as fast as it goes
    patience_s: float = 60.0


def boot_id(config: Config, captures: Sequence[Path]) -> bytes:
    """What names the batches of a replay: the same captures under the same settings give the same 8 bytes.

    So a replay that is repeated, or taken up after a kill, is stored once. Raises CaptureError.
    """
    settings = (config.window_s, config.sightings_max, config.batch_sightings_max, config.mode, config.networks)
    return hashlib.sha256(capture.fingerprint(captures) + repr(settings).encode()).digest()[:BOOT_BYTES]


class Replay:
    """The frames of captures, as if they were heard now."""

    def __init__(self, config: Config, boot: bytes, pace: Pace = Pace()) -> None:
        """boot: 8 bytes. The same captures under the same boot id give the same batches, which are stored once."""
        # The start before had this name too, and a collector takes no birth whose number is not above the last: without
        # this, each replay would wait for its key as long as the one before has lived.
        self._agent = Agent(config, boot, numbers_from=time.time_ns() // 1_000_000)
        self._courier = self._agent.courier
        self._spool = self._agent.spool
        self._terms = Terms(self._courier.keyring, self._courier.objections, only_counts=False)
        self._config = config
        self._pace = pace
        self._listening = Listening(
            self._epoch_for,
            config.window_s * 1000,
            config.sightings_max,
            networks=config.networks,
            only_counts=config.mode == "counts",
            objectors_for=self._terms.objectors,
        )
        self._epoch = ""
        self._tokens: set[tuple[str, int]] = set()
        self._now_ms = 0
        self._began: tuple[int, float] | None = None  # captured ms and monotonic s of the first frame
        self._reported_s = time.monotonic()

    def run(self, frames: Iterable[Frame | None]) -> Totals:
        """Play the frames, then wait until the collector has everything or nothing has moved for its patience.

        Raises CaptureError after everything before the fault has been emitted and carried; NoKeyError and StalledError
        where the collector gives or takes nothing.
        """
        self._courier.start()
        try:
            self._play(frames)
        finally:
            for closed in self._listening.pause():
                self._emit(closed)
            self._drain()
            self._report(running=False)
            self._courier.stop()
        return self.totals

    @property
    def totals(self) -> Totals:
        """All counts since the start."""
        return replace(self._agent.totals, tokens=len(self._tokens))

    @property
    def waiting(self) -> int:
        """Batches that the collector has not named yet."""
        return len(self._spool)

    def _play(self, frames: Iterable[Frame | None]) -> None:
        for frame in frames:
            if frame is None:
                for closed in self._listening.pause():
                    self._emit(closed)
                self._began = None
                continue
            self._keep_pace(frame.ts_ms)
            for closed in self._listening.hear(frame.ts_ms, frame.raw, frame.link_type):
                self._emit(closed)

    def _emit(self, closed: Closed) -> None:
        self._agent.count(closed.counters)
        self._now_ms = closed.start_ms + closed.length_ms
        self._tokens.update((closed.epoch, row.token) for row in closed.columns)
        for made in self._agent.bodies(closed, ClockState.CAPTURE):
            self._courier.emit(*made)
        self._step()
        if self._spool.size_bytes > SPOOL_FILL_MAX * self._spool.bytes_max:
            self._wait_for_room()

    def _epoch_for(self, start_ms: int) -> Epoch | None:
        """The epoch of a window; waits for its key, because captures can wait and a radio cannot."""
        give_up_s = time.monotonic() + self._pace.patience_s
        while (epoch := self._terms.epoch_at(start_ms)) is None:
            if time.monotonic() > give_up_s:
                raise NoKeyError(
                    f"no epoch key came within {self._pace.patience_s:.0f} s ({self._courier.state}). Does the "
                    "collector run, on the same broker, and does it know this sensor?"
                )
            self._courier.want_key(start_ms)
            self._step(PACE_STEP_S)
        self._epoch = epoch.name
        return self._terms.filling(epoch, start_ms)

    def _keep_pace(self, ts_ms: int) -> None:
        if not self._pace.speed:
            return
        if self._began is None:
            self._began = (ts_ms, time.monotonic())
        due_s = self._began[1] + (ts_ms - self._began[0]) / 1000 / self._pace.speed
        while (wait_s := due_s - time.monotonic()) > 0:
            self._step(min(wait_s, PACE_STEP_S))

    def _wait_for_room(self) -> None:
        if not self._drain(SPOOL_FILL_MAX * self._spool.bytes_max):
            raise StalledError(
                f"the collector has taken nothing for {self._pace.patience_s:.0f} s ({self._courier.state}). "
                "What it has not taken waits in the spool; run the same command again when it works"
            )

    def _drain(self, bytes_left: float = 0) -> bool:
        """Wait until the spool is down to so many bytes; False when nothing has moved for the replay's patience."""
        waiting, moved_s = len(self._spool), time.monotonic()
        while waiting and self._spool.size_bytes > bytes_left:
            self._step(PACE_STEP_S)
            if len(self._spool) < waiting:
                waiting, moved_s = len(self._spool), time.monotonic()
            elif time.monotonic() - moved_s > self._pace.patience_s:
                return False
        return True

    def _step(self, wait_s: float = 0.0) -> None:
        self._courier.pump(wait_s)
        if time.monotonic() - self._reported_s >= self._config.health_s:
            self._report()

    def _report(self, running: bool = True) -> None:
        self._reported_s = time.monotonic()
        heard = tuple(self._listening.channel_frames.items())
        self._agent.report(
            Health(
                self.totals,
                0.0,
                self._now_ms,
                radio="replay",
                epoch=self._epoch,
                clock="capture",
                heard=heard,
                objections=self._courier.objections.version,
            ),
            running,
        )
