"""The keyring: epoch keys in memory only, taken from the collector alone, gone when their time is over."""

from dataclasses import dataclass, field

from .errors import Malformed
from .listening import Epoch
from .pseudonym import Pseudonymiser
from .wire.messages import EpochKey

KEYS_MAX = 2  # the epoch that runs and, shortly before its turn, the next


@dataclass(slots=True)
class Keyring:
    """Epoch keys by the time they hold for."""

    _keys: list[tuple[int, int, Epoch]] = field(default_factory=list)
    _highest_number: int = -1

    def accept(self, number: int, message: EpochKey, now_ms: int) -> None:
        """Take a key that the collector sent as message `number`. Raises Malformed: older than another, or expired."""
        if number <= self._highest_number:
            raise Malformed("epoch key: older than one already taken")
        if now_ms and message.expires_ms < now_ms:
            raise Malformed("epoch key: the message has expired")
        self._highest_number = number
        epoch = Epoch(
            message.epoch,
            Pseudonymiser(message.key),
            message.start_ms,
            message.end_ms,
            message.open_spans,
            message.objections,
            message.counts,
        )
        kept = [entry for entry in self._keys if entry[2].name != message.epoch]
        self._keys = [*kept, (message.start_ms, message.end_ms, epoch)][-KEYS_MAX:]

    def at(self, utc_ms: int) -> Epoch | None:
        """The epoch that `utc_ms` belongs to, if its key is here; keys of epochs that ended before are dropped."""
        self._keys = [entry for entry in self._keys if utc_ms < entry[1]]
        return next((epoch for start_ms, _, epoch in self._keys if start_ms <= utc_ms), None)

    def __len__(self) -> int:
        return len(self._keys)
