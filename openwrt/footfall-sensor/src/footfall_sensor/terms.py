"""Terms: what may be done with what is heard at a time, by the key, the list of objections and the hours in force."""

import os

from .hours import Hours
from .keyring import Keyring
from .listening import Epoch
from .objections import ObjectionList, Objectors
from .pseudonym import KEY_BYTES, Pseudonymiser
from .wire.batch import EPOCH_NONE


class Terms:
    """The collector's last word on the place. only_counts: the unit's own mode; a sensitive place forces the same."""

    def __init__(self, keyring: Keyring, objections: ObjectionList, only_counts: bool) -> None:
        self.objections = objections
        self._keyring = keyring
        self._only_counts = only_counts
        self._hours = Hours()

    def epoch_at(self, utc_ms: int) -> Epoch | None:
        """The epoch of this time, if its key is here, and the list of objections that it asks for."""
        epoch = self._keyring.at(utc_ms)  # first, whatever else is missing: so ended keys are dropped at once
        if epoch is None:
            return None
        self._hours.note(epoch.open_spans)
        return epoch if not epoch.objections or self.objections.holds(utc_ms, epoch.objections) else None

    def filling(self, epoch: Epoch | None, utc_ms: int | None) -> Epoch | None:
        """What tells devices apart in a window of this epoch; None = nothing may.

        Where nothing but counts may leave, that is a key of this one window, made here. Without an epoch it may be
        used once the collector has said, since the start, when the place is open and who objected.
        """
        if epoch is not None and not epoch.counts:
            return epoch
        told = self._hours.known and utc_ms is not None and self.objections.holds(utc_ms)
        if epoch is not None or (self._only_counts and told):
            return Epoch(EPOCH_NONE, Pseudonymiser(os.urandom(KEY_BYTES)), counts=True)
        return None

    def objectors(self, utc_ms: int | None) -> Objectors | None:
        """Who is not to be heard."""
        return self.objections.at(utc_ms)

    def closed(self, utc_ms: int | None) -> bool:
        """Whether the place is closed, and nobody may be sensed. Without a time nobody knows."""
        return utc_ms is not None and self._hours.closed(utc_ms)
