"""What can be done to options: set or taken out of a layer, and changes that wait for a second person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...configuration import options, variables
from ...configuration.editor import Done, Editor
from ...configuration.layers import Place
from ...configuration.plan import Affected
from ...configuration.store import Proposal
from ..given import Unfit
from .bodies import Varying
from .changing import Changing, reason
from .sight import FleetSight


@dataclass(frozen=True, slots=True)
class Layers(Changing):
    """The layers of options of one collector."""

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
        with self.changing():
            if bool(values) == bool(unset):
                raise Unfit("either options to set or options to take out are wanted")
            if unset:
                return editor.unset(place, unset, reason(why), dry)
            return editor.set(place, named(values), reason(why), dry)

    def vary(self, sight: FleetSight, body: Varying) -> tuple[list[Affected], int]:
        """Give variables of many layers other values; who runs otherwise then, and how many layers change."""
        wanted = {sight.place(one.scope, body.tenant, one.name): one.values for one in body.layers}
        editor = Editor(self.collector.registry, sight.person.actor, self.now_ms)
        with self.changing():
            if len(wanted) < len(body.layers):
                raise Unfit("a layer is there twice; name each once")
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
        with self.changing():
            Editor(self.collector.registry, sight.person.actor, self.now_ms).confirm(number)
        return one

    def withdraw(self, sight: FleetSight, number: int) -> Proposal:
        """Take a proposal off the table."""
        one = sight.proposal(number, self.now_ms())
        with self.changing():
            Editor(self.collector.registry, sight.person.actor, self.now_ms).withdraw(number)
        return one


def named(values: Mapping[str, str]) -> dict[str, str]:
    """Options as they are kept, from as somebody wrote them. Raises QueryError."""
    return {options.known(name): " ".join(value.split()) for name, value in values.items()}
