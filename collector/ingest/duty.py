"""Duties: which messages a process of the collector takes (docs/decisions/045-workers.md, 052-shared-by-topic.md)."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from zlib import crc32

from ..admission.door import TOPIC_PREFIX, UPWARD
from ..options.settings import Settings

BATCH = "batch"
SHARED = "$share/footfall/"  # MQTT 5, 4.8.2: each message goes to one of those who subscribe by this name
DIVIDED = "share/{part}/"  # what a broker that divides puts before a batch's topic
PROCESSES_MAX = 8  # a sensor tells as many starts of the collector apart
NOBODY: frozenset[int] = frozenset()


class Share(Enum):
    """Who divides the batches among chief and workers."""

    SUBSCRIPTION = auto()  # the broker, by MQTT 5's shared subscription
    TOPIC = auto()  # each process: it is sent all, and throws away what is of another one's sensors
    BROKER = auto()  # the broker, by the topic: to each process a branch of its own


@dataclass(frozen=True, slots=True)
class Duty:
    """What one process of `processes` is for. number: 0 is the chief, to whom all comes that is no batch.

    All but batches has a state and an order: only they are shared.
    """

    number: int = 0
    processes: int = 1
    share: Share = Share.SUBSCRIPTION

    @property
    def shares(self) -> bool:
        """Whether there is anybody to share with."""
        return self.processes > 1

    @property
    def worker(self) -> bool:
        """Whether it takes batches and nothing else."""
        return self.number > 0

    @property
    def by_subscription(self) -> bool:
        """Whether a broker without MQTT 5 will not do."""
        return self.shares and self.share is Share.SUBSCRIPTION

    @property
    def sorts(self) -> bool:
        """Whether it is sent what is not for it."""
        return self.shares and self.share is Share.TOPIC

    @property
    def by_topic(self) -> bool:
        """Whether each process has sensors of its own, which nobody takes where it is away."""
        return self.shares and self.share is not Share.SUBSCRIPTION

    @property
    def session_stays(self) -> bool:
        """Whether the broker is to keep what comes for this process while it is away.

        Not where another one is sent it meanwhile.
        """
        return self.by_topic or not self.worker

    def subscribes(self, beside: frozenset[int] = NOBODY) -> list[str]:
        """Topic filters. beside: numbers of the processes whose parts it takes too."""
        everything = f"{TOPIC_PREFIX}+/+/{BATCH}"
        if self.share is Share.BROKER:
            parts = sorted({self.number, *beside})
            batches = [DIVIDED.format(part=part) + everything for part in parts]
        else:
            batches = [SHARED + everything if self.by_subscription else everything]
        others = [f"{TOPIC_PREFIX}+/+/{leaf}" for leaf in UPWARD if leaf != BATCH]
        return batches if self.worker else [*others, *batches]

    def unsubscribes(self, beside: frozenset[int] = NOBODY) -> list[str]:
        """Filters that a session of an earlier start with another duty may still have: batches would come twice.

        Not what it takes beside its own: with the filter would go what waits for it.
        """
        duties = [Duty(share=Share.BROKER, number=number) for number in range(PROCESSES_MAX)]
        duties += [
            Duty(processes=count, share=share) for count in (1, 2) for share in (Share.SUBSCRIPTION, Share.TOPIC)
        ]
        return sorted({topic for duty in duties for topic in duty.subscribes()} - set(self.subscribes(beside)))

    def takes(self, topic: str, beside: frozenset[int] = NOBODY) -> bool:
        """Whether a message that came is for this process."""
        if not self.sorts or not topic.endswith(BATCH):
            return True
        part = part_of(topic, self.processes)
        return part == self.number or part in beside


ALONE = Duty()


def duty_of(chosen: Settings, number: int = 0) -> Duty:
    """What the collector (0), or a worker of it, takes from its broker."""
    share = Share.SUBSCRIPTION if chosen.workers_share == "subscription" else Share.TOPIC
    if chosen.nodes:
        share = Share.BROKER
    return Duty(number, chosen.workers + 1, share)


@lru_cache(maxsize=20_000)
def part_of(topic: str, processes: int) -> int:
    """The number of the process that takes a sensor's batches: by a checksum of tenant/sensor, the same everywhere."""
    user = topic.removeprefix(TOPIC_PREFIX).rpartition("/")[0]
    return crc32(user.encode()) % processes


def plain(topic: str) -> str:
    """A topic as its sensor published it, without what a broker that divides has put before it."""
    return topic if topic.startswith(TOPIC_PREFIX) else topic[max(topic.find(TOPIC_PREFIX), 0) :]
