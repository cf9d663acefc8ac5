"""How a collector's folder is made, given other settings, and opened."""

from pathlib import Path

from footfall_sensor import keys, signing
from footfall_sensor.errors import SigningError

from ..admission.quarantine import Quarantine
from ..brokering import identities
from ..database import open_database
from ..errors import SettingsError
from ..keys.epoch_book import EpochBook
from ..keys.epochs import EpochKeys
from ..keys.identity import Identity
from ..keys.vault import Vault
from ..objections.book import Objections
from ..objections.lists import ObjectionLists
from ..options import resolving, settings, sources
from ..options.settings import Settings
from ..options.sources import Outside
from ..records.registry import Registry, Tenant
from .opened import DATA, Collector


def create(folder: Path, chosen: Settings, outside: Outside | None = None) -> None:
    """Make a collector's folder; outside: as for open_folder.

    Raises SettingsError where one is already there or it cannot be made.
    """
    if (folder / sources.FILE_NAME).exists():
        raise SettingsError(f"{folder} already holds a collector; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys.write_secret(folder / "collector.key", signing.backend().generate())
        (folder / DATA).mkdir(exist_ok=True, mode=0o700)
        for name in (sources.FILE_NAME, "registry.sqlite"):  # a URL may hold a password; a registry says who is where
            (folder / name).touch(0o600)
        (folder / sources.FILE_NAME).write_text(settings.render(chosen), encoding="utf-8")
    except OSError as exc:
        raise SettingsError(
            f"{folder} cannot be made: {exc.strerror}. Look at who owns the folder above it, or choose another"
        ) from exc
    made = open_folder(folder, outside)
    made.registry.put_tenant(Tenant())
    made.close()


def reconfigure(folder: Path, chosen: Settings) -> None:
    """Give an existing collector other settings. Raises SettingsError."""
    try:
        (folder / sources.FILE_NAME).write_text(settings.render(chosen), encoding="utf-8")
    except OSError as exc:
        raise SettingsError(
            f"{folder / sources.FILE_NAME} cannot be written: {exc.strerror}. Look at who owns it"
        ) from exc


def open_folder(folder: Path, outside: Outside | None = None) -> Collector:
    """Open a collector's folder; outside: what is said of settings beside its file, None = this process's environment.

    Raises SettingsError or DatabaseError.
    """
    chosen = resolving.load(folder, outside)
    if not (folder / "collector.key").exists():
        raise SettingsError(f"{folder} has no collector.key; it was not made by: footfall collector init")
    try:
        keys.read_secret(folder / "collector.key")
    except SigningError as exc:
        raise SettingsError(str(exc)) from exc
    registry = Registry(open_database(chosen.url(folder)))
    vault = Vault(folder / "objections.key")
    objections = Objections(registry.engine, vault)
    lists = ObjectionLists(registry.engine, objections, vault)
    if not vault.there and not objections.all():  # with objections it is lost, and must not seem to be there
        lists.drop()
        vault.make()
    return Collector(
        folder=folder,
        settings=chosen,
        registry=registry,
        quarantine=Quarantine(registry.engine),
        epochs=EpochKeys(folder / "epoch-keys", EpochBook(registry.engine), history=chosen.replay),
        identity=Identity(folder, registry.engine),
        vault=vault,
        objections=objections,
        lists=lists,
        certificates=identities.certificates(folder, chosen, registry),
    )
