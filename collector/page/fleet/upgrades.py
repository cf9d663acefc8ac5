"""Packages and images from pages and API: taken in, rolled out, taken out; with the checks that the commands make."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from footfall_sensor.wire import image as wire

from ...grouping.selection import Selection, chosen
from ...images import packages, vouched
from ...images.catalogue import Catalogue, Entry, find, usual_name
from ...images.packages import PackageEntry, Packages
from ...images.vouched import Word
from ...people.user import Person
from ...rollout import images as image_cargo
from ...rollout import packages as package_cargo
from ...rollout.book import Begun, Campaigns
from ...rollout.images import Images
from ...rollout.packages import Package
from ...rollout.terms import Terms
from ..given import Unfit
from .changing import Changing, fitting, reason
from .sight import FleetSight

SMALL_BYTES_MAX = 4096  # of a note or a signature
COMMENT = b"untrusted comment:"
NOTES = (b"footfall-image 1\n", b"footfall-release 1\n")


@dataclass(frozen=True, slots=True)
class ImagesAsked:
    """Images of the catalogue by name, where units fetch them, and which sensors are to have them."""

    names: Sequence[str]
    url: str
    older: bool
    selection: Selection


@dataclass(frozen=True, slots=True)
class PackageAsked:
    """A package of the catalogue, those to go back to (none = the older ones there are), where, and for whom."""

    name: str
    back: Sequence[str]
    url: str
    selection: Selection


@dataclass(frozen=True, slots=True)
class Upgrades(Changing):
    """The catalogues of one collector, and campaigns of what is in them. They are one for all tenants."""

    @property
    def images(self) -> Catalogue:
        """The images."""
        return Catalogue(self.collector.registry.engine, self.collector.image_files)

    @property
    def packages(self) -> Packages:
        """The packages of the agent."""
        return Packages(self.collector.registry.engine, self.collector.image_files)

    def begin_images(self, sight: FleetSight, asked: ImagesAsked, terms: Terms, why: str, dry: bool) -> Begun:
        """Bring whole images to those of the sensors that somebody sees."""
        with fitting():
            catalogue = self.images
            entries = [find(catalogue.all(), name) for name in asked.names]
            missing = [one.name for one in entries if not catalogue.has(one)]
            if missing:
                raise Unfit(f"the file of {missing[0]} is not with this collector; take it in again")
            self._vouched([(one.name, Word(one.image.note(), one.key_id, one.signature)) for one in entries])
            cargo = Images.of(entries, asked.url, asked.older)
            names, who = self._names(sight, asked.selection), (sight.person.actor, reason(why))
            return self._book.begin_images(cargo, names, terms, who, self.now_ms(), dry=dry)

    def begin_package(self, sight: FleetSight, asked: PackageAsked, terms: Terms, why: str, dry: bool) -> Begun:
        """Bring a package of the agent to those of the sensors that somebody sees."""
        with fitting():
            shelf = self.packages
            everything = shelf.all()
            new = packages.find(everything, asked.name)
            back = [packages.find(everything, name) for name in asked.back] or packages.older(everything, new)
            missing = [one.name for one in (new, *back) if not shelf.has(one)]
            if missing:
                raise Unfit(f"the file of {missing[0]} is not with this collector; take it in again")
            self._vouched([(one.name, one.word) for one in (new, *back)])
            cargo = Package(new.offer(asked.url), tuple(one.offer(asked.url) for one in back))
            names, who = self._names(sight, asked.selection), (sight.person.actor, reason(why))
            return self._book.begin_package(cargo, names, terms, who, self.now_ms(), dry=dry)

    def take_in(self, person: Person, files: Sequence[BinaryIO], called: str = "") -> str:
        """Take in an image or a package with its note and signature, in any order; the name it has now.

        Only what this collector's release key vouches for, which is asked before anything is copied.
        called: what an image is to be called; "" = its board and version.
        """
        self._for_all(person)
        with fitting():
            public = vouched.wanted_key(self.collector.folder)
            source, word = _sorted(files)
            if word.note.startswith(NOTES[1]):
                made = self.packages.add(word, source, public, person.actor, self.now_ms())
                return made.name
            image = wire.Image.of_note(word.note)
            name = called or usual_name(image)
            word.check(public, name)
            entry = Entry(name, image, word.key_id, word.signature)
            return self.images.add(entry, source, person.actor, self.now_ms()).name

    def remove_image(self, person: Person, name: str) -> list[Entry]:
        """Take an image out, and its file; those that are left. One that a campaign rolls out stays."""
        self.images.one(name)
        self._for_all(person)
        with fitting():
            used = image_cargo.in_use(self.collector.registry.engine)
            self.images.remove(name, person.actor, self.now_ms(), used)
        return self.images.all()

    def remove_package(self, person: Person, name: str) -> list[PackageEntry]:
        """The same of a package; one that units may go back to in a campaign stays, too."""
        self.packages.one(name)
        self._for_all(person)
        with fitting():
            used = package_cargo.in_use(self.collector.registry.engine)
            self.packages.remove(name, person.actor, self.now_ms(), used)
        return self.packages.all()

    @property
    def _book(self) -> Campaigns:
        return Campaigns(self.collector.registry.engine)

    def _vouched(self, words: Sequence[tuple[str, Word]]) -> None:
        """Where the collector knows the release key, that is asked again: it may have been changed since."""
        public = vouched.release_key(self.collector.folder)
        if public is not None:
            for name, word in words:
                word.check(public, name)

    @staticmethod
    def _names(sight: FleetSight, selection: Selection) -> list[str]:
        return [one.sensor.name for one in chosen(selection, [one.known for one in sight.sensors()])]

    @staticmethod
    def _for_all(person: Person) -> None:
        if not person.sites.everywhere:
            raise Unfit(
                "packages and images are every tenant's: who sees all sites takes them in and out; ask one of them"
            )


def _sorted(files: Sequence[BinaryIO]) -> tuple[BinaryIO, Word]:
    """The file itself, and the word for it: each is told by how it begins. Raises Unfit, QueryError."""
    note = text = b""
    rest = []
    for file in files:
        begins = file.read(SMALL_BYTES_MAX + 1)
        file.seek(0)
        if begins.startswith(NOTES):
            note = begins
        elif begins.startswith(COMMENT):
            text = begins
        else:
            rest.append(file)
    if len(rest) != 1 or not note or not text:
        raise Unfit("three files are wanted: an image or package, and its .note and .sig of footfall device release")
    return rest[0], Word.read(note, text)
