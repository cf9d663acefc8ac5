"""The disk floor: intake stops while there is still room for everything else, and says so."""

import os
from pathlib import Path

from .errors import StoreError


def free_mib(folder: Path) -> int:
    """What is free for us on the folder's disk, MiB."""
    about = os.statvfs(next(path for path in (folder, *folder.parents) if path.exists()))
    return about.f_bavail * about.f_frsize >> 20


def check(folder: Path, floor_mib: int) -> None:
    """Raise StoreError where less than `floor_mib` is free: nothing is acknowledged, and sensors keep their own."""
    free = free_mib(folder)
    if free < floor_mib:
        raise StoreError(
            f"{free} MiB are free on the disk of {folder}, and intake stops below {floor_mib} MiB (setting "
            "disk_floor_mib). Free some space, or shorten retention"
        )
