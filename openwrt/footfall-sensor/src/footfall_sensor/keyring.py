"""The keyring: epoch keys in memory only, gone when their time is over."""

from dataclasses import dataclass, field

from .listening import Epoch
from .pseudonym import Pseudonymiser
from .sealing import wipe
from .wire.messages import EpochKey

KEYS_MAX = 2  # the epoch that runs and, shortly before its turn, the next


@dataclass(slots=True)
class Keyring:
    """Epoch keys by the time they hold for."""

    _keys: list[Epoch] = field(default_factory=list)

    def accept(self, message: EpochKey, key: bytearray) -> None:
        """Take the key that a message has brought; `key`, as it was opened, is overwritten once it is not needed."""
        pseudonyms = Pseudonymiser(key)
        wipe(key)
        epoch = Epoch(
            message.epoch,
            pseudonyms,
            message.start_ms,
            message.end_ms,
            message.open_spans,
            message.objections,
            message.counts,
        )
        kept = [one for one in self._keys if one.name != message.epoch]
        self._keys = [*kept, epoch][-KEYS_MAX:]

    def at(self, utc_ms: int) -> Epoch | None:
        """The epoch that `utc_ms` belongs to, if its key is here; keys of epochs that ended before are dropped."""
        self._keys = [one for one in self._keys if utc_ms < one.end_ms]
        return next((one for one in self._keys if one.start_ms <= utc_ms), None)

    def knows(self, utc_ms: int) -> bool:
        """Whether the key of that time is here."""
        return any(one.start_ms <= utc_ms < one.end_ms for one in self._keys)

    def __len__(self) -> int:
        return len(self._keys)
