"""Whether an image leaves a unit room to write: judged by what is in it, not by how long its file is.

The images of the CPE and WBS are padded to the size of the flash, so the length of the file always fits. A squashfs
says itself how many bytes it uses; it stands behind the kernel, and the overlay gets the erase blocks that are left.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from ..errors import ToolError

MAGIC = b"hsqs"
ERASE_BLOCK = 64 << 10
OVERLAY_BLOCKS_MIN = 5  # jffs2 mounts nothing smaller; without it no setting and no key outlives a restart
# magic; inodes, date, block size, fragments; compression, log of block size, flags, ids, version; root, bytes used
_SUPERBLOCK = struct.Struct("<4s4I6H2Q")


@dataclass(frozen=True, slots=True)
class Room:
    """How an image divides a unit's flash, bytes."""

    used: int  # kernel and root file system, in whole erase blocks
    limit: int

    @property
    def overlay(self) -> int:
        """What is left to write to."""
        return self.limit - self.used


def measure(image: Path, image_kib: int) -> Room:
    """What an image uses of `image_kib`. Raises ToolError where the image holds no squashfs, or leaves no room."""
    end = _squashfs_end(image.read_bytes())
    if end is None:
        raise ToolError(f"{image.name} holds no squashfs: its real size cannot be told")
    room = Room(-(-end // ERASE_BLOCK) * ERASE_BLOCK, image_kib << 10)
    if room.overlay < OVERLAY_BLOCKS_MIN * ERASE_BLOCK:
        raise ToolError(
            f"{image.name} is too big: kernel and root use {room.used >> 10} KiB of {image_kib} KiB, and at least "
            f"{OVERLAY_BLOCKS_MIN * ERASE_BLOCK >> 10} KiB must be left to write to. Take packages away with --without"
        )
    return room


def _squashfs_end(image: bytes) -> int | None:
    at = image.find(MAGIC)
    while at >= 0:
        if at + _SUPERBLOCK.size <= len(image):
            fields = _SUPERBLOCK.unpack_from(image, at)
            block_size, block_log, version, used = fields[3], fields[6], fields[9:11], fields[12]
            if version == (4, 0) and block_size == 1 << block_log:
                return at + int(used)
        at = image.find(MAGIC, at + 1)
    return None
