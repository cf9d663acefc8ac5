"""What the fleet's API answers, as dataclasses: its OpenAPI description is made of them. Instants are UTC ms."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ...configuration.editor import Done
from ...enrolment.units import Unit as Key
from ...images.catalogue import Entry
from ...images.packages import PackageEntry
from ...records.registry import Sensor
from ...rollout.advance import Unit
from ...rollout.book import Begun
from ...rollout.records import Campaign
from ...watch.alerts import Alert, Work
from ...watch.muster import Mustered
from .asked import Found


@dataclass(frozen=True, slots=True)
class SensorLine:
    """A sensor as a list has it. missing: batches that it sent and nobody has; must be 0."""

    tenant: str
    site: str
    name: str
    group: str
    tags: list[str]
    behind: str
    latitude: float | None
    longitude: float | None
    standing: str
    state: str
    says: str
    do: str
    since_ms: int | None
    connection: str
    heard_ms: int | None
    version: str
    frames: int | None
    emitted: int | None
    committed: int
    spooled: int | None
    dropped: int | None
    missing: int | None
    duplicates: int

    @classmethod
    def of(cls, one: Mustered, seen: set[str] | None = None) -> "SensorLine":
        """seen: names of sensors that may be told; None = all."""
        known, state, sensor = one.known, one.seen, one.known.sensor
        return cls(
            tenant=sensor.tenant,
            site=sensor.site,
            name=sensor.name,
            group=sensor.group_name,
            tags=sorted(known.tags),
            behind=known.behind if seen is None or known.behind in seen else "",
            latitude=known.latitude,
            longitude=known.longitude,
            standing=sensor.state,
            state=one.shown.state,
            says=one.shown.says,
            do=one.shown.do,
            since_ms=one.shown.since_ms,
            connection=state.state,
            heard_ms=state.heard_ms,
            version=state.version,
            frames=state.frames,
            emitted=state.emitted,
            committed=state.committed,
            spooled=state.spooled,
            dropped=state.dropped,
            missing=state.missing,
            duplicates=state.duplicates,
        )


@dataclass(frozen=True, slots=True)
class SensorList:
    """A page of the list. counts: by state, of those that all words but the state leave."""

    total: int
    page: int
    pages: int
    counts: dict[str, int]
    sensors: list[SensorLine]

    @classmethod
    def of(cls, found: Found, seen: set[str]) -> "SensorList":
        """The answer to a list that was asked for."""
        lines = [SensorLine.of(one, seen) for one in found.rows]
        return cls(found.total, found.page, found.pages, dict(found.counts), lines)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A unit that waits for a sensor's place. replaces: whether another unit has it now."""

    tenant: str
    site: str
    sensor: str
    fingerprint: str
    replaces: bool
    claim: str | None
    shown_ms: int
    asked_ms: int
    version: str
    board: str
    model: str
    profile: str

    @classmethod
    def of(cls, sensor: Sensor, unit: Key) -> "Waiting":
        """Unit and place."""
        about = unit.about
        return cls(
            tenant=sensor.tenant,
            site=sensor.site,
            sensor=sensor.name,
            fingerprint=unit.fingerprint,
            replaces=sensor.approved,
            claim=unit.claim_id,
            shown_ms=unit.shown_ms,
            asked_ms=unit.asked_ms,
            version=about.version,
            board=about.board,
            model=about.model,
            profile=about.profile,
        )


@dataclass(frozen=True, slots=True)
class AlertSaid:
    """An alert. site or sensor "": of the whole tenant or site."""

    id: int
    tenant: str
    site: str
    sensor: str
    state: str
    since_ms: int
    raised_ms: int
    ended_ms: int | None
    says: str
    do: str
    sensors: list[str]
    told: bool
    acknowledged_by: str
    snoozed_until_ms: int

    @classmethod
    def of(cls, one: Alert) -> "AlertSaid":
        """An alert with its cause beside it."""
        said: dict[str, Any] = one.as_json()
        return cls(**{**said, "sensors": list(one.sensors)})


@dataclass(frozen=True, slots=True)
class WorkSaid:
    """A time in which nobody is told of a site; site "": of all of a tenant's."""

    id: int
    tenant: str
    site: str
    start_ms: int
    end_ms: int
    why: str
    by: str

    @classmethod
    def of(cls, one: Work) -> "WorkSaid":
        """A time of work."""
        return cls(one.id, one.tenant, one.site, one.start_ms, one.end_ms, one.why, one.by)


@dataclass(frozen=True, slots=True)
class CampaignUnit:
    """A sensor of a campaign; stages count from 1."""

    sensor: str
    stage: int
    state: str
    told_ms: int
    settled_ms: int
    says: str


@dataclass(frozen=True, slots=True)
class CampaignSaid:
    """A campaign. counts: its units by state; units: only where one campaign is asked for."""

    campaign: int
    kind: str
    cargo: dict[str, Any]
    state: str
    stage: int
    says: str
    deadline_ms: int
    terms: dict[str, Any]
    actor: str
    why: str
    made_ms: int
    changed_ms: int
    counts: dict[str, int]
    units: list[CampaignUnit]

    @classmethod
    def of(
        cls, one: Campaign, counts: dict[str, int], units: Sequence[Unit] = (), names: dict[int, str] | None = None
    ) -> "CampaignSaid":
        """names: of sensors by their numbers."""
        course = one.course
        return cls(
            campaign=one.id,
            kind=one.kind,
            cargo=json.loads(one.cargo),
            state=course.state,
            stage=course.stage + 1,
            says=course.says,
            deadline_ms=course.deadline_ms,
            terms=json.loads(course.terms.encode()),
            actor=one.actor,
            why=one.why,
            made_ms=one.made_ms,
            changed_ms=one.changed_ms,
            counts=counts,
            units=[
                CampaignUnit(
                    (names or {}).get(unit.sensor_id, ""),
                    unit.stage + 1,
                    unit.state,
                    unit.told_ms,
                    unit.settled_ms,
                    unit.says,
                )
                for unit in units
            ],
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """What a campaign comes to. campaign: its number; null where it is a dry run. stages: names, in their order."""

    campaign: int | None
    order: str
    stages: list[list[str]]
    left_out: dict[str, str]

    @classmethod
    def of(cls, begun: Begun) -> "Planned":
        """A plan, carried out or not."""
        stages = [
            [turn.candidate.name for turn in turns]
            for _, turns in groupby(begun.plan.turns, key=lambda turn: turn.stage)
        ]
        left_out = {one.name: one.left_out for one in begun.plan.left_out}
        return cls(begun.number, begun.plan.order_says, stages, left_out)


@dataclass(frozen=True, slots=True)
class Value:
    """An option's value and which layer it is from."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A layer as it was since one change."""

    number: int
    options: dict[str, str]
    time_ms: int
    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class Configured:
    """What a change of a layer came to. proposal: its number where it waits for a second person, because of loosens."""

    layer: str
    written: bool
    proposal: int | None
    loosens: list[str]
    sensors: dict[str, dict[str, tuple[str | None, str | None]]]

    @classmethod
    def of(cls, done: Done) -> "Configured":
        """Each sensor's options with their values before and after; null = its own."""
        plan = done.plan
        sensors = {one.sensor: dict(one.options) for one in plan.affected}
        return cls(str(plan.change.place), done.written, done.proposal, list(plan.loosens), sensors)


@dataclass(frozen=True, slots=True)
class ImageSaid:
    """An image of the catalogue. key: the release key's id; recovery: by board, for a unit that does not start."""

    name: str
    boards: list[str]
    version: str
    compat: str
    older: bool
    size: int
    sha256: str
    key: str
    recovery: dict[str, str]
    by: str
    added_ms: int

    @classmethod
    def of(cls, one: Entry) -> "ImageSaid":
        """An image."""
        said: dict[str, Any] = one.as_json()
        return cls(**said)


@dataclass(frozen=True, slots=True)
class PackageSaid:
    """A package of the catalogue. name: its file's; key: the release key's id."""

    name: str
    package: str
    version: str
    form: str
    size: int
    sha256: str
    key: str
    by: str
    added_ms: int

    @classmethod
    def of(cls, one: PackageEntry) -> "PackageSaid":
        """A package."""
        said: dict[str, Any] = one.as_json()
        return cls(**said)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was taken in is called like this."""

    name: str
