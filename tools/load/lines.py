"""Many connections in one thread, none of which ever blocks the others, and who is told what becomes of them."""

import selectors
from collections.abc import Callable, Sequence
from functools import partial

from tools.load.line import Hearer, Line


class Lines:
    """Connections of one process, and who is told about them."""

    def __init__(self, hearer: Hearer) -> None:
        self._hearer = hearer
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Line, tuple[int, int]] = {}  # file descriptor, and what is waited for

    def open(self, line: Line) -> None:
        """Begin to connect; `came_up` or `went` follows."""
        try:
            made = line.dial()
        except OSError as exc:
            line.close(reset=True)
            self._hearer.went(line, str(exc))
            return
        self._selector.register(made, line.wanted, line)
        self._watched[line] = made.fileno(), line.wanted  # TLS goes on with the same descriptor

    def publish(self, line: Line, leaf: str, payloads: Sequence[bytes]) -> None:
        """Send messages on a connection that is up."""
        line.publish(leaf, payloads)
        self._try(line, line.flush)

    def ping(self, line: Line) -> None:
        """Give a sign of life."""
        line.ping()
        self._try(line, line.flush)

    def cut(self, line: Line, *, reset: bool = True) -> None:
        """End a connection; its owner knows, and is not told."""
        self._forget(line)
        line.close(reset=reset)

    def turn(self, wait_s: float) -> None:
        """Wait so long at most for something to happen, and handle it."""
        for key, _ in self._selector.select(max(0.0, wait_s)):
            line: Line = key.data
            if line in self._watched:  # an earlier one of this turn may have ended it
                self._try(line, partial(line.go_on, self._hearer))

    def _try(self, line: Line, do: Callable[[], None]) -> None:
        try:
            do()
        except OSError as exc:
            self._forget(line)
            line.close(reset=True)
            self._hearer.went(line, str(exc))
        else:
            self._rewatch(line)

    def _rewatch(self, line: Line) -> None:
        descriptor, waited = self._watched.get(line, (-1, 0))
        if descriptor >= 0 and waited != line.wanted:
            self._selector.modify(descriptor, line.wanted, line)
            self._watched[line] = descriptor, line.wanted

    def _forget(self, line: Line) -> None:
        if line in self._watched:
            self._selector.unregister(self._watched.pop(line)[0])
