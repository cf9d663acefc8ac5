"""The highest numbers taken, by kind of message and collector key, kept over a restart: a reboot opens no rollback.

One small file, written only when a kind was taken whose policy wants it (downward.POLICIES). In this version none does:
each has a floor of its own, or an old one does no harm.
"""

from pathlib import Path

from .durable import replace
from .errors import SensorError
from .keys import PublicKey
from .wire.envelope import Kind

FILE_BYTES_MAX = 4096


class Floors:
    """Numbers in the file at `path`; None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._numbers: dict[tuple[str, str], int] = dict(_read(path)) if path else {}

    def at(self, kind: Kind, key: PublicKey) -> int:
        """The highest number of this kind that was taken under this key; -1 = none."""
        return self._numbers.get((kind.name, _name(key)), -1)

    def raise_to(self, kind: Kind, key: PublicKey, number: int) -> None:
        """Remember a number, on disk before anything is done about it. Raises SensorError."""
        self._numbers[kind.name, _name(key)] = number
        self._write()

    def keep(self, keys: "list[PublicKey]") -> None:
        """Forget the numbers of all other keys: what a stolen key has counted up must not bind its successor."""
        names = {_name(key) for key in keys}
        kept = {which: number for which, number in self._numbers.items() if which[1] in names}
        if kept != self._numbers:
            self._numbers = kept
            self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        lines = [f"{kind} {name} {number}\n" for (kind, name), number in sorted(self._numbers.items())]
        try:
            replace(self._path, "".join(lines).encode(), 0o644)
        except OSError as exc:
            raise SensorError(f"{self._path} cannot be written: {exc.strerror}. Free some space") from exc


def _name(key: PublicKey) -> str:
    return key.raw[:8].hex()


def _read(path: Path) -> "list[tuple[tuple[str, str], int]]":
    """What is in the file; a line that is damaged is left out."""
    try:
        lines = path.read_bytes()[:FILE_BYTES_MAX].decode("ascii", "replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [((line[0], line[1]), int(line[2])) for line in words if len(line) == 3 and line[2].isdecimal()]
