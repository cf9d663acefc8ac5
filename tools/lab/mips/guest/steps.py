"""The steps from the bytes of a frame to a window, one at a time: `python -m guest.steps STEP FRAMES FILE`.

The host runs this under a counter of instructions, with few frames and with many: the difference is the frames' own.
"""

import hashlib
import mmap
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from struct import Struct

from footfall_sensor import ring
from footfall_sensor.frames import LINK_RADIOTAP
from footfall_sensor.listening import Closed, Epoch, Listening
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.ring import Heard

from . import air

KEY = bytes(range(32))
FRAMES_A_S = 200  # six a token, at a thousand tokens a window
FRAMES_A_BLOCK = 50  # in a quarter of a second, at that rate
BLOCK_BYTES = 32 << 10
_BLOCK_HEAD, _FRAME_HEAD = Struct("=IIIII28x"), Struct("=IIIIIIH22x")  # as linux/if_packet.h lays them out


class MadeRing(ring.Ring):
    """A ring whose blocks were filled by us instead of the kernel."""

    def __init__(self, blocks: list[bytes]) -> None:
        self._size = BLOCK_BYTES * len(blocks)
        self._memory = mmap.mmap(-1, self._size)
        self._memory.write(b"".join(blocks))
        self._block = 0
        self._taken_ms = 0


def block(frames: list[bytes]) -> bytes:
    """A block as the kernel hands it over."""
    laid = bytearray(_BLOCK_HEAD.pack(3, 0, 1, len(frames), _BLOCK_HEAD.size))
    for raw in frames:
        after = _FRAME_HEAD.size + len(raw) + -len(raw) % 8
        laid += _FRAME_HEAD.pack(after, 0, 0, len(raw), len(raw), 1, _FRAME_HEAD.size) + raw + bytes(-len(raw) % 8)
    return bytes(laid.ljust(BLOCK_BYTES, b"\0"))


def empty(frames: list[bytes]) -> None:
    """An empty call for each frame: what a loop costs that does nothing."""
    for raw in frames:
        _nothing(raw)


def _nothing(_raw: bytes) -> None:
    return


def bare(frames: list[bytes]) -> dict[bytes, int]:
    """What no counter of addresses can do without: the address out of the frame, a keyed hash, a count."""
    keyed = hashlib.sha256(KEY)
    counts: dict[bytes, int] = {}
    for raw in frames:
        at = raw[2] | raw[3] << 8
        if raw[at] & 0xFC == 0x40:
            state = keyed.copy()
            state.update(raw[at + 10 : at + 16])
            token = state.digest()[:8]
            counts[token] = counts.get(token, 0) + 1
    return counts


def in_memory(frames: list[bytes]) -> Iterator[list[Heard]]:
    """The frames as the agent gets them from its socket, without one."""
    for start in range(0, len(frames), FRAMES_A_BLOCK):
        yield [
            Heard(number * 1000 // FRAMES_A_S, raw)
            for number, raw in enumerate(frames[start : start + FRAMES_A_BLOCK], start)
        ]


class FromRing:
    """The same out of blocks as the kernel fills them."""

    def __init__(self, frames: list[bytes]) -> None:
        starts = range(0, len(frames), FRAMES_A_BLOCK)
        self._ring = MadeRing([block(frames[start : start + FRAMES_A_BLOCK]) for start in starts])

    def __call__(self, frames: list[bytes]) -> Iterator[list[Heard]]:
        """The frames, block by block."""
        for start in range(0, len(frames), FRAMES_A_BLOCK):
            yield self._ring.take(start * 1000 // FRAMES_A_S)


def listen(blocks: Iterable[list[Heard]]) -> list[Closed]:
    """Frames in, windows out, as the agent does it."""
    listening = Listening(lambda _start_ms: Epoch("lab", Pseudonymiser(KEY)))
    closed: list[Closed] = []
    for heard in blocks:
        closed.extend(listening.hear_all(heard, LINK_RADIOTAP))
    closed.extend(listening.pause())
    return closed


def steps(frames: list[bytes]) -> dict[str, Callable[[list[bytes]], object]]:
    """Each step by its name, ready to be taken with `frames` or a part that they begin with."""
    ring_of = FromRing(frames)
    return {
        "empty_call": empty,
        "bare": bare,
        "from_memory": lambda part: listen(in_memory(part)),
        "from_ring": lambda part: listen(ring_of(part)),
    }


def main(step: str, count: int, file: Path) -> None:
    """Take one step with so many frames of the capture; all are made ready, so that this costs the same each time."""
    frames = air.frames(file)
    steps(frames)[step](frames[:count])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
