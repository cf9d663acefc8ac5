"""Backups: everything that a collector must have to go on elsewhere, and no token and no epoch key.

One tar file, made while the collector runs:

    contents.json     version, time, and SHA-256 and size of every other file
    registry.sqlite   the registry as it was at one moment, copied row by row, whatever database it lives in
    data/...          visits without tokens, and windows; the running day's visits as they are now, without tokens
    collector.toml, collector.key ...   settings and identity: keep the backup as safe as these
    images/...        the files of the catalogues of images and packages, unless they are not wanted: see left_out

Site plans and everything else that was put in on the page lie in the registry, and go with it.

Sightings, stays, refused messages and epoch keys are left out: what may not outlive a day must not live on in a backup.
"""

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from .. import schema
from ..database import one_moment, open_database, writing
from ..errors import BackupError
from ..folder import Collector
from ..housekeeping import retention
from ..images.catalogue import Catalogue
from ..images.files import FOLDER as IMAGES
from ..images.packages import Packages
from ..options import sources
from ..stays import fold
from ..storage.shelf import LocalShelf
from ..storage.store import Store

VERSION = 1
CONTENTS, REGISTRY, DATA = "contents.json", "registry.sqlite", "data"
# What of a folder goes along where it is there. Whatever is not named stays out: epoch keys are destroyed for good only
# if no copy was ever made.
NAMES = (
    sources.FILE_NAME,
    "collector.key",  # without it every sensor has to be visited
    "collector.key.pub",
    "collector.key.next",
    "collector.key.next.pub",
    "claims.key",
    "delivery.key",
    "release.pub",  # whose packages and images are taken in on the page
    "downlink.number",
    "authority",
    "broker",
    "mosquitto.conf",
    "nats",
    "wireguard",
)
WITHOUT_ROWS = frozenset({"quarantine", "sessions"})  # rows may hold tokens; who was signed in is not to be again
ROWS_A_TURN = 5000
WORK = ".backup"  # beside the data, so that its files can be linked instead of copied; removed at the end, or next time


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup."""

    path: Path
    files: int
    bytes: int
    images: int = 0  # files of images and packages in it
    image_bytes: int = 0
    left_out: tuple[str, ...] = ()  # such files that the catalogues name, and that are not in it


def make(collector: Collector, out: Path, now_ms: int, *, images: bool = True) -> Made:
    """Write a backup to `out`, which is there whole or not at all. images: with the files of the catalogues.

    Raises BackupError, StoreError.
    """
    partial = out.with_name(out.name + ".partial")
    try:
        with _work(collector.folder) as work, tarfile.open(partial, "w") as tar:
            archive = _Archive(tar)
            store, named = _copy(collector, work, now_ms)
            cargo = _linked(collector, named if images else set(), work)
            archive.add(work / REGISTRY, REGISTRY)
            for name in sorted(store.manifest.names()):
                archive.add(work / DATA / name, f"{DATA}/{name}")
            for path in may_hold(collector.folder):
                archive.add(path, str(path.relative_to(collector.folder)))
            for name, path in cargo.items():
                archive.add(path, f"{IMAGES}/{name}")
            left_out = tuple(sorted(named - cargo.keys()))
            archive.finish(now_ms, left_out)
        partial.chmod(0o600)
        partial.replace(out)
    except OSError as exc:
        raise BackupError(f"{out} cannot be written: {exc.strerror or exc}. Choose another place, with room") from exc
    finally:
        partial.unlink(missing_ok=True)
    image_bytes = sum(int(str(archive.files[f"{IMAGES}/{name}"]["bytes"])) for name in cargo)
    return Made(out, len(archive.files), out.stat().st_size, len(cargo), image_bytes, left_out)


def _copy(collector: Collector, work: Path, now_ms: int) -> tuple[Store, set[str]]:
    """A store of its own in `work`, as the collector's is now, all of its days ended: it holds no token.

    And the files that its catalogues name.
    """
    engine = open_database(f"sqlite:///{work / REGISTRY}")
    copy_rows(collector.registry.engine, engine)
    store = Store(LocalShelf(work / DATA), engine)
    for name in store.manifest.names():
        path = work / DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            collector.store.shelf.fetch(name, path)  # all at once: what is listed now may be compacted away meanwhile
        except FileNotFoundError as exc:
            raise BackupError(
                f"{name} was replaced or lost while the files were copied; try again, and if it stays so: footfall "
                "collector verify"
            ) from exc
    for tenant in collector.registry.tenants():
        sites = collector.registry.sites(tenant.name)
        fold.refresh(store, tenant, sites, now_ms)
        for day in {day for kind in retention.TOKENS for day in store.manifest.days(tenant.name, kind)}:
            retention.end_day(store, tenant, sites, day, now_ms)
    with writing(engine).begin() as connection:
        for name in WITHOUT_ROWS:
            connection.execute(delete(schema.metadata.tables[name]))
    named = _catalogued(collector, engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return store, named


def copy_rows(source: Engine, target: Engine) -> None:
    """Copy every table, as it is at one moment, into an empty registry of the same schema version."""
    with one_moment(source) as reading, writing(target).begin() as connection:
        for table in schema.metadata.sorted_tables:
            rows = reading.execute(select(table)).mappings()
            while part := rows.fetchmany(ROWS_A_TURN):
                connection.execute(insert(table), [dict(row) for row in part])


def _catalogued(collector: Collector, engine: Engine) -> set[str]:
    """The files that the copied catalogues of images and packages name."""
    images, packages = Catalogue(engine, collector.image_files), Packages(engine, collector.image_files)
    return {one.file for one in images.all()} | {one.file for one in packages.all()}


def _linked(collector: Collector, names: set[str], work: Path) -> dict[str, Path]:
    """Those of them that are here, held by links of our own: whoever takes an image out meanwhile disturbs nothing."""
    files, held = collector.image_files, {}
    (work / IMAGES).mkdir()
    for name in sorted(names):
        path = files.path(name)
        if path is None:
            continue
        with suppress(FileNotFoundError):
            (work / IMAGES / name).hardlink_to(path)
            held[name] = work / IMAGES / name
    return held


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    work = folder / WORK
    shutil.rmtree(work, ignore_errors=True)  # of a backup that was killed
    work.mkdir(mode=0o700)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def may_hold(folder: Path) -> list[Path]:
    """The files of a collector's folder that go along as they are. Links are not followed out of it."""
    found = []
    for name in NAMES:
        path = folder / name
        inside = sorted(path.rglob("*")) if path.is_dir() and not path.is_symlink() else [path]
        found += [one for one in inside if one.is_file() and not one.is_symlink()]
    return found


class _Archive:
    """A tar file that notes what goes into it."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.files: dict[str, dict[str, object]] = {}
        self._tar = tar

    def add(self, path: Path, name: str) -> None:
        """Put a file in, with its hash noted."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.files[name] = {"sha256": digest, "bytes": path.stat().st_size}
        self._tar.add(path, name, recursive=False)

    def finish(self, now_ms: int, left_out: Iterable[str]) -> None:
        """Put the contents in, last."""
        said = {"version": VERSION, "made_ms": now_ms, "files": self.files, "left_out": list(left_out)}
        raw = json.dumps(said, indent=1).encode()
        entry = tarfile.TarInfo(CONTENTS)
        entry.size, entry.mode = len(raw), 0o600
        self._tar.addfile(entry, io.BytesIO(raw))
