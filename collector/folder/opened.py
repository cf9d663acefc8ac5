"""An opened folder: the parts of a collector that work together in one process."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..admission.door import Door, Limits
from ..admission.doubt import Doubt
from ..admission.quarantine import Quarantine
from ..brokering import addresses, lean
from ..downlink import numbering
from ..downlink.handout import Handout
from ..downlink.places import Places
from ..downlink.sealing import Downlink
from ..enrolment.claims import Claims
from ..enrolment.reception import Reception
from ..enrolment.registrar import Registrar
from ..enrolment.vault import ClaimVault
from ..images.files import FOLDER as IMAGES
from ..images.files import Files
from ..keys.epochs import EpochKeys
from ..keys.identity import Identity
from ..keys.issued import Certificates
from ..keys.issuing import Terms
from ..keys.vault import Vault
from ..objections.book import Objections
from ..objections.lists import ObjectionLists
from ..options import store_url
from ..options.settings import Settings
from ..records.registry import Registry
from ..spark.place import PROPERTIES, Place
from ..storage.disk import Floor
from ..storage.manifest import Manifest

if TYPE_CHECKING:
    from ..delivery.postman import Postman
    from ..delivery.targets import Targets
    from ..ingest.intake import Intake
    from ..storage.shelf import Shelf
    from ..storage.store import Store

DATA = "data"


@dataclass(frozen=True)
class Collector:
    """An opened folder: the parts that work together in one process.

    The store and what rests on it are made when they are asked for: Arrow and DuckDB take longer to load than most
    commands to run.
    """

    folder: Path
    settings: Settings
    registry: Registry
    quarantine: Quarantine
    epochs: EpochKeys
    identity: Identity
    vault: Vault
    objections: Objections
    lists: ObjectionLists

    certificates: Certificates | None = None  # where there is an authority: issues to sensors, and records it

    @cached_property
    def store(self) -> "Store":
        """The store of sightings, windows and visits."""
        from ..keys.blinding import Blinding  # noqa: PLC0415 - see above
        from ..storage.store import Store  # noqa: PLC0415

        floor = (self.folder,) if self.settings.store_url else (self.folder, self.folder / DATA)
        return Store(
            shelf_of(self.folder, self.settings),
            self.registry.engine,
            self.registry.tenants(),
            Floor(self.settings.disk_floor_mib, floor),
            Blinding(self.folder / "epoch-keys", history=self.settings.replay),
        )

    @cached_property
    def image_files(self) -> Files:
        """Where images and packages for units lie; in the object store, too, where there is one."""
        if not self.settings.store_url:
            return Files(self.folder / IMAGES)
        from ..storage.bucket import ObjectShelf  # noqa: PLC0415 - see above

        return Files(self.folder / IMAGES, ObjectShelf(store_url.parse(self.settings.store_url), IMAGES))

    @property
    def manifest(self) -> Manifest:
        """What the store holds, without the store."""
        return Manifest(self.registry.engine)

    @property
    def spark(self) -> Place:
        """Where Spark computes for it, where it is asked to."""
        return Place(self.settings.spark_master, self.settings.spark_memory_mib, self.folder / PROPERTIES)

    @property
    def owner(self) -> str:
        """Whose the stored files are, for a place that others can write to: the first key there ever was."""
        return self.identity.states()[0].key.id.hex()

    def close(self) -> None:
        """Let go of the database."""
        self.registry.engine.dispose()

    def intake(self, doubt: Doubt | None = None, *, batches_only: bool = False) -> "Intake":
        """A fresh intake over these parts; it knows the sensors that are registered now. doubt: of the clock.

        batches_only: a worker's.
        """
        from ..ingest.intake import Intake  # noqa: PLC0415 - see above

        replay = self.settings.replay
        usual = Limits.at(self.settings.sensor_rate_per_s)
        door = Door(Limits(rate_per_s=None, late_ms=None, ahead_ms=None) if replay else usual)
        downlink = Downlink(self.identity.secret(), first=numbering.load(self.folder) + 1)
        places = Places(self.registry, self.objections, self.lists)
        handout = Handout(self.registry, self.epochs, self.identity, downlink, places)
        return Intake(
            self.registry,
            door,
            self.store,
            self.quarantine,
            handout,
            downlink,
            places,
            replays=replay,
            doubt=doubt,
            batches_only=batches_only,
        )

    def claims(self) -> Claims:
        """The claims, with the key that seals their secrets."""
        return Claims(self.registry.engine, ClaimVault(self.folder))

    def targets(self) -> "Targets":
        """Who is told of alerts and reports."""
        from ..delivery.targets import Targets  # noqa: PLC0415 - few commands tell anybody, and HTTP takes long to load

        return Targets(self.registry.engine, Vault(self.folder / "delivery.key", "secrets of webhooks"))

    def postman(self) -> "Postman":
        """What takes letters to them."""
        from ..delivery.outbox import Outbox  # noqa: PLC0415 - see above
        from ..delivery.postman import Postman  # noqa: PLC0415

        chosen = self.settings
        return Postman(
            self.targets(),
            Outbox(self.registry.engine),
            chosen.smtp_url,
            chosen.mail_from,
            lambda: addresses.of_alerts(self.folder, chosen),
        )

    def reception(self) -> Reception:
        """What answers units that enrol. Raises SettingsError."""
        terms = Terms(
            broker_host=self.settings.broker_names.partition(" ")[0],
            broker_port=self.settings.broker_port,
            issuer=self.certificates,
            authority_pem=self.certificates.authority.pem if self.certificates else "",
            gateway=lean.gateway(self.folder, self.settings, self.registry),
        )
        return Reception(Registrar(self.registry.engine, ClaimVault(self.folder), terms), self.identity)


def shelf_of(folder: Path, chosen: Settings) -> "Shelf":
    """Where the Parquet files lie. Speaks to nobody yet."""
    if not chosen.store_url:
        from ..storage.shelf import LocalShelf  # noqa: PLC0415 - see Collector

        return LocalShelf(folder / DATA)
    from ..storage.bucket import ObjectShelf  # noqa: PLC0415

    return ObjectShelf(store_url.parse(chosen.store_url))
