"""Simulated shop days, played through the sensor's core into a collector's store, and what it says of them.

Frames are bytes with radiotap headers; parse, token, model class and windows are the sensor's; store, fold and query
are the collector's. Left out are the broker and the signatures, on which no number depends.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from statistics import median

from collector import calendar, flows
from collector import folder as folders
from collector.admission.door import Admitted
from collector.answers.query import Answers
from collector.answers.question import Question
from collector.folder import Collector
from collector.metrics import metrics
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant
from collector.stays import fold
from collector.storage.store import OPEN_STAYS, STAYS
from footfall_sensor.frames import LINK_RADIOTAP
from footfall_sensor.listening import Closed, Epoch, Listening, batches
from footfall_sensor.pseudonym import KEY_BYTES, Pseudonymiser
from footfall_sensor.wire.batch import SIGHTINGS_MAX, ClockState
from tools.simulate.people import Kind, Person
from tools.simulate.radiotap import PCAP_RECORD_BYTES, record
from tools.simulate.shop import ShopDay
from tools.simulate.truth import VISIT_S_MIN

TENANT, SITES = "bench", ("first", "second")
COMMIT_BATCHES = 2000


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which a sensor sends nothing."""

    sensor: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Truth:
    """What was so, of one shop and a time: people, whether they carry a phone or not. A visit takes a minute inside."""

    visitors: int
    passers_by: int
    dwell_s: tuple[float, ...]  # of each visitor

    @classmethod
    def together(cls, parts: "Sequence[Truth]") -> "Truth":
        """Of several times of one shop."""
        stayed = tuple(chain.from_iterable(one.dwell_s for one in parts))
        return cls(sum(one.visitors for one in parts), sum(one.passers_by for one in parts), stayed)

    @property
    def dwell_median_s(self) -> float:
        """Of all visitors; 0 where there is none."""
        return median(self.dwell_s) if self.dwell_s else 0.0

    @property
    def entry_rate(self) -> float:
        """Visitors of all who came by."""
        return self.visitors / (self.visitors + self.passers_by)


def truth(day: ShopDay, start_ms: int | None = None, end_ms: int | None = None) -> Truth:
    """The truth of the opening hours, or of a part of them: who comes in it counts in it."""
    begins = day.hours.opened.start_ms if start_ms is None else start_ms
    ends = day.hours.opened.end_ms if end_ms is None else end_ms
    came = [one for one in day.people if one.kind is Kind.VISITOR and begins <= one.inside[0].start_ms < ends]
    stayed = tuple(one.dwell_s for one in came if one.dwell_s >= VISIT_S_MIN)
    passed = sum(one.kind is Kind.PASSER_BY and begins <= one.start_ms < ends for one in day.people)
    return Truth(len(stayed), passed + len(came) - len(stayed), stayed)


def crossing_share(first: ShopDay, second: ShopDay) -> float:
    """The share of the first shop's visitors who made a visit in the second as well: the same device, or the same place
    in the crowd, tells them; who carries no phone counts in neither."""
    there = {id(one.device) for one in _visitors(second)}
    visitors = _visitors(first)
    return sum(id(one.device) in there for one in visitors) / max(1, len(visitors))


def phone_visitors(day: ShopDay) -> int:
    """Visitors with a phone."""
    return len(_visitors(day))


def _visitors(day: ShopDay) -> list[Person]:
    return [one for one in day.people if one.kind is Kind.VISITOR and one.device and one.dwell_s >= VISIT_S_MIN]


def collector_of(
    folder: Path, days: Sequence[ShopDay], silent: Sequence[Silence] = (), seed: int = 0, zoned: bool = False
) -> Collector:
    """A collector in `folder` that has stored these days of the sites SITES, folded. zoned: each sensor is a zone."""
    folders.create(folder, Settings(replay=True))
    collector = folders.open_folder(folder)
    plan = days[0].plan
    tenant = Tenant(TENANT, plan.time_zone)
    collector.registry.put_tenant(tenant)
    for name, day in zip(SITES, days, strict=False):
        opens, closes = f"{day.plan.opens:%H:%M}", f"{day.plan.closes:%H:%M}"
        collector.registry.put_site(Site(TENANT, name, plan.time_zone, opens=opens, closes=closes))
        for place, spot in enumerate(day.sensors):
            key = f"{name}{place}".encode().ljust(32, b"\0")
            sensor = f"{name}-{spot.name}"
            collector.registry.put_sensor(TENANT, sensor, name, key[:8], key)
            if zoned:
                collector.store.zones.put(TENANT, name, spot.name, (sensor,), "bench", 0)
    collector.store.know([tenant])
    pseudonyms = Pseudonymiser(Random(seed).randbytes(KEY_BYTES))
    for name, day in zip(SITES, days, strict=False):
        _store(collector, name, day, pseudonyms, silent)
    fold.refresh(collector.store, tenant, collector.registry.sites(TENANT), 0)
    return collector


def _store(collector: Collector, site: str, day: ShopDay, pseudonyms: Pseudonymiser, silent: Sequence[Silence]) -> None:
    sensors = {sensor.name: sensor for sensor in collector.registry.sensors()}
    waiting: list[Admitted] = []
    for place, spot in enumerate(day.sensors):
        sensor = sensors[f"{site}-{spot.name}"]
        quiet = [(one.start_ms, one.end_ms) for one in silent if one.sensor == sensor.name]
        number = 0
        listening = Listening(lambda _start_ms: Epoch(day.plan.date.isoformat(), pseudonyms))
        for closed in _closed(listening, day, place):
            if any(start_ms <= closed.start_ms < end_ms for start_ms, end_ms in quiet):
                continue
            for batch in batches(closed, ClockState.CAPTURE, SIGHTINGS_MAX):
                waiting.append(Admitted(sensor, 1, number, batch, closed.start_ms))
                number += 1
            if len(waiting) >= COMMIT_BATCHES:
                collector.store.commit(waiting, 0)
                waiting = []
    if waiting:
        collector.store.commit(waiting, 0)


def _closed(listening: Listening, day: ShopDay, place: int) -> Iterator[Closed]:
    yield from listening.advance(day.hours.recorded.start_ms)
    yield from listening.hear_all(_frames(day, place), LINK_RADIOTAP)
    yield from listening.advance(day.hours.recorded.end_ms)


def _frames(day: ShopDay, place: int) -> Iterable[tuple[int, bytes]]:
    for ts_us, sensor, rssi_dbm, freq_mhz, frame in day.frames:
        if sensor == place:
            yield ts_us // 1000, record(ts_us, 0, freq_mhz, rssi_dbm, frame)[PCAP_RECORD_BYTES:]


@dataclass(frozen=True, slots=True)
class Said:
    """What the collector's query layer holds of a site's opening hours, before small groups are withheld."""

    stays: flows.Stays
    hours: tuple[flows.Hour, ...]
    visit_tokens: frozenset[int]
    coverage: float
    gap_hours: int  # hours without any value

    @property
    def panel_visitors(self) -> int:
        """Devices of the panel with a visit."""
        return len(self.visit_tokens)


def said(collector: Collector, site_name: str, day: ShopDay) -> Said:
    """Ask for the opening hours of a site."""
    tenant, site = collector.registry.tenant(TENANT), collector.registry.site(TENANT, site_name)
    span = calendar.Span("open", day.hours.opened.start_ms, day.hours.opened.end_ms)
    with Answers(collector.store, Question(tenant, site, len(day.sensors), span)) as answers:
        stays, hours = answers.flow_input()
        cells = answers.cells([metric for metric in metrics() if metric.name in ("coverage", "hourly")])
    gaps = {cell.cell for cell in cells["hourly"] if cell.value is None and not cell.suppressed}
    coverage = cells["coverage"][0].value or 0.0
    return Said(stays, tuple(hours), _visit_tokens(collector, site, day), coverage, len(gaps))


def _visit_tokens(collector: Collector, site: Site, day: ShopDay) -> frozenset[int]:
    store = collector.store
    files = [file for kind in (STAYS, OPEN_STAYS) for file in store.manifest.files(TENANT, kind)]
    span = calendar.Span("day", day.hours.recorded.start_ms, day.hours.recorded.end_ms)
    with fold.engine() as connection:
        store.read(connection, files).create_view("stays")
        fold.judge(connection, collector.registry.sites(TENANT), span)
        wanted = "SELECT DISTINCT token FROM visits_judged WHERE outcome = 'visit' AND site = ?"
        return frozenset(token for (token,) in connection.execute(wanted, [site.name]).fetchall())
