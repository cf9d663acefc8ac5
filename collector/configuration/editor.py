"""The editor: makes changes of layers and groups, or leaves them for a second person where they tell more of people."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ..errors import QueryError
from ..records import tenants
from ..records.registry import Registry, find_tenant
from ..records.roster import Roster
from . import plan, store, terms, variables
from .layers import Layer, Place, Scope
from .options import known
from .plan import Affected, Change, Fleet, Plan
from .store import ConfigurationStore, Proposal

WHY_CHARS_MAX = 500
GROUP_CHARS_MAX = 32

_Draft = Callable[[Fleet, Layer], Change]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a change. proposal: its number where it waits for a second person."""

    plan: Plan
    written: bool
    proposal: int | None = None


class Editor:
    """Changes, each with the person who makes it (`actor`), the reason, and the time."""

    def __init__(self, registry: Registry, actor: str, now_ms: Callable[[], int]) -> None:
        self.store = ConfigurationStore(registry.engine)
        self._registry = registry
        self._actor = actor
        self._now_ms = now_ms

    def set(self, place: Place, options: Mapping[str, str], why: str = "", dry: bool = False) -> Done:
        """Give these options these values in a layer. Raises QueryError."""
        return self._change(place, lambda _, layer: Change(place, {**layer.options, **options}), why, dry)

    def set_variables(
        self, wanted: Mapping[Place, Mapping[str, str]], why: str = "", dry: bool = False
    ) -> tuple[list[Affected], int]:
        """Give many layers' variables these values, "" = none, all or none of them. Raises QueryError.

        Returns the sensors that run otherwise then, and how many layers change. Variables tell nothing of people.
        """
        _check_why(why)
        with self.store.changing() as connection:
            fleet = store.read_fleet(connection)
            self._check_places(wanted, fleet)
            changes = [change for place, values in wanted.items() if (change := _variables(fleet, place, values))]
            after = fleet
            for one in changes:
                variables.check(one.options)
                after = plan.applied(after, one)
            affected, _ = plan.compared(fleet, after, set())
            for one in () if dry else changes:
                made = Plan(one, fleet.layer(one.place).number, (), ())
                store.write_change(connection, made, self._actor, why, self._now_ms())
        return affected, len(changes)

    def unset(self, place: Place, names: Iterable[str], why: str = "", dry: bool = False) -> Done:
        """Take options out of a layer: what is above it, or the unit's own file, holds again. Raises QueryError."""
        gone = {known(name) for name in names}

        def draft(_: Fleet, layer: Layer) -> Change:
            absent = sorted(gone - set(layer.options))
            if absent:
                raise QueryError(f"option {absent[0]}: not set in {place}; look at what is set there")
            return Change(place, {name: value for name, value in layer.options.items() if name not in gone})

        return self._change(place, draft, why, dry)

    def rollback(self, place: Place, number: int, why: str = "", dry: bool = False) -> Done:
        """Make a layer what it was since change `number`, 0 = empty, as a new change. Raises QueryError."""
        versions = {version.number: version.options for version in self.store.history(place)} | {0: {}}
        if number not in versions:
            raise QueryError(f"{place} has no change {number}; its changes are 1 to {max(versions)}")
        return self._change(place, lambda *_: Change(place, versions[number]), why or f"back to change {number}", dry)

    def move(self, sensor: str, group: str, why: str = "", dry: bool = False) -> Done:
        """Put a sensor into a group, "" = into none. Raises QueryError."""
        if len(group) > GROUP_CHARS_MAX or not all(letter.isalnum() or letter in "-_" for letter in group):
            raise QueryError(f"a group's name has 1 to {GROUP_CHARS_MAX} letters, digits, - and _; choose another")
        found = Roster(self._registry.engine).find(sensor)
        place = Place(Scope.SENSOR, found.tenant, found.name)
        return self._change(place, lambda *_: Change(place, {}, group), why, dry, same=found.group_name == group)

    def confirm(self, number: int) -> Plan:
        """Say yes to another person's proposal. Raises QueryError."""
        with self.store.changing() as connection:
            proposal = store.read_open(connection, number, self._now_ms())
            if self.same(proposal.actor, self._actor):
                raise QueryError(f"proposal {number} is your own ({self._actor}); another person must confirm it")
            if proposal.scope == store.TERMS:
                return self._confirm_terms(connection, proposal)
            made = plan.make(store.read_fleet(connection), proposal.change)
            if made.base != proposal.base and proposal.change.group is None:
                raise QueryError(f"{proposal.change.place} has changed since proposal {number}; make the change again")
            store.close(connection, proposal, store.CONFIRMED, self._actor, self._now_ms())
            store.write_change(connection, made, proposal.actor, self._both(proposal), self._now_ms())
            return made

    @staticmethod
    def same(one: str, other: str) -> bool:
        """Whether two actors are one person, by whatever way each came."""
        return _person(one) == _person(other)

    def withdraw(self, number: int) -> None:
        """Take a proposal off the table, one's own or another's. Raises QueryError."""
        with self.store.changing() as connection:
            proposal = store.read_open(connection, number, self._now_ms())
            store.close(connection, proposal, store.WITHDRAWN, self._actor, self._now_ms())

    def terms(self, tenant: str, words: Mapping[str, str], why: str = "", dry: bool = False) -> Done:
        """Change a tenant's own settings. Raises QueryError, SettingsError."""
        place = Place(Scope.TENANT, tenant, tenant)
        with self.store.changing() as connection:
            before = find_tenant(connection, tenant)
            after = terms.draft(before, words)
            made = Plan(Change(place, dict(words)), 0, (), terms.loosens(before, after))
            if dry or before == after:
                return Done(made, written=False)
            if made.loosens:
                now_ms = self._now_ms()
                number = store.write_proposal(connection, made, self._actor, why, now_ms, scope=store.TERMS)
                return Done(made, written=False, proposal=number)
            tenants.write(connection, before, after, self._actor, why, self._now_ms())
            return Done(made, written=True)

    def _confirm_terms(self, connection: Connection, proposal: Proposal) -> Plan:
        before = find_tenant(connection, proposal.change.place.tenant)
        after = terms.draft(before, proposal.change.options)
        store.close(connection, proposal, store.CONFIRMED, self._actor, self._now_ms())
        tenants.write(connection, before, after, proposal.actor, self._both(proposal), self._now_ms())
        return Plan(proposal.change, 0, (), terms.loosens(before, after))

    def _both(self, proposal: Proposal) -> str:
        return f"{proposal.why}; proposal {proposal.id}, confirmed by {self._actor}".removeprefix("; ")

    def _change(self, place: Place, draft: _Draft, why: str, dry: bool, same: bool = False) -> Done:
        _check_why(why)
        with self.store.changing() as connection:
            fleet = store.read_fleet(connection)
            self._check_places([place], fleet)
            layer = fleet.layer(place)
            change = draft(fleet, layer)
            made = plan.make(fleet, change)
            if dry or same or (change.group is None and change.options == layer.options):
                return Done(made, written=False)
            return self._write(connection, made, why)

    def _write(self, connection: Connection, made: Plan, why: str) -> Done:
        if made.loosens:
            number = store.write_proposal(connection, made, self._actor, why, self._now_ms())
            return Done(made, written=False, proposal=number)
        store.write_change(connection, made, self._actor, why, self._now_ms())
        return Done(made, written=True)

    def _check_places(self, places: Iterable[Place], fleet: Fleet) -> None:
        tenants = [tenant.name for tenant in self._registry.tenants()]
        sites = [(site.tenant, site.name) for tenant in tenants for site in self._registry.sites(tenant)]
        for place in places:
            plan.check_place(place, fleet.sensors, tenants, sites)


def _check_why(why: str) -> None:
    if len(why) > WHY_CHARS_MAX:
        raise QueryError(f"a reason has at most {WHY_CHARS_MAX} characters; shorten it")


def _variables(fleet: Fleet, place: Place, values: Mapping[str, str]) -> Change | None:
    """The layer with other variables; None where it has them already."""
    before = fleet.layer(place).options
    after = {name: value for name, value in {**before, **values}.items() if value or name not in values}
    return Change(place, after) if after != before else None


def _person(actor: str) -> str:
    """Who it is, by whatever way: somebody's session, token and login are not two people."""
    return actor.partition(":")[2] or actor
