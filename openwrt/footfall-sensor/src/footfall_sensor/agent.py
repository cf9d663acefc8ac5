"""What every agent does, whatever it listens to: seal what was heard, have it carried, and say how it is."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from . import __version__, firmware, health, keys, prometheus, signing, status
from .config import Config
from .courier import Courier
from .errors import SensorError
from .listening import Closed, batches
from .orders import Orders
from .spool import Spool
from .startup import Startup
from .trusted import Trusted
from .upgrading import Upgrading
from .uplink import Uplink
from .wire import batch as batch_wire
from .wire.batch import ClockState, Counters
from .wire.messages import Birth, Health, Totals


def load_keys(config: Config) -> tuple[signing.Backend, keys.SecretKey, Trusted]:
    """What signs, the sensor's own key (made at the first start), and the collector's keys. Raises SigningError."""
    backend = signing.backend("" if config.signer == "auto" else config.signer)
    if not config.key_path.exists():
        keys.write_secret(config.key_path, backend.generate())
    secret = keys.read_secret(config.key_path)
    return backend, secret, Trusted(config.name, config.collector_key_path, config.trust_path, backend.verify)


def birth(config: Config) -> Birth:
    """What this sensor is."""
    system = os.uname()
    return Birth(
        version=__version__,
        python=".".join(map(str, sys.version_info[:3])),
        machine=system.machine,
        profile=config.profile,
        mode=config.mode,
        time_ms=0,
        wants_key=False,
        kernel=f"{system.sysname} {system.release}",
        firmware=firmware.version(),
        board=firmware.board(),
    )


class Agent:
    """Keys, spool and courier of one start, and the totals since then. now_s: the monotonic clock."""

    def __init__(
        self,
        config: Config,
        boot: bytes,
        now_s: Callable[[], float] = time.monotonic,
        uplink: Uplink | None = None,
        startup: Startup | None = None,
        numbers_from: int = 0,
    ) -> None:
        """boot: 8 bytes that name this start; startup: what the collector's orders go by, None: it takes none.

        numbers_from: see Courier.

        Raises SigningError or SpoolError.
        """
        backend, secret, trusted = load_keys(config)
        self.config = config
        self.boot = boot
        self.now_s = now_s
        self.spool = Spool(config.spool_path, config.spool_kib << 10, now_s)
        self.courier = Courier(
            config, backend, secret, trusted, self.spool, birth(config), boot, uplink, now_s, numbers_from
        )
        self.orders = self.courier.orders = (
            Orders(startup, boot, now_s, Upgrading(Path(config.run_dir, "upgrade"))) if startup else None
        )
        self.started_s = now_s()
        self._heard = Totals()

    @property
    def totals(self) -> Totals:
        """All counts since the start."""
        carried = self.courier.totals
        return replace(
            self._heard,
            batches_emitted=carried.batches_emitted,
            sightings_emitted=carried.sightings_emitted,
            batches_acked=carried.batches_acked,
            batches_dropped_full=self.spool.dropped_batches,
            sightings_dropped_full=self.spool.dropped_sightings,
            batches_dropped_refused=carried.batches_dropped_refused,
            reconnects=carried.reconnects,
            refused_downlink=carried.refused_downlink,
            repeated_downlink=carried.repeated_downlink,
        )

    def count(self, counts: Counters) -> None:
        """A window is over: add its counters to the totals."""
        heard = self._heard
        self._heard = replace(
            heard,
            frames=heard.frames + counts.frames,
            probes=heard.probes + counts.probes,
            malformed=heard.malformed + counts.malformed,
            overflow=heard.overflow + counts.overflow,
            keyless=heard.keyless + counts.keyless,
            kernel_drops=heard.kernel_drops + counts.kernel_drops,
            associations=heard.associations + counts.associations,
            windows=heard.windows + 1,
        )

    def bodies(self, closed: Closed, clock: ClockState) -> "list[tuple[bytes, int, str]]":
        """A window as the bodies of its batches, each with its number of sightings and its epoch."""
        made = batches(closed, clock, self.config.batch_sightings_max)
        return [(batch_wire.encode(batch), len(batch.columns), batch.epoch) for batch in made]

    def report(self, said: Health, running: bool = True) -> None:
        """Complete a report with what machine and spool say; send it, and leave it for `status` and for Prometheus.

        A full disk must not end an agent that can still speak: what cannot be left is left out.
        """
        machine = health.read()
        now_s = self.now_s()
        report = replace(
            said,
            uptime_s=round(now_s - self.started_s, 1),
            load_1m=machine.load_1m,
            memory_available_kib=machine.memory_available_kib,
            rss_kib=machine.rss_kib,
            temperature_c=machine.temperature_c,
            spool_batches=len(self.spool),
            spool_bytes=self.spool.size_bytes,
            spool_oldest_s=self.spool.oldest_s,
            version=__version__,
            config=self.orders.running if self.orders else 0,
            config_stale=self.orders is not None and self.orders.stale(said.time_ms),
            epochs=self.courier.delivery.books.epochs(),
        )
        self.courier.report(report)
        prometheus.write(self.config.prometheus_dir, report)
        last_ack_s = self.courier.delivery.last_ack_s
        with suppress(SensorError):
            status.write(
                self.config.status_path,
                status.Status(
                    sensor=self.config.name,
                    connection=self.courier.state,
                    broker=f"{self.config.broker_host}:{self.config.broker_port}"
                    + (", TLS" if self.config.tls == "on" else ""),
                    interface=self.config.interface,
                    mode=self.config.mode,
                    last_ack_s=None if last_ack_s is None else round(now_s - last_ack_s, 1),
                    written_s=time.monotonic(),  # never rounded up: what is of the future is of another start
                    health_s=self.config.health_s,
                    running=running,
                    health=report,
                    trial=self.orders is not None and self.orders.trial,
                    config_last=self.orders.said if self.orders else "",
                    config_writes=self.orders.state.writes if self.orders else 0,
                    heard=self.orders is not None and self.orders.heard,
                ),
            )
