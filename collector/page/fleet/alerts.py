"""What can be done to alerts: looked after, put off; and times in which nobody is told."""

from dataclasses import dataclass

from ...watch.alerts import Alert, Work
from ...watch.book import SNOOZE_MAX_H, Book
from ...watch.past import HOUR_MS
from ..given import Unfit
from .changing import Changing, reason
from .sight import FleetSight

HOURS_MAX = SNOOZE_MAX_H  # of work too: whoever works for longer says it again


@dataclass(frozen=True, slots=True)
class Alerts(Changing):
    """The alerts of one collector, and the times of work."""

    def acknowledge(self, sight: FleetSight, number: int) -> Alert:
        """Somebody looks after it: nobody is told of it any more."""
        alert = sight.alert(number, self.now_ms())
        if alert.acknowledged_by:
            return alert
        return Book(self.collector.registry.engine).acknowledge(number, sight.person.actor, self.now_ms())

    def snooze(self, sight: FleetSight, number: int, hours: float) -> Alert:
        """Tell nobody of it for a while."""
        sight.alert(number, self.now_ms())
        with self.changing():
            return Book(self.collector.registry.engine).snooze(number, hours, sight.person.actor, self.now_ms())

    def maintain(self, sight: FleetSight, tenant: str, site: str, hours: float, why: str, start_ms: int = 0) -> Work:
        """A time in which nobody is told of a site, "" = of all sites of a tenant. start_ms: 0 = now."""
        sight.reach(tenant, site)
        with self.changing():
            if not reason(why):
                raise Unfit("say why, for whoever wonders")
            start = start_ms or self.now_ms()
            work = Work(tenant, site, start, start + int(hours * HOUR_MS), reason(why), sight.person.actor)
            return Book(self.collector.registry.engine).add_work(work, self.now_ms())

    def end_maintenance(self, sight: FleetSight, number: int) -> None:
        """Alerts are told again."""
        sight.work(number)
        Book(self.collector.registry.engine).end_work(number, sight.person.actor, self.now_ms())
