"""What can be done by campaigns of options: begun, paused, resumed, ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from ...configuration.layers import Place
from ...rollout.advance import CampaignState
from ...rollout.book import Begun
from ...rollout.book import Campaigns as Book
from ...rollout.plan import Plan
from ...rollout.records import Campaign
from ...rollout.terms import Terms
from ..given import Unfit
from .changing import Changing, reason
from .layers import named
from .sight import FleetSight


@dataclass(frozen=True, slots=True)
class Campaigns(Changing):
    """The campaigns of one collector; those of packages and images are begun in upgrades."""

    def begin(
        self, sight: FleetSight, place: Place, values: Mapping[str, str], terms: Terms, why: str, dry: bool
    ) -> Begun:
        """Roll options of a layer out in stages."""
        with self.changing():
            said = named(values)
            if not said:
                raise Unfit("say which options, such as window_s=60")
            who = (sight.person.actor, reason(why))
            book = Book(self.collector.registry.engine)
            return book.begin_options(place, said, terms, who, self.now_ms(), dry=dry)

    def steer(self, sight: FleetSight, number: int, to: CampaignState, why: str) -> Campaign:
        """Pause a campaign, resume it, or end it."""
        campaign, _ = sight.campaign(number)
        if campaign.course.state is to:
            return campaign
        book = Book(self.collector.registry.engine)
        ways = {
            CampaignState.PAUSED: book.pause,
            CampaignState.RUNNING: book.resume,
            CampaignState.CANCELLED: book.cancel,
        }
        with self.changing():
            return ways[to](number, sight.person.actor, reason(why), self.now_ms())


def names_by_stage(plan: Plan) -> list[list[str]]:
    """The sensors of each stage, in the order in which they are told."""
    return [[turn.candidate.name for turn in turns] for _, turns in groupby(plan.turns, key=lambda turn: turn.stage)]
