"""Packages of the agent as cargo: whom one can reach, what a unit is told, and what proves that it runs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select

from footfall_sensor.wire.release import Offer, Release

from .. import schema
from ..errors import QueryError
from ..grouping.selection import Known
from ..records.reports import Report
from .advance import Unit, UnitState
from .plan import Candidate
from .told import own, read_told, running

KIND = "package"
PACKAGE_OF = {"full": "footfall-sensor", "lean": "footfall-sensor-lean"}  # by build profile


@dataclass(frozen=True, slots=True)
class Package:
    """The release to install, and those that units may go back to, one for each version that runs today."""

    new: Offer
    back: tuple[Offer, ...]

    def check(self) -> None:
        """Raise QueryError where these do not go together."""
        for one in self.back:
            if (one.release.package, one.release.form) != (self.new.release.package, self.new.release.form):
                raise QueryError(
                    f"{one.release.version} is another package than {self.new.release.version}"
                    "; choose a version of the same"
                )
            if one.release.number >= self.new.release.number:
                raise QueryError(
                    f"{one.release.version} is not older than {self.new.release.version}: no way back"
                    "; choose an older one"
                )

    def encode(self) -> str:
        """As the database keeps it."""
        return json.dumps({"new": _said(self.new), "back": [_said(one) for one in self.back]}, sort_keys=True)

    @classmethod
    def decode(cls, text: str) -> "Package":
        """The package in what the database keeps."""
        got = json.loads(text)
        return cls(_offer(got["new"]), tuple(_offer(one) for one in got["back"]))

    def way_back(self, version: str) -> Offer | None:
        """What a unit that runs this version of the agent goes back to."""
        return next((one for one in self.back if one.release.agent == version), None)

    def left_out(self, version: str, profile: str) -> str:
        """Why a unit cannot be upgraded; "" = it can. profile: "" = not known here, the unit looks itself."""
        release = self.new.release
        if not version:
            return "it has never said which version it runs"
        if version == release.agent:
            return f"it runs {version} already"
        if profile and PACKAGE_OF.get(profile) != release.package:
            return f"it has the package {PACKAGE_OF.get(profile, profile)}"
        if _number(version) > release.number[:4]:
            return f"it runs {version}, which is newer: a package is never replaced by an older one"
        return "" if self.way_back(version) else f"there is no package of {version} to go back to: --back gives it"


def candidates(
    package: Package,
    known: Iterable[Known],
    reports: Mapping[int, Report],
    profiles: Mapping[int, str],
    busy: Mapping[int, int],
) -> list[Candidate]:
    """The sensors that are asked for."""
    found = []
    for one in known:
        sensor = one.sensor
        report = reports.get(sensor.id)
        why = package.left_out(report.version if report else "", profiles.get(sensor.id, ""))
        found.append(Candidate.of(one, why, busy))
    return found


def read_profiles(connection: Connection) -> dict[int, str]:
    """The build profile of the unit that has each sensor's place, where one was enrolled."""
    units = schema.units
    wanted = select(units.c.sensor_id, units.c.profile).where(units.c.since_ms.is_not(None), units.c.until_ms.is_(None))
    return {row.sensor_id: row.profile for row in connection.execute(wanted)}


def proofs(
    package: Package, units: Sequence[Unit], reports: Mapping[int, Any], commands: Mapping[int, Any]
) -> dict[int, tuple[bool | None, str]]:
    """What is proved of each unit. reports: rows by sensor; commands: the newest order to upgrade of each.

    Proof is a birth or health, signed, of another start than the one that was told, with the version of the release.
    That the order was taken, or the package fetched, counts for nothing. A unit that goes back later has failed.
    """
    agent, found = package.new.release.agent, dict[int, tuple[bool | None, str]]()
    for unit in units:
        report, command = reports.get(unit.sensor_id), own(commands.get(unit.sensor_id), unit)
        if report is None or unit.state not in (UnitState.TOLD, UnitState.DONE):
            continue
        runs = report.version == agent and report.boot != unit.boot
        if runs:
            found[unit.sensor_id] = (True, f"runs {agent}")
        elif unit.state is UnitState.DONE:
            found[unit.sensor_id] = (False, f"it went back to {report.version}")
        elif command is not None and command.state in ("refused", "reverted"):
            found[unit.sensor_id] = (False, f"{command.state}: {command.says}")
    return found


def read_commands(connection: Connection, verb: str) -> dict[int, Any]:
    """The newest command of this verb for each sensor."""
    table = schema.commands
    wanted = select(table).where(table.c.verb == verb).order_by(table.c.made_ms)
    return {row.sensor_id: row for row in connection.execute(wanted)}


def read_offers(connection: Connection) -> dict[int, tuple[Offer, Offer]]:
    """What each unit that is told to upgrade installs, and goes back to."""
    found = {}
    for report, package in read_told(connection, KIND, Package.decode):
        back = package.way_back(report.version)
        if back is not None:
            found[report.sensor_id] = (package.new, back)
    return found


def in_use(engine: Engine) -> dict[str, int]:
    """The campaigns that are not over, by the SHA-256 of what they roll out, and of what units may go back to."""
    found = running(engine, KIND, Package.decode)
    return {one.release.sha256.hex(): campaign for campaign, cargo in found for one in (cargo.new, *cargo.back)}


def says(cargo: str) -> str:
    """What a campaign of a package rolls out, in a line."""
    release = Package.decode(cargo).new.release
    return f"{release.package} {release.version}"


def _number(version: str) -> tuple[int, ...]:
    parts = [int(part) if part.isdecimal() else 0 for part in version.split(".")][:4]
    return (*parts, *[0] * (4 - len(parts)))


def _said(offer: Offer) -> dict[str, object]:
    release = offer.release
    said: dict[str, object] = {"package": release.package, "version": release.version, "form": release.form}
    said |= {"size": release.size, "sha256": release.sha256.hex(), "url": offer.url}
    return said | {"key": offer.key_id.hex(), "signature": offer.signature.hex()}


def _offer(got: Mapping[str, Any]) -> Offer:
    release = Release(got["package"], got["version"], got["form"], got["size"], bytes.fromhex(got["sha256"]))
    return Offer(release, bytes.fromhex(got["key"]), bytes.fromhex(got["signature"]), got["url"])
