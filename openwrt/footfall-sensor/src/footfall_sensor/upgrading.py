"""Upgrading: leaves word for root's helper, footfall-upgrade, and reads what became of it.

The agent has no rights to install anything, and decides nothing: the helper checks signature, version and room itself.
"""

from collections.abc import Mapping
from pathlib import Path

from . import durable, keys
from .errors import Malformed
from .wire.image import ImageOffer
from .wire.release import Offer
from .wire.settings import COMMAND_ID_BYTES, Outcome, Result

HELPER = Path("/etc/footfall-release.pub")  # where the image has no release key, nobody waits for orders
VERDICT = Path("/var/run/footfall-upgrade/verdict")  # root's: one line, id, outcome, words
LINE_MAX = 300


class Upgrading:
    """The folder where word is left for the helper, and the helper's verdict."""

    def __init__(self, folder: Path, helper: Path = HELPER, verdict: Path = VERDICT) -> None:
        self._folder = folder
        self._helper = helper
        self._verdict = verdict
        self._read = ""

    def leave(self, command: bytes, new: Offer | None, back: Offer | None) -> str:
        """Leave word of a command; returns why not, "" = done. back: what to go back to, the release that runs."""
        if new is None or back is None:
            return "the release to install and the one to go back to are wanted"
        notes = {"new": (new, new.release.note()), "back": (back, back.release.note())}
        return self._leave(command.hex(), notes)

    def leave_image(self, command: bytes, offer: ImageOffer) -> str:
        """The same of a whole image, which has no way back."""
        return self._leave(f"{command.hex()} image", {"image": (offer, offer.image.note())})

    def _leave(self, said: str, notes: Mapping[str, tuple[Offer | ImageOffer, bytes]]) -> str:
        if not self._helper.exists():
            return f"{self._helper} is not on this unit: it cannot be upgraded from afar"
        order = self._folder / "order"
        if order.exists():
            return "an upgrade is under way"
        try:
            for name, (offer, note) in notes.items():
                durable.show(self._folder / f"{name}.note", note.decode())
                durable.show(self._folder / f"{name}.sig", keys.signature_text(offer.key_id, offer.signature))
                durable.show(self._folder / f"{name}.url", offer.url + "\n")
            durable.show(order, said + "\n")  # the last: what it names is there
        except OSError as exc:
            return f"{self._folder}: {exc.strerror}"
        return ""

    def news(self) -> Result | None:
        """The helper's verdict, once; None where there is none, or nothing new."""
        try:
            line = self._verdict.read_text(encoding="utf-8", errors="replace")[:LINE_MAX].strip()
        except OSError:
            return None
        if line == self._read:
            return None
        self._read = line
        try:
            return _parsed(line)
        except (Malformed, ValueError):
            return None


def _parsed(line: str) -> Result:
    name, outcome, *words = line.split(" ", 2)
    command = bytes.fromhex(name)
    if len(command) != COMMAND_ID_BYTES:
        raise Malformed("no command's id")
    return Result(Outcome(outcome), " ".join(words), command=command)
