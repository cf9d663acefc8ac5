"""What a backup of a collector's folder may hold. Whatever is not named here stays out.

Epoch keys are destroyed for good only if no copy was ever made. Files of `data` hold tokens, which are to be gone with
their epoch too; the registry holds neither. It is copied by SQLite's own backup, not as a file that changes meanwhile.
"""

from pathlib import Path

NAMES = (
    "collector.toml",
    "collector.key",  # without it every sensor has to be visited
    "collector.key.pub",
    "collector.key.next",
    "collector.key.next.pub",
    "downlink.number",
    "registry.sqlite",
    "broker",  # certificates, access lists and configuration of the broker
)


def may_hold(folder: Path) -> list[Path]:
    """The files of a collector's folder that a backup may take. Links are not followed out of it."""
    found = []
    for name in NAMES:
        path = folder / name
        inside = sorted(path.rglob("*")) if path.is_dir() and not path.is_symlink() else [path]
        found += [one for one in inside if one.is_file() and not one.is_symlink()]
    return found
