"""A small shop for tests: a real collector's folder, and sensors whose sealed messages its real intake takes.

shop = SmallShop(tmp_path)
shop.sensor("door")
shop.hear([Stay(token, at(10), at(10, 20)) for token in range(12)])     # 12 visitors of 20 minutes
shop.take([shop.message(window(at(11), [sighting(7)]), number=99)])     # or batch by batch
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from collector import folder as folders
from collector.answers.question import Question
from collector.downlink.sealing import Outgoing
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant
from footfall_sensor import keys, signing
from footfall_sensor.window import FLAG_RANDOMISED
from footfall_sensor.wire import batch as wire_batch
from footfall_sensor.wire import envelope
from footfall_sensor.wire.batch import SIGHTINGS_MAX, Batch, ClockState, Columns, Counters, Sighting
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Birth, Health

TENANT, SITE, SENSOR = "default", "shop", "sensor-1"
BOOT = b"\1boot\0\0\xff"  # negative as the database keeps it
DAY = "2026-03-02"  # a Monday, winter time
WINDOW_MS = 30_000
INSIDE_DBM, STREET_DBM = -50, -80


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    """An instant of DAY (UTC) in milliseconds; hours beyond 23 are of the next day."""
    midnight = datetime.fromisoformat(DAY).replace(tzinfo=UTC)
    return int((midnight + timedelta(hours=hour, minutes=minute, seconds=second)).timestamp() * 1000)


class Stay(NamedTuple):
    """A device that is heard in every window from start_ms up to, not including, end_ms."""

    token: int
    start_ms: int
    end_ms: int
    rssi_dbm: int = INSIDE_DBM
    randomised: bool = False


def sighting(
    token: int, first_ms: int = 0, last_ms: int = 0, rssi_dbm: int = INSIDE_DBM, flags: int = 0, frames: int = 1
) -> Sighting:
    """What a window holds of one token; first_ms and last_ms are offsets from its start."""
    return Sighting(token, first_ms, max(first_ms, last_ms), frames, 1, rssi_dbm, rssi_dbm, 2412, flags, 0)


def window(
    start_ms: int,
    sightings: Iterable[Sighting] = (),
    *,
    epoch: str = DAY,
    length_ms: int = WINDOW_MS,
    malformed: int = 0,
    part: int = 0,
    parts: int = 1,
) -> Batch:
    """One window as a batch; its counters follow from the sightings."""
    rows = list(sightings)
    probes = sum(row.frames for row in rows)
    counters = Counters(frames=probes + malformed, probes=probes, malformed=malformed) if part == 0 else Counters()
    columns = Columns.from_rows(rows)
    return Batch(epoch if rows else "", start_ms, length_ms, ClockState.CAPTURE, part, parts, counters, columns)


def windows(stays: Sequence[Stay], start_ms: int, end_ms: int, malformed: int = 0) -> list[Batch]:
    """Every window of a time, heard or not, with the stays in them."""
    batches = []
    for window_ms in range(start_ms, end_ms, WINDOW_MS):
        heard = [stay for stay in stays if stay.start_ms < window_ms + WINDOW_MS and stay.end_ms > window_ms]
        rows = [
            sighting(
                stay.token,
                max(0, stay.start_ms - window_ms),
                min(WINDOW_MS, stay.end_ms - window_ms) - 1,
                stay.rssi_dbm,
                FLAG_RANDOMISED if stay.randomised else 0,
            )
            for stay in heard
        ]
        parts = max(1, -(-len(rows) // SIGHTINGS_MAX))
        batches += [
            window(
                window_ms,
                rows[part * SIGHTINGS_MAX : (part + 1) * SIGHTINGS_MAX],
                malformed=malformed,
                part=part,
                parts=parts,
            )
            for part in range(parts)
        ]
    return batches


class SmallShop:
    """A collector in `folder` with one site. It takes replays of any age; `settings` may say otherwise."""

    def __init__(
        self, folder: Path, *, site: Site | None = None, tenant: Tenant | None = None, settings: Settings | None = None
    ) -> None:
        folders.create(folder, settings or Settings(replay=True))
        self.collector = folders.open_folder(folder)
        self.collector.registry.put_tenant(tenant or Tenant(TENANT))
        self.site = site or Site(TENANT, SITE)
        self.collector.registry.put_site(self.site)
        self.collector.store.blinding = None  # tokens are stored as tests put them in: they are told apart by them
        self.intake = self.collector.intake()
        self._backend = signing.backend()
        self._secrets: dict[str, keys.SecretKey] = {}
        self._next: dict[str, int] = {}
        self._signals: Counter[tuple[str, bytes]] = Counter()  # births, healths and deaths of each start

    def sensor(self, name: str = SENSOR, site: str | None = None) -> keys.SecretKey:
        """Register a sensor, once, and return its key."""
        if name not in self._secrets:
            secret = self._secrets[name] = self._backend.generate()
            where = site or self.site.name
            self.collector.registry.put_sensor(TENANT, name, where, secret.public.id, secret.public.raw)
            self.intake.refresh()
        return self._secrets[name]

    def seal_body(self, kind: Kind, body: bytes, sensor: str = SENSOR, number: int = 0, boot: bytes = BOOT) -> bytes:
        """Any upward message of a sensor, sealed with its key."""
        secret = self.sensor(sensor)
        return envelope.seal(
            Envelope(kind, sensor, boot, number, body), lambda signed: self._backend.sign(secret, signed)
        )

    def seal(self, batch: Batch, sensor: str = SENSOR, number: int = 0, boot: bytes = BOOT) -> bytes:
        """A batch of a sensor, sealed with its key."""
        return self.seal_body(Kind.BATCH, wire_batch.encode(batch), sensor, number, boot)

    def message(self, batch: Batch, sensor: str = SENSOR, number: int = 0, boot: bytes = BOOT) -> Message:
        """A sealed batch as it comes from the broker."""
        return Message(f"footfall/1/{TENANT}/{sensor}/batch", self.seal(batch, sensor, number, boot))

    def birth(self, birth: Birth, sensor: str = SENSOR, boot: bytes = BOOT) -> Message:
        """A sensor's birth as it comes from the broker."""
        return self.signal(Kind.BIRTH, birth.encode(), sensor, boot)

    def health(self, health: Health, sensor: str = SENSOR, boot: bytes = BOOT) -> Message:
        """A sensor's health as it comes from the broker."""
        return self.signal(Kind.HEALTH, health.encode(), sensor, boot)

    def death(self, sensor: str = SENSOR, boot: bytes = BOOT) -> Message:
        """A sensor's will as it comes from the broker."""
        return self.signal(Kind.DEATH, b"\x80", sensor, boot)

    def signal(self, kind: Kind, body: bytes, sensor: str = SENSOR, boot: bytes = BOOT) -> Message:
        """A message that is no batch, under the next number of its start."""
        number = self._signals[sensor, boot]
        self._signals[sensor, boot] += 1
        topic = f"footfall/1/{TENANT}/{sensor}/{kind.name.lower()}"
        return Message(topic, self.seal_body(kind, body, sensor, number, boot))

    def take(self, messages: Sequence[Message], now_ms: int | None = None) -> list[Outgoing]:
        """Let the intake settle these messages; `now_ms`: when they come (default: the end of DAY)."""
        return self.intake.take(messages, at(24) if now_ms is None else now_ms)

    def hear(
        self,
        stays: Sequence[Stay],
        start_ms: int | None = None,
        end_ms: int | None = None,
        sensor: str = SENSOR,
        malformed: int = 0,
    ) -> list[Message]:
        """Let a sensor hear these stays, window by window, from start_ms to end_ms (default: around them); stored.

        Returns the messages as they were taken; numbers go on from the sensor's last.
        """
        start_ms = min(stay.start_ms for stay in stays) // WINDOW_MS * WINDOW_MS if start_ms is None else start_ms
        end_ms = max(stay.end_ms for stay in stays) if end_ms is None else end_ms
        first = self._next.get(sensor, 0)
        batches = windows(stays, start_ms, end_ms, malformed)
        self._next[sensor] = first + len(batches)
        messages = [self.message(batch, sensor, first + place) for place, batch in enumerate(batches)]
        self.take(messages)
        return messages


def asking(shop: SmallShop, **more: object) -> Question:
    """A question of one day's epoch about the shop, among all sites of its tenant. more: its span, and what else."""
    collector, registry = shop.collector, shop.collector.registry
    said = {"sites": tuple(registry.sites(TENANT)), "zones": collector.store.zones.of(TENANT, SITE), **more}
    return Question(registry.tenant(TENANT), registry.site(TENANT, SITE), 1, **said)  # type: ignore[arg-type]
