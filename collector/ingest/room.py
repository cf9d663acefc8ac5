"""Room: how much of messages may be in memory at once, shared by the thread that reads and the one that works."""

import threading


class Room:
    """`size` bytes in `count` messages. What comes together always fits, however large, where nothing else is there."""

    def __init__(self, size: int, count: int) -> None:
        self._size = size
        self._count = count
        self._taken = 0
        self._messages = 0
        self._changed = threading.Condition()

    @property
    def taken(self) -> int:
        """Bytes in memory now."""
        return self._taken

    @property
    def messages(self) -> int:
        """Messages in memory now."""
        return self._messages

    def take(self, size: int, wait_s: float, messages: int = 1) -> bool:
        """Wait up to `wait_s` for room for so many bytes in so many messages; False where there is none by then."""
        with self._changed:
            if not self._fits(size, messages):
                self._changed.wait_for(lambda: self._fits(size, messages), wait_s)
            if not self._fits(size, messages):
                return False
            self._taken += size
            self._messages += messages
            return True

    def give(self, size: int, messages: int = 1) -> None:
        """So many bytes, of so many messages, are no longer in memory."""
        with self._changed:
            self._taken -= size
            self._messages -= messages
            self._changed.notify_all()

    def _fits(self, size: int, messages: int) -> bool:
        if not self._messages:
            return True
        return self._taken + size <= self._size and self._messages + messages <= self._count
