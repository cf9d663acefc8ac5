"""What can be done to a fleet from pages and API: each within what somebody sees, each with its row in the audit log.

Doing again what is done already changes nothing and is no error. What does not fit raises Unfit; what is not there, or
not for who asks, QueryError.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footfall_sensor.errors import SensorError

from ...configuration import options, variables
from ...configuration.editor import Done, Editor
from ...configuration.layers import Place
from ...configuration.outbox import FOR_PEOPLE, Order, Outbox
from ...configuration.plan import Affected
from ...configuration.store import Proposal
from ...enrolment.approval import Approvals
from ...errors import QueryError, SettingsError
from ...folder import Collector
from ...grouping.book import Book as Names
from ...grouping.book import Edit, Edited
from ...people.user import Person
from ...records.roster import Roster
from ...records.standing import Standing
from ...rollout.advance import CampaignState
from ...rollout.book import Begun, Campaigns
from ...rollout.records import Campaign
from ...rollout.terms import Terms
from ...watch.alerts import Alert, Work
from ...watch.book import Book
from ...watch.muster import Muster, Mustered
from .sight import FleetSight

if TYPE_CHECKING:
    from .bodies import Varying

WHY_CHARS_MAX = 500
HOUR_MS = 3_600_000
VERBS = tuple(verb.value for verb in FOR_PEOPLE)


class Unfit(QueryError):
    """It is there, and cannot be done like this."""


@contextmanager
def fitting() -> Iterator[None]:
    """What is said of a change that does not fit is no "not here"."""
    try:
        yield
    except Unfit:
        raise
    except (QueryError, SensorError, SettingsError) as exc:
        raise Unfit(str(exc)) from exc


@dataclass(frozen=True, slots=True)
class Acts:
    """Changes of one collector's fleet."""

    collector: Collector
    muster: Muster
    now_ms: Callable[[], int]

    def sight(self, person: Person) -> FleetSight:
        """The fleet as somebody sees it."""
        return FleetSight(self.collector, self.muster, person)

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
            raise Unfit(f"the unit that waits has the fingerprint {waits.fingerprint}, not {fingerprint[:80]}")
        actor = sight.person.actor
        with self._changing():
            if site and site != one.known.sensor.site:
                Names(self.collector.registry.engine).edit([(name, Edit(site=site))], actor, self.now_ms())
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
        with self._changing():
            approvals.refuse(name, reason(why), sight.person.actor, self.now_ms())

    def move(self, sight: FleetSight, tenant: str, name: str, to: Standing, why: str) -> None:
        """Revoke, put into quarantine, or let out of it."""
        now = sight.sensor(tenant, name).known.sensor.state
        if now is to:
            return
        with self._changing():
            if to is Standing.APPROVED and now is not Standing.QUARANTINED:
                raise Unfit(f"{name} is {now}, not in quarantine")
            Roster(self.collector.registry.engine).move(name, to, reason(why), sight.person.actor, self.now_ms())

    def edit(self, sight: FleetSight, tenant: str, name: str, edit: Edit) -> tuple[str, ...]:
        """Change what people call a sensor and where it hangs; what has changed, in words."""
        sight.sensor(tenant, name)
        if edit.site is not None:
            sight.reach(tenant, edit.site)
        if edit.behind:
            sight.sensor(tenant, edit.behind)
        with self._changing():
            done = Names(self.collector.registry.engine).edit([(name, edit)], sight.person.actor, self.now_ms())
        return done[0].says if done else ()

    def edit_many(self, sight: FleetSight, sensors: Sequence[Mustered], edit: Edit, dry: bool = False) -> list[Edited]:
        """The same change of several sensors, all or none; those that it makes different, and how."""
        for tenant in {one.known.sensor.tenant for one in sensors} if edit.site is not None else ():
            sight.reach(tenant, edit.site or "")
        edits = [(one.name, edit) for one in sensors]
        with self._changing():
            return Names(self.collector.registry.engine).edit(edits, sight.person.actor, self.now_ms(), dry)

    def command(self, sight: FleetSight, tenant: str, name: str, verb: str) -> Order:
        """Have a sensor do one thing, once, within five minutes or not at all."""
        one = sight.sensor(tenant, name)
        if verb not in VERBS:
            raise Unfit(f"a sensor can be told to {', '.join(VERBS)}")
        with self._changing():
            if not one.known.sensor.approved:
                raise Unfit(f"{name} is {one.known.sensor.state}: it is told nothing")
            outbox = Outbox(self.collector.registry.engine)
            return outbox.order(one.known.sensor, verb, sight.person.actor, self.now_ms())

    def push(self, sight: FleetSight, sensors: Sequence[tuple[str, str]], why: str) -> None:
        """Send sensors, as (tenant, name), their configuration again as a new version."""
        found = [sight.sensor(*one).known.sensor for one in sensors]
        with self._changing():
            Outbox(self.collector.registry.engine).retry(found, sight.person.actor, reason(why), self.now_ms())

    def configure(
        self,
        sight: FleetSight,
        place: Place,
        values: Mapping[str, str],
        unset: Sequence[str],
        why: str,
        dry: bool = False,
    ) -> Done:
        """Set options of a layer, or take them out of it. What tells more of people waits for a second person."""
        editor = Editor(self.collector.registry, sight.person.actor, self.now_ms)
        with self._changing():
            if bool(values) == bool(unset):
                raise Unfit("either options to set or options to take out are wanted")
            if unset:
                return editor.unset(place, unset, reason(why), dry)
            said = {options.known(name): " ".join(value.split()) for name, value in values.items()}
            return editor.set(place, said, reason(why), dry)

    def vary(self, sight: FleetSight, body: "Varying") -> tuple[list[Affected], int]:
        """Give variables of many layers other values; who runs otherwise then, and how many layers change."""
        wanted = {sight.place(one.scope, body.tenant, one.name): one.values for one in body.layers}
        editor = Editor(self.collector.registry, sight.person.actor, self.now_ms)
        with self._changing():
            if len(wanted) < len(body.layers):
                raise Unfit("a layer is there twice")
            named = {
                place: {
                    variables.checked(variables.SIGN + name): " ".join(value.split()) for name, value in said.items()
                }
                for place, said in wanted.items()
            }
            return editor.set_variables(named, reason(body.why), body.dry)

    def confirm(self, sight: FleetSight, number: int) -> Proposal:
        """Say yes to another person's proposal, which is carried out at once."""
        one = sight.proposal(number, self.now_ms())
        with self._changing():
            Editor(self.collector.registry, sight.person.actor, self.now_ms).confirm(number)
        return one

    def withdraw(self, sight: FleetSight, number: int) -> Proposal:
        """Take a proposal off the table."""
        one = sight.proposal(number, self.now_ms())
        with self._changing():
            Editor(self.collector.registry, sight.person.actor, self.now_ms).withdraw(number)
        return one

    def acknowledge(self, sight: FleetSight, number: int) -> Alert:
        """Somebody looks after it: nobody is told of it any more."""
        alert = sight.alert(number, self.now_ms())
        if alert.acknowledged_by:
            return alert
        return Book(self.collector.registry.engine).acknowledge(number, sight.person.actor, self.now_ms())

    def snooze(self, sight: FleetSight, number: int, hours: float) -> Alert:
        """Tell nobody of it for a while."""
        sight.alert(number, self.now_ms())
        with self._changing():
            return Book(self.collector.registry.engine).snooze(number, hours, sight.person.actor, self.now_ms())

    def maintain(self, sight: FleetSight, tenant: str, site: str, hours: float, why: str, start_ms: int = 0) -> Work:
        """A time in which nobody is told of a site, "" = of all sites of a tenant. start_ms: 0 = now."""
        sight.reach(tenant, site)
        with self._changing():
            if not reason(why):
                raise Unfit("say why, for whoever wonders")
            start = start_ms or self.now_ms()
            work = Work(tenant, site, start, start + int(hours * HOUR_MS), reason(why), sight.person.actor)
            return Book(self.collector.registry.engine).add_work(work, self.now_ms())

    def end_maintenance(self, sight: FleetSight, number: int) -> None:
        """Alerts are told again."""
        sight.work(number)
        Book(self.collector.registry.engine).end_work(number, sight.person.actor, self.now_ms())

    def begin(
        self, sight: FleetSight, place: Place, values: Mapping[str, str], terms: Terms, why: str, dry: bool
    ) -> Begun:
        """Roll options of a layer out in stages."""
        with self._changing():
            said = {options.known(name): " ".join(value.split()) for name, value in values.items()}
            if not said:
                raise Unfit("say which options, such as window_s=60")
            who = (sight.person.actor, reason(why))
            book = Campaigns(self.collector.registry.engine)
            return book.begin_options(place, said, terms, who, self.now_ms(), dry=dry)

    def steer(self, sight: FleetSight, number: int, to: CampaignState, why: str) -> Campaign:
        """Pause a campaign, resume it, or end it."""
        campaign, _ = sight.campaign(number)
        if campaign.course.state is to:
            return campaign
        book = Campaigns(self.collector.registry.engine)
        ways = {
            CampaignState.PAUSED: book.pause,
            CampaignState.RUNNING: book.resume,
            CampaignState.CANCELLED: book.cancel,
        }
        with self._changing():
            return ways[to](number, sight.person.actor, reason(why), self.now_ms())

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with fitting():
            try:
                yield
            finally:
                self.muster.forget()


def reason(why: str) -> str:
    """A reason as it is kept."""
    if len(why) > WHY_CHARS_MAX:
        raise Unfit(f"a reason has at most {WHY_CHARS_MAX} characters")
    return " ".join(why.split())
