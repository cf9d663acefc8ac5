"""Capture files: pcap and pcapng, plain or in gzip, as a stream of frames in time order.

Formats: the pcap and pcapng drafts of the IETF opsawg. A file that ends in the middle of a record gives all frames
before that place and then raises CaptureError, so that nothing readable is lost and nothing missing is hidden.
"""

import gzip
import hashlib
import heapq
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from . import pcap, pcapng
from .captured import Frame, Truncated, Unreadable
from .errors import CaptureError

__all__ = ["Frame", "fingerprint", "read", "read_all"]

FILES_MAX = 256  # open at once
_GZIP_MAGIC = b"\x1f\x8b"


def read(path: Path) -> Iterator[Frame]:
    """The frames of one capture file, in its order. Raises CaptureError, at once or after the last whole frame."""
    frames = 0
    try:
        with path.open("rb") as plain:
            stream = _unzipped(plain, path)
            for frame in _frames(stream, path):
                frames += 1
                yield frame
    except FileNotFoundError as exc:
        raise CaptureError(f"{path}: there is no such file; check the name") from exc
    except IsADirectoryError as exc:
        raise CaptureError(f"{path} is a folder; name the capture files in it") from exc
    except (Truncated, EOFError) as exc:
        raise CaptureError(
            f"{path} ends in the middle of a record: the {frames} frames before that place were read. "
            "If the file was still being written or copied, run it again when it is complete"
        ) from exc
    except Unreadable as exc:
        raise CaptureError(f"{path} {exc}") from exc
    except (zlib.error, gzip.BadGzipFile) as exc:
        raise CaptureError(
            f"{path} is damaged (gzip: {exc}): the {frames} frames before that place were read. Copy it again"
        ) from exc
    except OSError as exc:
        raise CaptureError(f"{path} cannot be read: {exc.strerror}; is it the file that is meant?") from exc


def read_all(paths: Sequence[Path]) -> Iterator[Frame | None]:
    """The frames of several captures by time; None marks a time that no capture covers (between two days, say).

    Captures that overlap (three channels at once) are merged. Raises CaptureError for the first bad file, after all
    frames that can be read.
    """
    if len(paths) > FILES_MAX:
        raise CaptureError(f"{len(paths)} captures at once are too many; give at most {FILES_MAX}")
    streams = [read(path) for path in paths]
    heads: list[tuple[int, int, Frame]] = []
    failed: CaptureError | None = None
    listening: set[int] = set()  # captures that have begun and not ended

    def advance(index: int) -> None:
        nonlocal failed
        try:
            frame = next(streams[index], None)
        except CaptureError as exc:
            failed, frame = failed or exc, None
        if frame is not None:
            heapq.heappush(heads, (frame.ts_ms, index, frame))
        else:
            listening.discard(index)

    for index in range(len(streams)):
        advance(index)
    began = False
    while heads:
        _, index, frame = heapq.heappop(heads)
        if began and not listening:
            yield None
        began = True
        listening.add(index)
        yield frame
        advance(index)
    if failed:
        raise failed


def fingerprint(paths: Sequence[Path]) -> bytes:
    """32 bytes that the same captures in the same order always give. Raises CaptureError."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as exc:
            raise CaptureError(f"{path} cannot be read: {exc.strerror}. Check the name") from exc
    return digest.digest()


def _unzipped(plain: BinaryIO, path: Path) -> BinaryIO:
    magic = plain.read(2)
    plain.seek(0)
    if not magic:
        raise CaptureError(f"{path} is empty; nothing was captured into it")
    return cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if magic == _GZIP_MAGIC else plain


def _frames(stream: BinaryIO, path: Path) -> Iterable[Frame]:
    magic = stream.read(4)
    if not magic:
        raise CaptureError(f"{path} is empty; nothing was captured into it")
    if magic == pcapng.MAGIC:
        return pcapng.frames(stream)
    if magic in pcap.MAGICS:
        return pcap.frames(stream, magic)
    raise CaptureError(f"{path} is no capture file: it begins neither as pcap nor as pcapng; name one that is")
