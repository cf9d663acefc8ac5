"""Restoring a backup into an empty place, and checking one: every file against its hash before anything is believed."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..database import open_database
from ..errors import BackupError, SettingsError
from ..folder import open_folder, reconfigure
from ..images.files import FOLDER as IMAGES
from ..mosquitto import moved
from ..mosquitto.files import Files
from ..options.resolving import made, of_options
from ..options.settings import Settings
from ..options.sources import FILE_NAME, Outside, Source, of_text
from ..records.audit import Audit, Event
from ..storage.bucket import ObjectShelf
from ..verification import files
from .backup import CONTENTS, DATA, REGISTRY, VERSION, copy_rows

OPTIONS = {"database_url": "--database-url", "store_url": "--store-url"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a backup holds."""

    made_ms: int
    files: int
    bytes: int
    images: int  # files of images and packages among them
    image_bytes: int
    left_out: tuple[str, ...]  # such files that its catalogues name, and that it has not
    sealed: int = 0  # objections that cannot be read in the folder it was restored into: their key is in no backup


def check(path: Path) -> Found:
    """Read a backup through and compare every file with its hash. Raises BackupError."""
    try:
        with tarfile.open(path) as tar:
            contents = _contents(tar, path)
            for name, said in contents["files"].items():
                _check_file(tar, name, said, path)
            extra = sorted(set(tar.getnames()) - set(contents["files"]) - {CONTENTS})
    except tarfile.ReadError as exc:
        why = str(exc).partition(":")[0]  # behind it stands what each way to unpack says
        raise BackupError(f"{path} cannot be read as a backup: {why}. Is it whole? Take another") from exc
    except (OSError, tarfile.TarError) as exc:
        raise BackupError(f"{path} cannot be read as a backup: {exc}. Is it whole? Take another") from exc
    if extra:
        raise BackupError(f"{path} holds {extra[0]}, of which its contents say nothing; do not use it")
    sizes = {name: said["bytes"] for name, said in contents["files"].items()}
    images = [size for name, size in sizes.items() if name.startswith(f"{IMAGES}/")]
    left_out = tuple(contents.get("left_out", ()))
    return Found(contents["made_ms"], len(sizes), sum(sizes.values()), len(images), sum(images), left_out)


def restore(
    path: Path,
    folder: Path,
    now_ms: int,
    database_url: str | None = None,
    outside: Outside | None = None,
    store_url: str | None = None,
) -> Found:
    """Make a collector's folder of a backup; where that is refused or fails, nothing of it is left in the folder.

    database_url, store_url: written into the restored file instead of the backup's; "" = in the folder.
    outside: what is said of settings beside that file, as for open_folder. A PostgreSQL must be empty too. Raises
    BackupError: also where the folder is not empty; SettingsError, DatabaseError.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(
            f"{folder} is not empty; a backup is restored into an empty folder only. Name one that is not there yet"
        )
    found = check(path)
    told = outside or Outside.of_process()
    wanted = {"database_url": database_url, "store_url": store_url}
    elsewhere = {name: url for name, url in wanted.items() if url is not None}
    written, force = _settings(path, elsewhere, told)
    if force.database_url:
        _check_empty(force.url(folder))
    with _all_or_nothing(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
            (folder / CONTENTS).unlink()
        except (OSError, tarfile.TarError) as exc:
            raise BackupError(f"{path} cannot be restored into {folder}: {exc}. Free some space and try again") from exc
        if elsewhere:
            reconfigure(folder, written)
        if force.database_url:
            _fill(folder, force)
        with closing(open_folder(folder, told)) as collector:
            shelf = collector.store.shelf
            if isinstance(shelf, ObjectShelf):
                _carry(folder / DATA, collector.store.manifest.names(), shelf, collector.owner)
            looked = files.check(collector.store, collector.registry, now_ms, deep=True)
            fault = next((finding for finding in looked.findings if finding.fatal), None)
            if fault is not None:
                raise BackupError(f"not whole after restoring: {fault.of} {fault.says}. Take another backup")
            says = f"made {found.made_ms}, {found.files} files"
            Audit(collector.registry.engine).append(Event("collector", "restore", "backup", says), now_ms)
            sealed = 0 if collector.vault.there else len(collector.objections.all())
        _settle_broker(folder)
    return replace(found, sealed=sealed)


def _settle_broker(folder: Path) -> None:
    """Where mosquitto is ours, it starts from the new folder, on this machine. Raises BackupError."""
    broker = Files(folder.absolute())
    if not broker.conf.exists():
        return
    try:
        moved.settle(broker)
    except (OSError, ValueError) as exc:
        raise BackupError(
            f"{broker.conf} and {broker.broker} cannot be made mosquitto's here: {exc}. Look at who owns {folder}"
        ) from exc


def _carry(data: Path, names: Iterable[str], shelf: ObjectShelf, owner: str) -> None:
    """Put the files into the object store that the settings name. Raises StoreError."""
    shelf.claim(owner)
    for name in names:
        shelf.put(data / name, name)
    shutil.rmtree(data, ignore_errors=True)


def _settings(path: Path, elsewhere: Mapping[str, str], told: Outside) -> tuple[Settings, Settings]:
    """The settings as the restored file is to have them, and those in force with what is said beside it."""
    with tarfile.open(path) as tar:
        member = tar.extractfile(FILE_NAME)
        text = member.read().decode() if member else ""
    said = of_text(text, path / FILE_NAME)
    said = [*of_options(elsewhere), *said]
    for one in told.said():
        if one.name not in OPTIONS:
            continue
        if one.source is Source.FLAG:
            raise SettingsError(
                f"{one.place}: it would be forgotten after the restore, and the next start look elsewhere; use "
                f"{OPTIONS[one.name]}, which is written into collector.toml"
            )
        if elsewhere.get(one.name, one.value) != one.value:
            raise SettingsError(f"{one.place}: it is another than {OPTIONS[one.name]}, and would win later; {one.undo}")
    return made(said).settings, made([*told.said(), *said]).settings


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    """What fails within leaves the folder as it was: empty, or not there."""
    was_there = folder.exists()
    try:
        yield
    except BaseException:
        if was_there:
            for inside in folder.iterdir():
                shutil.rmtree(inside) if inside.is_dir() else inside.unlink()
        else:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_empty(url: str) -> None:
    """Raises BackupError where the database of this URL holds a registry, DatabaseError where it cannot be opened."""
    target = open_database(url)
    try:
        with target.connect() as connection:
            if connection.exec_driver_sql("SELECT count(*) FROM tenants").scalar():
                raise BackupError("the database that the settings name is not empty; name an empty one in database_url")
    finally:
        target.dispose()


def _fill(folder: Path, chosen: Settings) -> None:
    """Put the registry's rows into the database that the settings name."""
    source, target = open_database(f"sqlite:///{folder / REGISTRY}"), open_database(chosen.url(folder))
    try:
        copy_rows(source, target)
    finally:
        source.dispose()
        target.dispose()
    (folder / REGISTRY).unlink()


def _contents(tar: tarfile.TarFile, path: Path) -> dict[str, Any]:
    try:
        member = tar.extractfile(CONTENTS)
        said = json.load(member) if member else {}
    except (KeyError, ValueError) as exc:
        raise BackupError(
            f"{path} is no backup of a collector: it has no {CONTENTS}"
            "; name a folder or archive that `footfall collector backup` has written"
        ) from exc
    if said.get("version") != VERSION:
        raise BackupError(
            f"{path} is of version {said.get('version')}; this program knows {VERSION}. Use the newer one"
        )
    return dict(said)


def _check_file(tar: tarfile.TarFile, name: str, said: dict[str, Any], path: Path) -> None:
    try:
        member = tar.extractfile(name)
    except KeyError:
        member = None
    if member is None or hashlib.file_digest(member, "sha256").hexdigest() != said["sha256"]:  # type: ignore[arg-type]
        raise BackupError(f"{path}: {name} is damaged or missing; take another backup")
