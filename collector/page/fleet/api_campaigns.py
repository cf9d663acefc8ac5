"""/api/fleet/campaigns and /api/fleet/config: what sensors are told to be, at once or in stages."""

from fastapi import FastAPI

from ...configuration.layers import Scope
from ...configuration.store import ConfigurationStore
from ...rollout.advance import CampaignState
from ..api import Number
from ..visit import Who
from .acts import Acts
from .answers import CampaignSaid, Configured, LayerChange, Planned
from .bodies import MayBeWhy, Name, Pushing, Rolling, Setting, Tenant


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Campaigns, and layers of options."""
    _add_campaigns(app, acts)
    _add_config(app, acts)


def _add_campaigns(app: FastAPI, acts: Acts) -> None:
    @app.get("/api/fleet/campaigns")
    def fleet_campaigns(visit: Who) -> list[CampaignSaid]:
        """The campaigns, the newest first."""
        return [CampaignSaid.of(one, count) for one, count in acts.sight(visit.somebody).campaigns()]

    @app.get("/api/fleet/campaigns/{number}")
    def fleet_campaign(visit: Who, number: Number) -> CampaignSaid:
        """One campaign with its sensors, in the order in which they are told."""
        return _campaign(acts, visit, number)

    @app.post("/api/fleet/campaigns")
    def fleet_begin(visit: Who, body: Rolling) -> Planned:
        """Roll options of a layer out in stages; or, with dry, only say who would be told when."""
        sight = acts.sight(visit.somebody)
        place = sight.place(body.scope, body.tenant, body.name)
        return Planned.of(acts.begin(sight, place, body.options, body.terms(), body.why, body.dry))

    @app.post("/api/fleet/campaigns/{number}/pause")
    def fleet_pause(visit: Who, number: Number, body: MayBeWhy | None = None) -> CampaignSaid:
        """Tell no further sensors. Those that were told go on, and are still judged."""
        return _steered(acts, visit, number, CampaignState.PAUSED, body)

    @app.post("/api/fleet/campaigns/{number}/resume")
    def fleet_resume(visit: Who, number: Number, body: MayBeWhy | None = None) -> CampaignSaid:
        """Go on, after a pause or after it stopped by itself: the failures until now stop it no more."""
        return _steered(acts, visit, number, CampaignState.RUNNING, body)

    @app.post("/api/fleet/campaigns/{number}/cancel")
    def fleet_cancel(visit: Who, number: Number, body: MayBeWhy | None = None) -> CampaignSaid:
        """End it. Options are taken back from the sensors that have them."""
        return _steered(acts, visit, number, CampaignState.CANCELLED, body)


def _add_config(app: FastAPI, acts: Acts) -> None:
    store = ConfigurationStore(acts.collector.registry.engine)

    @app.get("/api/fleet/config/{scope}/{tenant}/{name}")
    def fleet_layer(visit: Who, scope: Scope, tenant: Tenant, name: Name) -> list[LayerChange]:
        """Every change of one layer, the newest first. Of a tenant's layer the name is the tenant's again."""
        place = acts.sight(visit.somebody).place(scope, tenant, name)
        return [LayerChange(one.number, one.options, one.time_ms, one.actor, one.why) for one in store.history(place)]

    @app.post("/api/fleet/config/{scope}/{tenant}/{name}")
    def fleet_configure(visit: Who, scope: Scope, tenant: Tenant, name: Name, body: Setting) -> Configured:
        """Set options of one layer, or take them out. What tells more of people waits for a second person."""
        sight = acts.sight(visit.somebody)
        place = sight.place(scope, tenant, name)
        return Configured.of(acts.configure(sight, place, body.set, body.unset, body.why, body.dry))

    @app.post("/api/fleet/push")
    def fleet_push_many(visit: Who, body: Pushing) -> list[str]:
        """Send these sensors the same configuration again, as a new version: all or none."""
        wanted = [(body.tenant, name) for name in dict.fromkeys(body.sensors)]
        acts.push(acts.sight(visit.somebody), wanted, body.why)
        return [name for _, name in wanted]


def _steered(acts: Acts, visit: Who, number: int, to: CampaignState, body: MayBeWhy | None) -> CampaignSaid:
    acts.steer(acts.sight(visit.somebody), number, to, body.why if body else "")
    return _campaign(acts, visit, number)


def _campaign(acts: Acts, visit: Who, number: int) -> CampaignSaid:
    sight = acts.sight(visit.somebody)
    campaign, units = sight.campaign(number)
    count: dict[str, int] = {}
    for unit in units:
        count[unit.state] = count.get(unit.state, 0) + 1
    names = {one.known.sensor.id: one.name for one in acts.muster.all()}
    return CampaignSaid.of(campaign, count, units, names)
