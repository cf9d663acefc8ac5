"""The catalogue of units: found by the name on the label, or refused with the reason and what to take instead."""

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import ToolError

CATALOGUE = Path(__file__).with_name("units.toml")
_MAKER = re.compile(r"^tp-?link-")
_VERSION = re.compile(r"-v\d[\d.]*$")
_MINOR = re.compile(r"(?<=-v\d)\.\d+$")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that OpenWrt, and so Footfall, runs on."""

    name: str
    profile: str  # of OpenWrt's build
    target: str
    soc: str
    flash_mib: int
    ram_mib: int
    radios: tuple[str, ...]
    footfall: str  # build profile: lean or full
    source: str
    image_kib: int | None = None  # None: NAND, no limit known
    board: str = ""  # in the safeloader's table
    aliases: tuple[str, ...] = ()
    note: str = ""
    install: str = "unknown"  # the name of a method
    recovery: str = "unknown"
    mac_at: int | None = None  # in flash: the address on the label
    mac_5ghz: int | None = None  # the 5 GHz radio's address, counted from it
    stock_min: str = ""  # stock firmware below this has to be updated first
    compat: int = 0  # compat level that an image needs ...
    compat_from: str = ""  # ... for stock firmware from this version on
    file_name_max: int | None = None  # that its page takes
    traps: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The name without the hardware version: CPE210."""
        return _VERSION.sub("", self.name)

    @property
    def deaf_to_2ghz(self) -> bool:
        """Whether it has no 2.4 GHz radio, where phones ask most."""
        return not any(radio.startswith("2.4") for radio in self.radios)


@dataclass(frozen=True, slots=True)
class Method:
    """How an image comes onto a unit."""

    name: str
    title: str
    steps: tuple[str, ...]
    image: str  # factory, sysupgrade or initramfs
    unit_address: str = ""
    server_address: str = ""
    file: str = ""  # what the unit asks for by TFTP
    button_s: tuple[int, ...] = ()  # how long the reset button is held while the power comes on: from, to
    seconds: int = 0  # from the image's arrival to OpenWrt's answer, about
    by_hand: str = ""  # why this tool does not do it


@dataclass(frozen=True, slots=True)
class Refused:
    """A unit that cannot be a sensor."""

    name: str
    reason: str
    nearest: tuple[str, ...]


class RefusedUnit(ToolError):
    """This unit cannot be a sensor."""

    def __init__(self, unit: Refused) -> None:
        super().__init__(f"{unit.name}: {unit.reason}. Take instead: {', '.join(unit.nearest)}")
        self.unit = unit


class UnknownUnit(ToolError):
    """No unit of this name is known."""


@cache
def catalogue() -> tuple[tuple[Unit, ...], tuple[Refused, ...]]:
    """Every unit known: those that run, those that are refused."""
    table = _table()
    units = []
    for family in table["family"]:
        shared = {name: value for name, value in family.items() if name != "units"}
        for own in family["units"]:
            fields: dict[str, Any] = {"profile": f"tplink_{own['name'].lower()}", **shared, **own}
            units.append(Unit(**_tuples(fields)))
    refused = [
        Refused(name, entry["reason"], tuple(entry["nearest"])) for entry in table["refused"] for name in entry["names"]
    ]
    return tuple(units), tuple(refused)


@cache
def methods() -> dict[str, Method]:
    """Every way an image comes onto a unit, by name."""
    return {name: Method(name, **_tuples(fields)) for name, fields in _table()["method"].items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def find(name: str) -> Unit:
    """The unit of this name, as on its label or as OpenWrt calls it. Raises RefusedUnit or UnknownUnit."""
    units, refused = catalogue()
    wanted = _plain(name)
    # v4.0 on a label is the v4 of OpenWrt; some models have one version only, which OpenWrt does not name.
    for spelling in (wanted, _MINOR.sub("", wanted), re.sub(r"-v1(\.\d+)*$", "", wanted)):
        for unit in units:
            if spelling in {_plain(known) for known in (unit.name, unit.profile, *unit.aliases)}:
                return unit
    for entry in refused:
        if _plain(entry.name) in (wanted, _MINOR.sub("", wanted), _model(wanted)):
            raise RefusedUnit(entry)
    versions = [unit.name for unit in units if _model(_plain(unit.name)) == _model(wanted)]
    if versions:
        raise UnknownUnit(f"{name}: the versions known are {', '.join(versions)}. The label of the unit tells which")
    names = [unit.name for unit in units] + [entry.name for entry in refused]
    known = {_plain(name): name for name in names}
    close = ", ".join(known[match] for match in get_close_matches(wanted, known, 4, 0.6))
    raise UnknownUnit(f"{name}: unknown.{f' Near it: {close}.' if close else ''} All: footfall device units")


def _plain(name: str) -> str:
    return _MAKER.sub("", re.sub(r"[\s_(/)]+", "-", name.lower()).strip("-"))


def _model(plain: str) -> str:
    return _VERSION.sub("", plain)
