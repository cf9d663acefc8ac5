"""What can be done to sensors: let in, turned away, shut out, named and placed, told to do something."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...configuration.outbox import FOR_PEOPLE, Order, Outbox
from ...enrolment.approval import Approvals
from ...grouping.book import Book, Edit, Edited
from ...records.roster import Roster
from ...records.standing import Standing
from ...watch.muster import Mustered
from ..given import Unfit
from .changing import Changing, reason
from .sight import FleetSight

VERBS = tuple(verb.value for verb in FOR_PEOPLE)


@dataclass(frozen=True, slots=True)
class Sensors(Changing):
    """The sensors of one collector."""

    def approve(
        self, sight: FleetSight, tenant: str, name: str, fingerprint: str = "", site: str = "", to: str = ""
    ) -> str:
        """Let the unit that waits for a place have it, at another site and under another name if wanted; the name."""
        one = sight.sensor(tenant, name)
        if site and site != one.known.sensor.site:
            sight.reach(tenant, site)
        approvals = Approvals(self.collector.registry.engine, self.collector.certificates)
        waits = next((unit for sensor, unit in approvals.waiting() if sensor.id == one.known.sensor.id), None)
        if waits is None and one.known.sensor.state is Standing.APPROVED:
            return name
        if waits is not None and fingerprint and waits.fingerprint != fingerprint.strip().upper():
            raise Unfit(
                f"the unit that waits has the fingerprint {waits.fingerprint}, not {fingerprint[:80]}"
                "; compare it with the unit's own before you approve"
            )
        actor = sight.person.actor
        with self.changing():
            if site and site != one.known.sensor.site:
                Book(self.collector.registry.engine).edit([(name, Edit(site=site))], actor, self.now_ms())
            if to and to != name:
                name = approvals.rename(name, to, actor, self.now_ms()).name
            approvals.approve(name, actor, self.now_ms(), waits.fingerprint if waits else "")
        return name

    def refuse(self, sight: FleetSight, tenant: str, name: str, why: str) -> None:
        """Turn away the unit that waits for a place."""
        one = sight.sensor(tenant, name)
        approvals = Approvals(self.collector.registry.engine, self.collector.certificates)
        if one.known.sensor.state is Standing.REVOKED:
            return
        with self.changing():
            approvals.refuse(name, reason(why), sight.person.actor, self.now_ms())

    def move(self, sight: FleetSight, tenant: str, name: str, to: Standing, why: str) -> None:
        """Revoke, put into quarantine, or let out of it."""
        now = sight.sensor(tenant, name).known.sensor.state
        if now is to:
            return
        with self.changing():
            if to is Standing.APPROVED and now is not Standing.QUARANTINED:
                raise Unfit(f"{name} is {now}, not in quarantine: there is nothing to let it out of")
            Roster(self.collector.registry.engine).move(name, to, reason(why), sight.person.actor, self.now_ms())

    def edit(self, sight: FleetSight, tenant: str, name: str, edit: Edit) -> tuple[str, ...]:
        """Change what people call a sensor and where it hangs; what has changed, in words."""
        sight.sensor(tenant, name)
        if edit.site is not None:
            sight.reach(tenant, edit.site)
        if edit.behind:
            sight.sensor(tenant, edit.behind)
        with self.changing():
            done = Book(self.collector.registry.engine).edit([(name, edit)], sight.person.actor, self.now_ms())
        return done[0].says if done else ()

    def edit_many(self, sight: FleetSight, sensors: Sequence[Mustered], edit: Edit, dry: bool = False) -> list[Edited]:
        """The same change of several sensors, all or none; those that it makes different, and how."""
        for tenant in {one.known.sensor.tenant for one in sensors} if edit.site is not None else ():
            sight.reach(tenant, edit.site or "")
        edits = [(one.name, edit) for one in sensors]
        with self.changing():
            return Book(self.collector.registry.engine).edit(edits, sight.person.actor, self.now_ms(), dry)

    def command(self, sight: FleetSight, tenant: str, name: str, verb: str) -> Order:
        """Have a sensor do one thing, once, within five minutes or not at all."""
        one = sight.sensor(tenant, name)
        if verb not in VERBS:
            raise Unfit(f"a sensor can be told to {', '.join(VERBS)}")
        with self.changing():
            if not one.known.sensor.approved:
                raise Unfit(f"{name} is {one.known.sensor.state}: it is told nothing until it is approved")
            outbox = Outbox(self.collector.registry.engine)
            return outbox.order(one.known.sensor, verb, sight.person.actor, self.now_ms())

    def push(self, sight: FleetSight, sensors: Sequence[tuple[str, str]], why: str) -> None:
        """Send sensors, as (tenant, name), their configuration again as a new version."""
        found = [sight.sensor(*one).known.sensor for one in sensors]
        with self.changing():
            Outbox(self.collector.registry.engine).retry(found, sight.person.actor, reason(why), self.now_ms())
