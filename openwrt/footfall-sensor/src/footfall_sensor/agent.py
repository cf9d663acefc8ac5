"""The agent: listens to a source of frames, and lets the courier carry what was heard."""

import json
import os
import platform
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from . import __version__, health, keys, signing
from .capture import Frame
from .config import Config
from .courier import Courier
from .errors import NoKeyError, SensorError
from .listening import Closed, Epoch, Listening, batches
from .spool import Spool
from .wire import batch as batch_wire
from .wire.batch import ClockState
from .wire.messages import Birth, Health, Totals

SPOOL_FILL_MAX = 0.5  # a replay waits when the spool is fuller: files can wait, the air cannot
PACE_STEP_S = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast captured time passes, and how long a replay waits for a collector that gives nothing."""

    speed: float = 0.0  # captured seconds a second, 0 = as fast as it goes
    patience_s: float = 60.0


def load_keys(config: Config) -> tuple[signing.Backend, keys.SecretKey, keys.PublicKey]:
    """What signs, the sensor's own key (made at the first start), and the collector's. Raises SigningError."""
    backend = signing.backend("" if config.signer == "auto" else config.signer)
    if not config.key_path.exists():
        keys.write_secret(config.key_path, backend.generate())
    return backend, keys.read_secret(config.key_path), keys.read_public(config.collector_key_path)


def birth(config: Config) -> Birth:
    """What this sensor is."""
    return Birth(
        version=__version__,
        python=platform.python_version(),
        machine=platform.machine(),
        profile=config.profile,
        mode=config.mode,
        time_ms=0,
        wants_key=False,
    )


class Replay:
    """An agent whose source is captures: it waits for its key, its pace and its spool, and loses nothing to haste."""

    def __init__(self, config: Config, boot: bytes, pace: Pace = Pace()) -> None:
        """boot: 8 bytes. The same captures under the same boot id give the same batches, which are stored once."""
        backend, secret, collector = load_keys(config)
        self.boot = boot
        self._config = config
        self._pace = pace
        self._spool = Spool(config.spool_path, config.spool_kib << 10)
        self._courier = Courier(config, backend, secret, collector, self._spool, birth(config), boot)
        self._listening = Listening(self._epoch_for, config.window_s * 1000, config.sightings_max)
        self._heard = Totals()
        self._epoch = ""
        self._tokens: set[tuple[str, int]] = set()
        self._now_ms = 0
        self._started_s = time.monotonic()
        self._began: tuple[int, float] | None = None  # captured ms and monotonic s of the first frame
        self._reported_s = self._started_s

    def run(self, frames: Iterable[Frame | None]) -> Totals:
        """Play the frames, then wait until the collector has everything or nothing has moved for its patience.

        Raises CaptureError after everything before the fault has been emitted and carried, and NoKeyError.
        """
        self._courier.start()
        try:
            self._play(frames)
        finally:
            for closed in self._listening.pause():
                self._emit(closed)
            self._drain()
            self._report()
            self._courier.stop()
        return self.totals

    @property
    def totals(self) -> Totals:
        """All counts since the start."""
        carried = self._courier.totals
        return replace(
            self._heard,
            tokens=len(self._tokens),
            batches_emitted=carried.batches_emitted,
            sightings_emitted=carried.sightings_emitted,
            batches_acked=carried.batches_acked,
            batches_dropped_full=self._spool.dropped_batches,
            sightings_dropped_full=self._spool.dropped_sightings,
            batches_dropped_refused=carried.batches_dropped_refused,
            reconnects=carried.reconnects,
            refused_downlink=carried.refused_downlink,
        )

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
        counts = closed.counters
        self._heard = replace(
            self._heard,
            frames=self._heard.frames + counts.frames,
            probes=self._heard.probes + counts.probes,
            malformed=self._heard.malformed + counts.malformed,
            overflow=self._heard.overflow + counts.overflow,
            keyless=self._heard.keyless + counts.keyless,
            windows=self._heard.windows + 1,
        )
        self._now_ms = closed.start_ms + closed.length_ms
        self._tokens.update((closed.epoch, row.token) for row in closed.columns)
        for batch in batches(closed, ClockState.CAPTURE, self._config.batch_sightings_max):
            self._courier.emit(batch_wire.encode(batch), len(batch.columns))
        self._step()
        while self._spool.size_bytes > SPOOL_FILL_MAX * self._spool.bytes_max:
            self._step(PACE_STEP_S)

    def _epoch_for(self, start_ms: int) -> Epoch:
        """The epoch of a window; waits for its key, because captures can wait and a radio cannot."""
        give_up_s = time.monotonic() + self._pace.patience_s
        while (epoch := self._courier.keyring.at(start_ms)) is None:
            if time.monotonic() > give_up_s:
                raise NoKeyError(
                    f"no epoch key came within {self._pace.patience_s:.0f} s ({self._courier.state}). Does the "
                    "collector run, on the same broker, and does it know this sensor?"
                )
            self._courier.want_key(start_ms)
            self._step(PACE_STEP_S)
        self._epoch = epoch.name
        return epoch

    def _keep_pace(self, ts_ms: int) -> None:
        if not self._pace.speed:
            return
        if self._began is None:
            self._began = (ts_ms, time.monotonic())
        due_s = self._began[1] + (ts_ms - self._began[0]) / 1000 / self._pace.speed
        while (wait_s := due_s - time.monotonic()) > 0:
            self._step(min(wait_s, PACE_STEP_S))

    def _drain(self) -> None:
        left, moved_s = len(self._spool), time.monotonic()
        while left and time.monotonic() - moved_s < self._pace.patience_s:
            self._step(PACE_STEP_S)
            if len(self._spool) < left:
                left, moved_s = len(self._spool), time.monotonic()

    def _step(self, wait_s: float = 0.0) -> None:
        self._courier.pump(wait_s)
        if time.monotonic() - self._reported_s >= self._config.health_s:
            self._report()

    def _report(self) -> None:
        self._reported_s = time.monotonic()
        report = self._health()
        self._courier.report(report)
        write_status(self._config.status_path, self._config.name, self._courier.state, report)

    def _health(self) -> Health:
        machine = health.read()
        return Health(
            totals=self.totals,
            uptime_s=round(time.monotonic() - self._started_s, 1),
            time_ms=self._now_ms,
            load_1m=machine.load_1m,
            memory_available_kib=machine.memory_available_kib,
            rss_kib=machine.rss_kib,
            temperature_c=machine.temperature_c,
            spool_batches=len(self._spool),
            spool_bytes=self._spool.size_bytes,
            radio="replay",
            epoch=self._epoch,
            version=__version__,
        )


def write_status(path: Path, name: str, connection: str, report: Health) -> None:
    """Leave the agent's state where `footfall-sensor status` finds it. Raises SensorError."""
    partial = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"sensor": name, "connection": connection, **asdict(report)}, indent=1))
        os.replace(partial, path)
    except OSError as exc:
        raise SensorError(f"cannot write {path}: {exc.strerror}") from exc
