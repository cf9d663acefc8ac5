"""Room: how many bytes of messages may be in memory at once, shared by the thread that reads and the one that works."""

import threading


class Room:
    """`size` bytes. One message always fits, however large, where nothing else is there."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._changed = threading.Condition()

    @property
    def taken(self) -> int:
        """Bytes in memory now."""
        return self._taken

    def take(self, size: int, wait_s: float) -> bool:
        """Wait up to `wait_s` for so many bytes; False where there is no room by then."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._taken or self._taken + size <= self._size, wait_s):
                return False
            self._taken += size
            return True

    def give(self, size: int) -> None:
        """So many bytes are no longer in memory."""
        with self._changed:
            self._taken -= size
            self._changed.notify_all()
