"""The form that rolls options of a layer out in stages: what it offers, and what it asks for."""

from collections.abc import Mapping

from ...configuration import options
from ...configuration.layers import Scope
from ...rollout import terms as rollout
from ...rollout.book import Begun
from ..given import Unfit
from . import staged
from .acts import Acts
from .bodies import Rolling
from .changing import fitting
from .sight import FleetSight

FIELDS = ("layer", "words", *staged.TERMS)


def given(form: Mapping[str, str]) -> dict[str, str]:
    """The form as it was sent, or as it is offered."""
    return staged.given(form, FIELDS, rollout.STAGES)


def rolled(acts: Acts, sight: FleetSight, form: Mapping[str, str], dry: bool) -> tuple[Rolling, Begun]:
    """What the form asks for, and what came of it. Raises Unfit, QueryError."""
    try:
        asked = staged.asked(lambda: _asked(given(form), dry))
    except (ValueError, OverflowError):
        raise Unfit("choose whose options, and a number of minutes to wait between stages") from None
    place = sight.place(asked.scope, asked.tenant, asked.name)
    return asked, acts.campaigns.begin(sight, place, asked.options, asked.terms(), asked.why, dry)


def _asked(form: Mapping[str, str], dry: bool) -> Rolling:
    scope, _, rest = form["layer"].partition(" ")
    tenant, _, name = rest.partition("/")
    with fitting():
        said = options.parse(line.strip() for line in form["words"].splitlines() if line.strip())
    terms = staged.terms(form)
    return Rolling(scope=Scope(scope), tenant=tenant, name=name, options=said, dry=dry, **terms)


def layers(sight: FleetSight) -> list[tuple[str, str]]:
    """The layers that somebody may change, as the form's value and in words."""
    sites = sight.sites()
    tenants = sorted({tenant for tenant, _ in sites if sight.person.sites.has(tenant, "")})
    groups = sorted(
        {
            (one.known.sensor.tenant, one.known.sensor.group_name)
            for one in sight.sensors()
            if one.known.sensor.group_name and one.known.sensor.tenant in tenants
        }
    )
    choices = [
        *(f"tenant {tenant}/{tenant}" for tenant in tenants),
        *(f"site {tenant}/{site}" for tenant, site in sites),
        *(f"group {tenant}/{group}" for tenant, group in groups),
    ]
    return [(choice, whose(choice)) for choice in choices]


def whose(layer: str) -> str:
    """A layer in words; of a tenant's own the name stands once."""
    kind, _, name = layer.partition(" ")
    return staged.whose(f"{kind} {name.partition('/')[0]}" if kind == Scope.TENANT else layer)
