"""The disk floor: intake stops while there is still room for everything else, and says so."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import StoreError


def free_mib(folder: Path) -> int:
    """What is free for us on the folder's disk, MiB."""
    about = os.statvfs(next(path for path in (folder, *folder.parents) if path.exists()))
    return about.f_bavail * about.f_frsize >> 20


@dataclass(frozen=True, slots=True)
class Floor:
    """How much must be free on the disks of these folders."""

    mib: int = 0
    folders: tuple[Path, ...] = ()

    def free_mib(self) -> int:
        """What is free on the fullest of them."""
        return min(map(free_mib, self.folders))

    def check(self) -> None:
        """Raise StoreError where less is free: nothing is acknowledged, and sensors keep their own."""
        for folder in self.folders:
            free = free_mib(folder)
            if free < self.mib:
                raise StoreError(
                    f"{free} MiB are free on the disk of {folder}, and intake stops below {self.mib} MiB (setting "
                    "disk_floor_mib). Free some space, or shorten retention"
                )
