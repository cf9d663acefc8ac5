"""Duties: which messages a process of the collector takes from the broker (docs/decisions/045-workers.md)."""

from enum import Enum

from .door import TOPIC_PREFIX, UPWARD

BATCH = "batch"
SHARE = "$share/footfall/"  # MQTT 5, 4.8.2: each message goes to one of those who subscribe by this name


class Duty(Enum):
    """What a process is for."""

    ALONE = "alone"  # everything: there is no other
    CHIEF = "chief"  # everything, and of the batches its share
    WORKER = "worker"  # its share of the batches, and nothing else

    @property
    def shares(self) -> bool:
        """Whether batches come by the shared subscription, which only MQTT 5 has."""
        return self is not Duty.ALONE

    def subscribes(self) -> list[str]:
        """Topic filters."""
        plain = [f"{TOPIC_PREFIX}+/+/{leaf}" for leaf in UPWARD if leaf != BATCH or not self.shares]
        shared = [f"{SHARE}{TOPIC_PREFIX}+/+/{BATCH}"] if self.shares else []
        return shared if self is Duty.WORKER else [*plain, *shared]

    def unsubscribes(self) -> list[str]:
        """Filters that a session of an earlier start with another duty may still have: batches would come twice."""
        every = {topic for duty in Duty for topic in duty.subscribes()}
        return sorted(every - set(self.subscribes()))
