"""Objections, honoured here: an address on the place's list is not heard. In memory only, asked for at each start.

Nothing counts what was left out: at a quiet place even that number would say that somebody who objected is there.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from .errors import Malformed
from .keyed import KeyedHash
from .wire import objections as wire
from .wire.objections import PREFIX_BYTES

MEMORY_MAX = 4096  # addresses remembered with their answer; reached only by a flood, then forgotten together


class Objectors(KeyedHash):
    """Whether an address is on the list. `forget` drops the addresses it remembers; do so at every window's end.

    4 bytes an entry, sorted: 40 kB for 10,000, where a set of bytes takes a megabyte.
    """

    def __init__(self, message: wire.Objections) -> None:
        """Raises Malformed where the entries are not sorted: they could not be found."""
        super().__init__(message.key)
        self._spare_bits = 8 * PREFIX_BYTES - message.bits
        self._entries = array("I", _numbers(message.prefixes))
        if any(one >= other for one, other in zip(self._entries, self._entries[1:], strict=False)):
            raise Malformed("prefixes: they must be sorted, each once")
        self._known: dict[bytes, bool] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, mac: object) -> bool:
        assert isinstance(mac, bytes)
        found = self._known.get(mac)
        if found is None:
            if len(self._known) >= MEMORY_MAX:
                self._known.clear()
            found = self._known[mac] = self._find(mac)
        return found

    def _find(self, mac: bytes) -> bool:
        spare = self._spare_bits
        wanted = int.from_bytes(self.digest(mac)[:PREFIX_BYTES], "big") >> spare << spare
        place = bisect_left(self._entries, wanted)
        return place < len(self._entries) and self._entries[place] == wanted

    def forget(self) -> None:
        """Drop the remembered addresses; the list stays."""
        self._known.clear()


class ObjectionList:
    """The list in force: the collector's newest, until it expires."""

    def __init__(self) -> None:
        self.version = 0  # of the list in force; 0 = none has come
        self.announced = 0  # the newest that the collector has
        self._objectors: Objectors | None = None
        self._expires_ms = 0

    def accept(self, message: wire.Objections) -> None:
        """Take a list, or the word of one; order and age have been looked at (downward). Raises Malformed."""
        if not message.announces:
            self._objectors = Objectors(message)
            self.version, self._expires_ms = message.version, message.expires_ms
        self.announced = message.version

    @property
    def stale(self) -> bool:
        """Whether the collector has another one, to be asked for. Until it is here the one in force holds."""
        return self.version != self.announced

    def at(self, utc_ms: int | None) -> Objectors | None:
        """Who is not to be heard at this time; None where nobody objected, or no list holds (see `holds`)."""
        return self._objectors if self._objectors and self.holds(utc_ms) else None

    def holds(self, utc_ms: int | None, version: int = 0) -> bool:
        """Whether a list of this version or newer is in force at this time (None = not known)."""
        if self._objectors is not None and utc_ms is not None and utc_ms >= self._expires_ms:
            self._objectors, self.version = None, 0
        return self._objectors is not None and self.version >= version


def _numbers(packed: bytes) -> Iterator[int]:
    for start in range(0, len(packed), PREFIX_BYTES):
        yield int.from_bytes(packed[start : start + PREFIX_BYTES], "big")
