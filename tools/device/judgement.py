"""Whether an image may go onto a unit, and how: judged before anything is written. A function of values."""

import re
from dataclasses import dataclass

from . import units
from .factory import Factory
from .metadata import Sysupgrade
from .sighting import Sighting
from .units import Method, Unit

Image = Factory | Sysupgrade


@dataclass(frozen=True, slots=True)
class Problem:
    """Why it must not be done, and what to do instead."""

    code: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a look at a unit and an image for it."""

    unit: Unit | None
    method: Method | None
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


SYSUPGRADE = Method(
    "sysupgrade",
    "OpenWrt's own sysupgrade, over SSH",
    (
        "upload the image to the unit's memory and compare its checksum there",
        "have the unit test it: sysupgrade --test",
        "let the unit write it by itself, so that a cut line does no harm",
        "wait for the unit, and compare what runs there with what was sent",
    ),
    image="sysupgrade",
    unit_address="192.168.1.1",
    seconds=180,
)


def judge(seen: Sighting, image: Image | None = None) -> Judgement:
    """Judge a unit, and an image for it where there is one."""
    unit, problems = _unit(seen)
    if unit is None:
        return Judgement(None, None, tuple(problems), ())
    method = SYSUPGRADE if seen.how == "OpenWrt" else units.methods()[unit.install]
    if seen.how != "OpenWrt":
        problems += _stock(seen, unit, method)
    if image is not None:
        problems += _image(seen, unit, method, image)
    return Judgement(unit, method, tuple(problems), (*_warnings(seen, unit), *_region_unknown(seen, image)))


def _unit(seen: Sighting) -> tuple[Unit | None, list[Problem]]:
    if seen.how == "TFTP":
        return None, [Problem("model_unknown", "a boot loader does not tell its model", "type the label: --label")]
    if not seen.model:
        what = f"board {seen.board} is none of the catalogue" if seen.board else "no model could be read"
        return None, [Problem("model_unknown", what, 'read the label under the unit and type it: --label "CPE210 v3"')]
    try:
        return units.find(seen.board.replace(",", "_", 1) if seen.board else seen.name), []
    except units.RefusedUnit as exc:
        instead = f"take instead: {', '.join(exc.unit.nearest)}"
        return None, [Problem("no_port", f"{exc.unit.name}: {exc.unit.reason}", instead)]
    except units.UnknownUnit as exc:
        return None, [Problem("version_unknown", exc.message, "the label under the unit tells model and version")]


def _stock(seen: Sighting, unit: Unit, method: Method) -> list[Problem]:
    problems = []
    if method.by_hand:
        problems.append(Problem("by_hand", f"{unit.name} takes an image by: {method.title}", method.by_hand))
    if unit.stock_min and seen.firmware and _number(seen.firmware) < _number(unit.stock_min):
        problems.append(
            Problem(
                "stock_too_old",
                f"its stock firmware {seen.firmware} cannot switch its signature check off",
                f"update it at its own page to {unit.stock_min} or newer first",
            )
        )
    return problems


def _image(seen: Sighting, unit: Unit, method: Method, image: Image) -> list[Problem]:
    kind = "sysupgrade" if isinstance(image, Sysupgrade) else "factory"
    if kind != method.image:
        remedy = f"take the {method.image} image of {unit.profile}"
        return [Problem("wrong_kind", f"this is a {kind} image; {unit.name} wants a {method.image} image now", remedy)]
    if isinstance(image, Sysupgrade):
        return _sysupgrade(seen, unit, image)
    return _factory(seen, unit, image)


def _sysupgrade(seen: Sighting, unit: Unit, image: Sysupgrade) -> list[Problem]:
    board = seen.board or unit.profile.replace("_", ",", 1)
    if board in image.boards:
        return []
    made_for = ", ".join(image.boards[:4]) or "no unit"
    what = f"the image is for {made_for}; this unit is {board}"
    return [Problem("wrong_image", what, f"take that of {unit.profile}")]


def _factory(seen: Sighting, unit: Unit, image: Factory) -> list[Problem]:
    lines = [line for line in image.supports if _same(line.model, unit.model)]
    # v3 on the label stands for 3.0, 3.1, 3.20 in the list: OpenWrt's profiles are by the first number.
    names = {name.rpartition("-v")[2].split(".")[0] for name in (unit.name, *unit.aliases) if "-v" in name}
    lines = [line for line in lines if not names or line.version.split(".")[0] in names]
    if not lines:
        made_for = ", ".join(dict.fromkeys(f"{line.model} {line.version}" for line in image.supports)) or "no unit"
        return [
            Problem(
                "wrong_image", f"the image is for {made_for}; this unit is {unit.name}", f"take that of {unit.profile}"
            )
        ]
    problems = []
    regions = {line.region for line in lines if line.region}
    if seen.region and regions and not regions & {seen.region, "UN"}:
        what = f"the unit is of region {seen.region}, the image for {', '.join(sorted(regions))}: this can brick it"
        problems.append(Problem("wrong_region", what, f"take an image whose support list has {seen.region}"))
    if unit.compat > image.compat_level and seen.firmware and _number(seen.firmware) >= _number(unit.compat_from):
        wants = f"stock firmware {seen.firmware} takes images of compat level {unit.compat}"
        what = f"{wants}; this one has {image.compat_level}"
        problems.append(Problem("compat_level", what, "take an image of OpenWrt 23.05.3 or newer"))
    return problems


def _warnings(seen: Sighting, unit: Unit) -> tuple[str, ...]:
    said = [*unit.traps]
    if unit.note:
        said.append(unit.note)
    if unit.deaf_to_2ghz:
        said.append("no 2.4 GHz radio: phones ask less on 5 GHz, so this unit hears less than others do")
    if seen.how == "label":
        said.append("read from a label only: stock firmware and region are as typed, not as the unit says")
    if unit.compat and seen.how != "OpenWrt" and not seen.firmware:
        said.append(f"stock firmware not known: from {unit.compat_from} on it wants compat level {unit.compat}")
    return tuple(said)


def _region_unknown(seen: Sighting, image: Image | None) -> tuple[str, ...]:
    """Where neither unit nor label told the region, a person has to compare it with the image's."""
    if seen.region or not isinstance(image, Factory):
        return ()
    regions = {line.region for line in image.supports if line.region}
    if not regions or "UN" in regions:
        return ()
    return (f"its region is not known, the image is for {', '.join(sorted(regions))}: compare with its label",)


def _same(one: str, other: str) -> bool:
    return re.sub(r"[\s_-]", "", one).lower() == re.sub(r"[\s_-]", "", other).lower()


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
