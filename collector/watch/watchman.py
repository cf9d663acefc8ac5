"""The watchman: looks at the whole fleet once a minute within a running collector, and tells who wants to know."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from footfall_sensor import __version__

from .. import fleet
from ..configuration.outbox import Outbox as ConfigurationOutbox
from ..delivery.letter import Letter
from ..delivery.target import Target, Way
from ..fleet import SensorState
from ..folder import Collector
from ..records.registry import Sensor
from ..records.reports import Report
from . import alerts, conditions, grouping, letters, past
from .alerts import Alert
from .book import Book
from .checks import CHECKS, MINUTE_MS, NEVER, OK, UNSEATED
from .conditions import Condition, Key
from .grouping import Cause, Finding
from .past import Past, StateChange
from .seen import Sample, Seen

log = logging.getLogger(__name__)

GRACE_MS = 5 * MINUTE_MS  # after a start or a reconnect: sensors come back one after another
BROKER_MS = 3 * MINUTE_MS
SAMPLE_MS = 10 * MINUTE_MS


@dataclass(slots=True)
class Watchman:
    """Knows since when the broker can be reached; everything else is in the registry."""

    collector: Collector
    connected: Callable[[], bool]
    say: Callable[[str, str], str] = lambda _language, text: text  # a sentence in a language
    _back_ms: int | None = None  # since when the broker is there
    _gone_ms: int | None = None
    _sampled_ms: int = 0
    _states: dict[int, StateChange] | None = None  # the state that each sensor was in last
    _heard: dict[int, Sample] = field(default_factory=dict)  # by sensor, its first word with the frames it has now
    book: Book = field(init=False)
    past: Past = field(init=False)

    def __post_init__(self) -> None:
        """Book and past are the registry's."""
        self.book, self.past = Book(self.collector.registry.engine), Past(self.collector.registry.engine)

    def look(self, now_ms: int) -> alerts.Turn:
        """Look once. While the broker is away nothing is said of single sensors: what stood stays."""
        known, standing = self.book.conditions(), self.book.standing()
        self._broker(now_ms)
        sensors = {sensor.id: sensor for sensor in self.collector.registry.sensors()}
        if self._back_ms is None or now_ms - self._back_ms < GRACE_MS:
            now = known
        else:
            seen = self._watched(self.seen(sensors.values(), self.collector.registry.reports.newest(), now_ms))
            now = conditions.look(seen, known)
            self._sample(seen, now_ms)
            self._note_states(seen, now)
        findings = [*grouping.group(now.values(), sensors), *self._collectors_own(now_ms)]
        turn = alerts.turn(findings, standing, self.book.works(), now_ms)
        turn = self.book.save(known, now, standing, turn, now_ms)
        self._tell(turn, standing, now_ms)
        return turn

    def _broker(self, now_ms: int) -> None:
        if self.connected():
            self._gone_ms, self._back_ms = None, self._back_ms if self._back_ms is not None else now_ms
        else:
            self._back_ms, self._gone_ms = None, self._gone_ms if self._gone_ms is not None else now_ms

    def seen(self, sensors: Iterable[Sensor], reports: Mapping[int, Report], now_ms: int) -> list[Seen]:
        """Sensors as the checks see them now."""
        before = self.book.samples(now_ms - SAMPLE_MS)
        pushes = ConfigurationOutbox(self.collector.registry.engine).pushes()
        seen = []
        for sensor in sensors:
            report, sample = reports.get(sensor.id), before.get(sensor.id)
            if sample is not None and (report is None or report.boot != sample.boot):
                sample = None  # it has started anew: counts begin at zero
            seen.append(Seen(sensor, now_ms, report, sample, pushes.get(sensor.id), __version__))
        return seen

    def _watched(self, seen: Iterable[Seen]) -> list[Seen]:
        """With since when each has heard nothing. Samples are ten minutes apart: too few to find a deaf one in time."""
        found, heard = [], {}
        for one in seen:
            now, last = one.now, self._heard.get(one.sensor.id)
            if now is None:
                found.append(one)
                continue
            first = last if last and (last.boot, last.frames) == (now.boot, now.frames) else now
            heard[one.sensor.id] = first
            found.append(replace(one, still_ms=first.time_ms))
        self._heard = heard
        return found

    def _sample(self, seen: Iterable[Seen], now_ms: int) -> None:
        if now_ms - self._sampled_ms >= SAMPLE_MS:
            self._sampled_ms = now_ms
            self.past.add(seen, now_ms)
            self.book.add_samples((one.now for one in seen if one.now is not None), now_ms)

    def _note_states(self, seen: Iterable[Seen], now: Mapping[Key, Condition]) -> None:
        """Write down who is in another state than before: of those that lasted, so that a wobble is none."""
        states = self.past.newest_states() if self._states is None else self._states
        changes = [change for one in seen if (change := past.change(one, now, states.get(one.sensor.id)))]
        self.past.add_states(changes)
        self._states = {**states, **{one.sensor_id: one for one in changes}}

    def _collectors_own(self, now_ms: int) -> list[Finding]:
        """The broker that cannot be reached: one alert a tenant, whatever its sensors would say."""
        if self._gone_ms is None or now_ms - self._gone_ms < BROKER_MS:
            return []
        says = "the collector cannot reach its broker; nothing is known of any sensor"
        do = "is mosquitto running? footfall-broker.service, its log, and /readyz"
        return [
            Finding(Cause(tenant.name, "", "", "broker"), self._gone_ms, says, do, ())
            for tenant in self.collector.registry.tenants()
        ]

    def standing(self) -> list[tuple[Target, Letter]]:
        """What brokers keep: every alert that stands and was heard of, for each that is told of its site."""
        targets = [one for one in self._targets() if one.way is Way.MQTT]
        held = [one for one in self.book.standing().values() if one.heard_of] if targets else []
        return [
            (target, self._letter("alert.raised", one, target)) for one in held for target in _concerned(targets, one)
        ]

    def _letter(self, event: str, alert: Alert, target: Target) -> Letter:
        return letters.letter(event, alert, partial(self.say, target.language))

    def _targets(self) -> list[Target]:
        return [target for target in self.collector.targets().all() if target.alerts]

    def _tell(self, turn: alerts.Turn, known: Mapping[Cause, Alert], now_ms: int) -> None:
        told = [one for one in turn.ended if one.told]
        # Ends of which nobody is told, since the site's alert tells, or it was put off: a broker must not keep them.
        unsaid = [one for one in turn.ended if not one.told and known[one.cause].heard_of]
        if not turn.tell and not told and not unsaid:
            return
        targets = self._targets()
        brokers = [one for one in targets if one.way is Way.MQTT]
        postman = self.collector.postman()
        for event, batch, those in (
            ("alert.raised", turn.tell, targets),
            ("alert.ended", told, targets),
            ("alert.cleared", unsaid, brokers),
        ):
            for alert in batch:
                level = logging.DEBUG if event == "alert.cleared" else logging.WARNING
                log.log(level, "%s %s", event, letters.subject(alert))
                for target in _concerned(those, alert):
                    postman.tell(self._letter(event, alert, target), [target], now_ms)


def _concerned(targets: Iterable[Target], alert: Alert) -> list[Target]:
    return [one for one in targets if one.concerns(alert.cause.tenant, alert.cause.site or one.site)]


@dataclass(frozen=True, slots=True)
class Shown:
    """The state of a sensor as somebody sees it who looks now."""

    state: str
    says: str
    do: str
    since_ms: int | None  # None where it is well, or nobody has watched


def states(collector: Collector, now_ms: int) -> dict[int, Shown]:
    """By sensor: its state now, told from its last words; since when, where a running collector has watched."""
    return shown_of(collector, collector.registry.sensors(), collector.registry.reports.newest(), now_ms)


def roll(collector: Collector, now_ms: int) -> list[tuple[SensorState, Shown]]:
    """Every sensor, by tenant and name: what came of it and what is missing; and its state now, from its last words."""
    sensors, reports = collector.registry.sensors(), collector.registry.reports.newest()
    shown = shown_of(collector, sensors, reports, now_ms)
    looked = fleet.judged(sensors, reports, collector.manifest.ledger(), now_ms)
    return [(one, shown[sensor.id]) for sensor, one in zip(sensors, looked, strict=True)]


def shown_of(
    collector: Collector, sensors: list[Sensor], reports: Mapping[int, Report], now_ms: int
) -> dict[int, Shown]:
    """The same of sensors and reports that are at hand."""
    watchman = Watchman(collector, lambda: True)
    known = watchman.book.conditions()
    return {one.sensor.id: _shown(one, known) for one in watchman.seen(sensors, reports, now_ms)}


def _shown(seen: Seen, known: Mapping[Key, Condition]) -> Shown:
    if seen.sensor.state in UNSEATED:
        return Shown(str(seen.sensor.state), seen.sensor.says, "footfall fleet show", None)
    for check in CHECKS:
        says, held = check.amiss(seen), known.get((seen.sensor.id, check.state))
        if check.watched and not says and held and held.raised_ms is not None and held.clear_ms is None:
            says = held.says
        if says:
            return Shown(check.state, says, check.do, held.since_ms if held else None)
    if seen.report is None:
        return Shown(NEVER, "it has never said how it is", "is it powered, does it reach the broker?", None)
    return Shown(OK, "", "", None)
