"""Images as cargo: one for each board, whom they can reach, what a unit is told, and what proves that one runs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from footfall_sensor.errors import Malformed
from footfall_sensor.wire.image import Image, ImageOffer, number

from ..errors import QueryError
from ..grouping.selection import Known
from ..images.catalogue import Entry
from ..records.reports import Report
from .advance import Unit, UnitState
from .plan import Candidate
from .told import own, read_told, running

KIND = "image"
WRITES = "writes"  # in what a unit says: from here on it may not come back
UNKNOWN_RECOVERY = "the catalogue of units does not say how it is recovered"
ANSWER_S = 30 * 60  # a slow line, a unit that writes for minutes, and its start


@dataclass(frozen=True, slots=True)
class Named:
    """An image with the name that people gave it."""

    name: str
    offer: ImageOffer
    recovery: Mapping[str, str]  # by board

    @property
    def image(self) -> Image:
        """The image itself."""
        return self.offer.image


@dataclass(frozen=True, slots=True)
class Images:
    """What is rolled out: at most one image a board. older: units may be told to go back to an older one."""

    named: tuple[Named, ...]
    older: bool = False

    @classmethod
    def of(cls, entries: Iterable[Entry], url: str, older: bool = False) -> "Images":
        """Entries of the catalogue, which units fetch from below `url`. Raises QueryError."""
        made = cls(tuple(Named(one.name, one.offer(url), one.recovery) for one in entries), older)
        made.check()
        return made

    def check(self) -> None:
        """Raise QueryError where these do not go together."""
        seen: dict[str, str] = {}
        for one in self.named:
            for board in one.image.boards:
                if board in seen:
                    raise QueryError(f"{seen[board]} and {one.name} are both for {board}: name one of them")
                seen[board] = one.name
        if not seen:
            raise QueryError("say which image: footfall fleet image list shows those there are")

    def encode(self) -> str:
        """As the database keeps it."""
        return json.dumps({"images": [_said(one) for one in self.named], "older": self.older}, sort_keys=True)

    @classmethod
    def decode(cls, text: str) -> "Images":
        """The images in what the database keeps."""
        got = json.loads(text)
        return cls(tuple(_named(one) for one in got["images"]), got["older"])

    def __str__(self) -> str:
        words = [f"{one.name} {one.image.version} ({' '.join(one.image.boards)})" for one in self.named]
        return ", ".join(words) + (", also back to an older one" if self.older else "")

    def of_board(self, board: str) -> Named | None:
        """The image for a board."""
        return next((one for one in self.named if board in one.image.boards), None)

    def left_out(self, firmware: str, board: str) -> str:
        """Why a unit is not told; "" = it is."""
        if not firmware or not board:
            return "it has never said which image it runs: its agent or its image is from before that was asked"
        named = self.of_board(board)
        if named is None:
            return f"its board is {board}, and none of the images is for it"
        if firmware == named.image.version:
            return f"it runs {firmware} already"
        if _newer(firmware, named.image.version) and not (self.older and named.image.older):
            return f"it runs {firmware}, which is newer: --older lets it go back, to an image that was released with it"
        return ""


def says(cargo: str) -> str:
    """What a campaign of images rolls out, in a line."""
    return str(Images.decode(cargo))


def candidates(
    images: Images, known: Iterable[Known], reports: Mapping[int, Report], busy: Mapping[int, int]
) -> list[Candidate]:
    """The sensors that are asked for; those of other boards are left out, with the reason."""
    found = []
    for one in known:
        report = reports.get(one.sensor.id)
        why = images.left_out(report.firmware or "", report.board or "") if report else images.left_out("", "")
        found.append(Candidate.of(one, why, busy))
    return found


def proofs(
    images: Images, units: Sequence[Unit], reports: Mapping[int, Any], commands: Mapping[int, Any]
) -> dict[int, tuple[bool | None, str]]:
    """What is proved of each unit. reports: rows by sensor; commands: the newest order to upgrade of each.

    Proof is a birth, signed, of another start than the one that was told, that names the image's version. That it was
    fetched or tested counts for nothing. A unit that has it and names another one later has failed.
    """
    found = dict[int, tuple[bool | None, str]]()
    for unit in units:
        report = reports.get(unit.sensor_id)
        named = images.of_board(report.board) if report else None
        if report is None or named is None or unit.state not in (UnitState.TOLD, UnitState.DONE):
            continue
        command = own(commands.get(unit.sensor_id), unit)
        if report.firmware == named.image.version and report.boot != unit.boot:
            found[unit.sensor_id] = (True, f"runs {report.firmware}")
        elif unit.state is UnitState.DONE:
            found[unit.sensor_id] = (False, f"it went back to {report.firmware or 'an image without a version'}")
        elif command is not None and command.state in ("refused", "reverted"):
            found[unit.sensor_id] = (False, f"{command.state}: {command.says}")
    return found


def lost(
    images: Images, units: Sequence[Unit], reports: Mapping[int, Any], commands: Mapping[int, Any]
) -> dict[int, str]:
    """What it takes to get a unit back that has begun to write and is not heard again, by sensor."""
    found = {}
    for unit in units:
        report, command = reports.get(unit.sensor_id), own(commands.get(unit.sensor_id), unit)
        named = images.of_board(report.board) if report else None
        if named and command is not None and command.state == "trying" and WRITES in command.says:
            way = named.recovery.get(report.board, UNKNOWN_RECOVERY) if report else UNKNOWN_RECOVERY
            found[unit.sensor_id] = f"its last word: {command.says}. It needs a ladder; recovery by {way}"
    return found


def read_offers(connection: Connection) -> dict[int, ImageOffer]:
    """The image for each unit that is told to write one."""
    found = {}
    for report, images in read_told(connection, KIND, Images.decode):
        named = images.of_board(report.board)
        if named is not None:
            found[report.sensor_id] = named.offer
    return found


def in_use(engine: Engine) -> dict[str, int]:
    """The campaigns that are not over, by the SHA-256 of what they roll out."""
    found = running(engine, KIND, Images.decode)
    return {one.image.sha256.hex(): campaign for campaign, cargo in found for one in cargo.named}


def _newer(firmware: str, version: str) -> bool:
    try:
        return number(firmware) > number(version)
    except Malformed:
        return True  # what has no order is not written over without being asked


def _said(one: Named) -> dict[str, object]:
    image = one.image
    said: dict[str, object] = {"name": one.name, "boards": list(image.boards), "version": image.version}
    said |= {"compat": image.compat, "older": image.older, "size": image.size, "sha256": image.sha256.hex()}
    said |= {"url": one.offer.url, "key": one.offer.key_id.hex(), "signature": one.offer.signature.hex()}
    return said | {"recovery": dict(one.recovery)}


def _named(got: Mapping[str, Any]) -> Named:
    sha256 = bytes.fromhex(got["sha256"])
    image = Image(tuple(got["boards"]), got["version"], got["compat"], got["older"], got["size"], sha256)
    key_id, signature = bytes.fromhex(got["key"]), bytes.fromhex(got["signature"])
    return Named(got["name"], ImageOffer(image, key_id, signature, got["url"]), got["recovery"])
