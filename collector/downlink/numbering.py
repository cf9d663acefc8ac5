"""The last number of the downlink, kept over a restart: a clock that was set back must not make numbers go back.

Sensors refuse what is older than what they have taken. The file is written now and then, not at each message: what a
crash loses is less than the minute that sensors allow.
"""

from pathlib import Path

from footfall_sensor import durable
from footfall_sensor.downward import AHEAD_US

from ..errors import StoreError

FILE_NAME = "downlink.number"


def load(folder: Path) -> int:
    """The number that was kept, 0 where there is none or it is damaged."""
    try:
        said = (folder / FILE_NAME).read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return 0
    return int(said) if said.strip().isdecimal() else 0


def keep(folder: Path, number: int) -> None:
    """Keep a number, unless a higher one is kept already, of the same day or so. Raises StoreError."""
    if number <= load(folder) <= number + AHEAD_US:
        return
    path = folder / FILE_NAME
    try:
        durable.show(path, str(number))
    except OSError as exc:
        raise StoreError(f"{path} cannot be written: {exc.strerror}. Free some space") from exc
