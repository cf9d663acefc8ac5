"""The book of campaigns: begins them, lets people steer them, and takes their steps, each in one transaction."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, select

from footfall_sensor.wire.settings import COMMAND_ID_BYTES, Verb

from .. import schema
from ..configuration import plan as changes
from ..configuration import staging
from ..configuration import store as layers
from ..configuration.layers import Place
from ..configuration.outbox import Order, write_order
from ..database import writing
from ..errors import QueryError
from ..grouping import book as groups
from ..records import audit
from ..records.audit import Event
from ..records.reports import read_reports
from . import advance, images, packages, plan, records
from .advance import ACTIVE, CampaignState, Unit, UnitState
from .cargo import Options
from .images import Images
from .packages import Package
from .plan import Plan
from .records import Campaign
from .sighting import Sights
from .terms import Terms

ACTOR = "collector"


@dataclass(frozen=True, slots=True)
class Begun:
    """A campaign's plan; number: None where it is a dry run."""

    plan: Plan
    number: int | None


class Campaigns:
    """Campaigns of one registry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin_options(
        self,
        place: Place,
        options: Mapping[str, str],
        terms: Terms,
        who: tuple[str, str],
        now_ms: int,
        dry: bool = False,
    ) -> Begun:
        """Roll options of one layer out; who: actor and reason. Raises QueryError."""
        wanted = Options(place, dict(options))
        with writing(self._engine).begin() as connection:
            fleet = layers.read_fleet(connection)
            _check_place(connection, place, fleet)
            behind = {one.sensor.id: one.behind for one in groups.read(connection)}
            candidates = wanted.candidates(fleet, behind, records.busy(connection))
            packed = staging.cargo(place, options)
            made = plan.make(candidates, terms.stages, packed)
            if not made.turns:
                raise QueryError(f"{place}: no sensor would run otherwise, or none is free; --dry-run says why of each")
            if dry:
                return Begun(made, None)
            number = records.write_new(connection, staging.KIND, packed, made, terms, who, now_ms)
        return Begun(made, number)

    def begin_package(
        self, package: Package, names: Iterable[str], terms: Terms, who: tuple[str, str], now_ms: int, dry: bool = False
    ) -> Begun:
        """Roll a package of the agent out to sensors of these names; who: actor and reason. Raises QueryError."""
        package.check()
        wanted = set(names)
        with writing(self._engine).begin() as connection:
            known = [one for one in groups.read(connection) if one.sensor.name in wanted]
            reports, profiles = read_reports(connection), packages.read_profiles(connection)
            found = packages.candidates(package, known, reports, profiles, records.busy(connection))
            made = plan.make(found, terms.stages, package.new.release.note().decode())
            if dry:
                return Begun(made, None)
            if not made.turns:
                raise QueryError("no sensor can be upgraded; --dry-run says why of each")
            cargo = package.encode()
            words = packages.says(cargo)
            number = records.write_new(connection, packages.KIND, cargo, made, terms, who, now_ms, words)
        return Begun(made, number)

    def begin_images(
        self, cargo: Images, names: Iterable[str], terms: Terms, who: tuple[str, str], now_ms: int, dry: bool = False
    ) -> Begun:
        """Roll whole images out to sensors of these names; who: actor and reason. Raises QueryError."""
        if cargo.older and not dry and not who[1].strip():
            raise QueryError("going back to an older image needs a reason, for the audit log; say it")
        wanted = set(names)
        with writing(self._engine).begin() as connection:
            known = [one for one in groups.read(connection) if one.sensor.name in wanted]
            found = images.candidates(cargo, known, read_reports(connection), records.busy(connection))
            seed = "".join(one.image.note().decode() for one in cargo.named)
            made = plan.make(found, terms.stages, seed)
            if dry:
                return Begun(made, None)
            if not made.turns:
                raise QueryError("no sensor can be upgraded; --dry-run says why of each")
            words = str(cargo)
            number = records.write_new(connection, images.KIND, cargo.encode(), made, terms, who, now_ms, words)
        return Begun(made, number)

    def all(self) -> list[tuple[Campaign, dict[str, int]]]:
        """Every campaign with its units by state, the newest last."""
        with self._engine.begin() as connection:
            count = records.counts(connection)
            return [(one, count.get(one.id, {})) for one in records.read_all(connection)]

    def one(self, number: int) -> tuple[Campaign, list[Unit]]:
        """A campaign and its units in their order. Raises QueryError."""
        with self._engine.begin() as connection:
            return records.read_one(connection, number), records.read_units(connection, number)

    def pause(self, number: int, actor: str, why: str, now_ms: int) -> Campaign:
        """Tell no further units until it is resumed. Raises QueryError."""
        return self._steer(number, CampaignState.PAUSED, (actor, why), now_ms)

    def resume(self, number: int, actor: str, why: str, now_ms: int) -> Campaign:
        """Go on; failures until now stop it no more. Raises QueryError."""
        return self._steer(number, CampaignState.RUNNING, (actor, why), now_ms)

    def cancel(self, number: int, actor: str, why: str, now_ms: int) -> Campaign:
        """End it. Options are taken back from the units that have them. Raises QueryError."""
        return self._steer(number, CampaignState.CANCELLED, (actor, why), now_ms)

    def step(self, now_ms: int) -> int:
        """One step of every campaign that is not over; returns how many units were told."""
        with self._engine.begin() as connection:
            active = [one.id for one in records.read_all(connection, active=True)]
        return sum(self._step(number, now_ms) for number in active)

    def _step(self, number: int, now_ms: int) -> int:
        with self._engine.begin() as connection:  # looking at a whole fleet must not keep batches from being committed
            campaign = records.read_one(connection, number)
            units = records.read_units(connection, number)
            made = advance.step(campaign.course, units, Sights(connection, campaign, now_ms).of(units), now_ms)
        if not made.changed and made.course == campaign.course:
            return 0
        with writing(self._engine).begin() as connection:
            if records.read_one(connection, number) != campaign:
                return 0  # somebody has steered it meanwhile; the next step sees that
            course = made.course
            records.save(connection, campaign, course, made.changed, now_ms)
            if campaign.kind in (packages.KIND, images.KIND):
                _order(connection, made, now_ms)
            if course.state is CampaignState.DONE:
                course = replace(course, says=self._finish(connection, campaign, course.says, now_ms))
                if course.says.startswith(HELD):
                    course = replace(course, state=CampaignState.STOPPED)
                records.save(connection, replace(campaign, course=made.course), course, (), now_ms)
            _note(connection, campaign, course, now_ms)
        return len(made.told)

    def _finish(self, connection: Connection, campaign: Campaign, says: str, now_ms: int) -> str:
        """The layer says now what its sensors already run. Returns what there is to say."""
        if campaign.kind != staging.KIND:
            return says
        place, options = staging.of_cargo(campaign.cargo)
        fleet = layers.read_fleet(connection)
        try:
            made = changes.make(fleet, Options(place, options).change(fleet))
        except QueryError as exc:
            return f"{HELD}: {exc}"
        if made.loosens:
            return f"{HELD}: it would tell more of people ({'; '.join(made.loosens)}); use footfall fleet config set"
        layers.write_change(connection, made, campaign.actor, f"campaign {campaign.id}", now_ms)
        return says

    def _steer(self, number: int, to: CampaignState, who: tuple[str, str], now_ms: int) -> Campaign:
        actor, why = who
        with writing(self._engine).begin() as connection:
            campaign = records.read_one(connection, number)
            state = campaign.course.state
            if state not in _FROM[to]:
                raise QueryError(f"campaign {number} is {state}: it cannot be {_DONE[to]}; begin another")
            course, units = replace(campaign.course, state=to, says=why), records.read_units(connection, number)
            if to is CampaignState.RUNNING:
                course, excused = advance.resumed(campaign.course, units, now_ms)
                units = [after for before, after in zip(units, excused, strict=True) if before != after]
            saved = records.save(connection, campaign, course, units if to is CampaignState.RUNNING else (), now_ms)
            audit.append(connection, Event(actor, _VERB[to], f"campaign {number}", why), now_ms)
        return saved


HELD = "the layer was not changed"
_FROM = {
    CampaignState.PAUSED: (CampaignState.RUNNING,),
    CampaignState.RUNNING: (CampaignState.PAUSED, CampaignState.STOPPED),
    CampaignState.CANCELLED: ACTIVE,
}
_VERB = {CampaignState.PAUSED: "pause", CampaignState.RUNNING: "resume", CampaignState.CANCELLED: "cancel"}
_DONE = {CampaignState.PAUSED: "paused", CampaignState.RUNNING: "resumed", CampaignState.CANCELLED: "cancelled"}


def _order(connection: Connection, made: advance.Step, now_ms: int) -> None:
    """Tell units to upgrade; and let those that have proved themselves know that they were heard."""
    for unit in made.changed:
        verb = {UnitState.TOLD: Verb.UPGRADE, UnitState.DONE: Verb.KEEP}.get(unit.state)
        if verb is not None:
            order = Order(os.urandom(COMMAND_ID_BYTES), unit.sensor_id, verb, ACTOR, now_ms)
            write_order(connection, order)


def _check_place(connection: Connection, place: Place, fleet: changes.Fleet) -> None:
    tenants = [row.name for row in connection.execute(select(schema.tenants.c.name))]
    sites = [(row.tenant, row.name) for row in connection.execute(select(schema.sites.c.tenant, schema.sites.c.name))]
    changes.check_place(place, fleet.sensors, tenants, sites)


def _note(connection: Connection, campaign: Campaign, course: advance.Course, now_ms: int) -> None:
    """An audit row where it opened a stage, stopped or ended; what single units did is in their own table."""
    before = campaign.course
    if course.state is not before.state:
        verb = {CampaignState.DONE: "finish", CampaignState.STOPPED: "stop"}[course.state]
        audit.append(connection, Event(ACTOR, verb, f"campaign {campaign.id}", course.says), now_ms)
    elif course.stage != before.stage:
        audit.append(connection, Event(ACTOR, "open stage", f"campaign {campaign.id}", f"{course.stage + 1}"), now_ms)
