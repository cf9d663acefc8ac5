"""A collector's folder: what lies in it, and how it is made.

collector.toml     settings
collector.key      the collector's own Ed25519 key; collector.key.pub beside it goes to every sensor
registry.sqlite    registry and manifest (unless a PostgreSQL is named)
data/              Parquet files
epoch-keys/        keys of the running epochs; no backup takes this
"""

from dataclasses import dataclass
from pathlib import Path

from footfall_sensor import keys, signing
from footfall_sensor.errors import SigningError

from . import settings
from .database import open_database
from .door import Door, Limits
from .downlink import Downlink
from .epochs import EpochKeys
from .errors import SettingsError
from .intake import Intake
from .quarantine import Quarantine
from .registry import Registry, Tenant
from .settings import Settings
from .store import Store


@dataclass(frozen=True, slots=True)
class Collector:
    """An opened folder: the parts that work together in one process."""

    folder: Path
    settings: Settings
    registry: Registry
    store: Store
    quarantine: Quarantine
    epochs: EpochKeys

    def intake(self) -> Intake:
        """A fresh intake over these parts; it knows the sensors that are registered now."""
        replay = self.settings.replay
        door = Door(Limits(rate_per_s=None, late_ms=None, ahead_ms=None) if replay else Limits())
        secret = keys.read_secret(self.folder / "collector.key")
        return Intake(self.registry, door, self.store, self.quarantine, self.epochs, Downlink(secret), replays=replay)


def create(folder: Path, chosen: Settings) -> None:
    """Make a collector's folder. Raises SettingsError where one is already there or it cannot be made."""
    if (folder / settings.FILE_NAME).exists():
        raise SettingsError(f"{folder} already holds a collector; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys.write_secret(folder / "collector.key", signing.backend().generate())
        (folder / settings.FILE_NAME).write_text(settings.render(chosen), encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"{folder} cannot be made: {exc.strerror}") from exc
    open_folder(folder).registry.put_tenant(Tenant())


def reconfigure(folder: Path, chosen: Settings) -> None:
    """Give an existing collector other settings. Raises SettingsError."""
    try:
        (folder / settings.FILE_NAME).write_text(settings.render(chosen), encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"{folder / settings.FILE_NAME} cannot be written: {exc.strerror}") from exc


def open_folder(folder: Path) -> Collector:
    """Open a collector's folder. Raises SettingsError or DatabaseError."""
    chosen = settings.load(folder)
    if not (folder / "collector.key").exists():
        raise SettingsError(f"{folder} has no collector.key; it was not made by: footfall collector init")
    try:
        keys.read_secret(folder / "collector.key")
    except SigningError as exc:
        raise SettingsError(str(exc)) from exc
    registry = Registry(open_database(chosen.url(folder)))
    return Collector(
        folder=folder,
        settings=chosen,
        registry=registry,
        store=Store(folder / "data", registry.engine, registry.tenants()),
        quarantine=Quarantine(registry.engine),
        epochs=EpochKeys(folder / "epoch-keys", history=chosen.replay),
    )
