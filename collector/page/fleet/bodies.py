"""What programs send to the fleet's API; nothing else may stand in it."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field

from ...configuration.layers import Scope
from ...grouping.selection import Selection
from ...rollout import terms as rollout
from ...rollout.images import ANSWER_S
from ...rollout.terms import Terms
from ..given import Said
from .alerts import HOURS_MAX
from .changing import WHY_CHARS_MAX, fitting
from .sensors import VERBS
from .sight import DAYS_MAX
from .upgrades import ImagesAsked, PackageAsked

Tenant = Annotated[str, Path(min_length=1, max_length=32)]
Name = Annotated[str, Path(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=WHY_CHARS_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=WHY_CHARS_MAX)]
Word = Annotated[str, Field(max_length=64)]
Options = Annotated[dict[Word, Annotated[str, Field(max_length=1000)]], Field(max_length=100)]
Hours = Annotated[float, Query(gt=0, le=HOURS_MAX)]
Days = Annotated[int, Query(ge=0, le=DAYS_MAX)]


class Why(Said):
    """A reason, for the audit log and whoever looks later."""

    why: Reason


class MayBeWhy(Said):
    """A reason, if there is one."""

    why: Text = ""


class Approval(Said):
    """fingerprint: only if the unit that waits has this one. site, name: where it hangs and is called from now on."""

    fingerprint: Annotated[str, Field(max_length=80)] = ""
    site: Word = ""
    name: Annotated[str, Field(max_length=32)] = ""


class Editing(Said):
    """What is to be different; null = as it was. latitude and longitude come together, in degrees."""

    site: Word | None = None
    group: Annotated[str, Field(max_length=32)] | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=50)] | None = None
    behind: Annotated[str, Field(max_length=32)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class Ordering(Said):
    """One thing to do."""

    verb: Literal[VERBS]  # type: ignore[valid-type]


class Working(Said):
    """A time in which nobody is told. site: "" = all of the tenant's. start_ms: 0 = now."""

    tenant: Annotated[str, Field(min_length=1, max_length=32)]
    site: Word = ""
    hours: Annotated[float, Field(gt=0, le=HOURS_MAX)]
    why: Reason
    start_ms: Annotated[int, Field(ge=0, le=1 << 50)] = 0


class Setting(Said):
    """Options to set in a layer, or names of options to take out of it. dry: only say what it would come to."""

    set: Options = Field(default_factory=dict)
    unset: Annotated[list[Word], Field(max_length=100, default_factory=list)]
    why: Text = ""
    dry: bool = False


class Pushing(Said):
    """Sensors whose configuration is sent again: of these names, of one tenant."""

    tenant: Annotated[str, Field(min_length=1, max_length=32)]
    sensors: Annotated[list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=1000)]
    why: Text = ""


class Variables(Said):
    """A layer's variables, without the $ in front; "" takes one out. Of a tenant's layer the name may be left out."""

    scope: Scope
    name: Word = ""
    values: Annotated[dict[Word, Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=50)]


class Varying(Said):
    """Variables of layers of one tenant. dry: only say what it would come to."""

    tenant: Annotated[str, Field(min_length=1, max_length=32)]
    layers: Annotated[list[Variables], Field(min_length=1, max_length=10_000)]
    why: Text = ""
    dry: bool = False


class Staged(Said):
    """How something goes over the fleet in stages. dry: only say who would be told when.

    stages and stop_at as `footfall fleet campaign` takes them; night: HH:MM-HH:MM of the sites' clocks, "" = any time.
    """

    stages: Annotated[str, Field(max_length=100)] = rollout.STAGES
    stop_at: Annotated[str, Field(max_length=10)] = rollout.STOP_AT
    soak_s: Annotated[int, Field(ge=0, le=30 * rollout.DAY_S)] = rollout.HOUR_S
    answer_s: Annotated[int, Field(ge=60, le=rollout.DAY_S)] = 900
    at_once: Annotated[int, Field(ge=1, le=10_000)] = 100
    night: Annotated[str, Field(max_length=11)] = ""
    at_ms: Annotated[int, Field(ge=0, le=1 << 50)] = 0
    life_s: Annotated[int, Field(ge=rollout.HOUR_S, le=90 * rollout.DAY_S)] = 7 * rollout.DAY_S
    why: Text = ""
    dry: bool = False

    def terms(self) -> Terms:
        """The terms in it. Raises Unfit."""
        with fitting():
            return Terms(
                stages=rollout.stages(self.stages),
                stop_at=rollout.Amount(self.stop_at),
                soak_s=self.soak_s,
                answer_s=self.answer_s,
                at_once=self.at_once,
                night=rollout.night(self.night) if self.night else None,
                at_ms=self.at_ms,
                life_s=self.life_s,
            )


class Rolling(Staged):
    """Options of a layer that go over the fleet in stages."""

    scope: Scope
    tenant: Annotated[str, Field(min_length=1, max_length=32)]
    name: Word = ""
    options: Options


Words = Annotated[list[Word], Field(max_length=1000, default_factory=list)]


class Fetched(Staged):
    """What sensors fetch for themselves, to those that fit every kind that is named, else to all.

    url: of the folder where units fetch it, such as http://COLLECTOR:8080/image.
    """

    url: Annotated[str, Field(min_length=1, max_length=130)]
    tenants: Words
    sites: Words
    groups: Words
    tags: Words
    sensors: Words

    @property
    def selection(self) -> Selection:
        """To whom."""
        kinds = (self.sensors, self.tenants, self.sites, self.groups, self.tags)
        names, tenants, sites, groups, tags = (frozenset(kind) for kind in kinds)
        return Selection(names, tenants, sites, groups, tags, everyone=not any(kinds))


class ImageRolling(Fetched):
    """Images of the catalogue that go over the fleet in stages.

    older: sensors may also go back to an older image that was released for that; it needs a why.
    """

    images: Annotated[list[Word], Field(min_length=1, max_length=32)]
    older: bool = False
    answer_s: Annotated[int, Field(ge=60, le=rollout.DAY_S)] = ANSWER_S

    def asked(self) -> ImagesAsked:
        """What is to be rolled out, and to whom."""
        return ImagesAsked(tuple(dict.fromkeys(self.images)), self.url, self.older, self.selection)


class PackageRolling(Fetched):
    """A package of the catalogue that goes over the fleet in stages.

    back: packages that units may go back to, one for each version that runs; none named = the older ones there are.
    """

    package: Annotated[str, Field(min_length=1, max_length=64)]
    back: Words

    def asked(self) -> PackageAsked:
        """What is to be rolled out, and to whom."""
        return PackageAsked(self.package, tuple(dict.fromkeys(self.back)), self.url, self.selection)
