"""Sights: what the registry knows of a campaign's units when it takes a step."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from footfall_sensor.wire.settings import Verb

from .. import schema
from ..configuration import staging
from ..configuration import store as layers
from ..configuration.outbox import read_pushes
from ..fleet import SILENT_S
from ..grouping import book as groups
from ..grouping.selection import Known
from ..records.standing import Standing
from . import cargo, images, packages
from .advance import Sight, Unit, UnitState
from .records import Campaign


class Sights:
    """Reads once a step, whatever the number of units."""

    def __init__(self, connection: Connection, campaign: Campaign, now_ms: int) -> None:
        self._connection = connection
        self._campaign = campaign
        self._now_ms = now_ms

    def of(self, units: Sequence[Unit]) -> dict[int, Sight]:
        """By sensor id; those without a word of their own are absent."""
        reports = {
            row.sensor_id: row
            for row in self._connection.execute(
                select(
                    schema.reports.c.sensor_id,
                    schema.reports.c.boot,
                    schema.reports.c.connected,
                    schema.reports.c.received_ms,
                    schema.reports.c.version,
                    schema.reports.c.firmware,
                    schema.reports.c.board,
                )
            )
        }
        known = {one.sensor.id: one for one in groups.read(self._connection)}
        proofs, lost = self._proofs(units, reports), self._lost(units, reports)
        zones = {(row.tenant, row.name): row.time_zone for row in self._connection.execute(select(schema.sites))}
        before = _before(units, {number: one.behind for number, one in known.items()}, known)
        found = {}
        for unit in units:
            report, one = reports.get(unit.sensor_id), known[unit.sensor_id]
            night = self._campaign.course.terms.night
            zone = zones.get((one.sensor.tenant, one.sensor.site), "UTC")
            proved, says = proofs.get(unit.sensor_id, (None, ""))
            found[unit.sensor_id] = Sight(
                connected=report is not None
                and report.connected
                and self._now_ms - report.received_ms <= SILENT_S * 1000,
                boot=report.boot if report else 0,
                proved=proved,
                says=says,
                awake=night is None or night.holds(self._now_ms, zone),
                shut_out=one.sensor.state is not Standing.APPROVED,
                before=before.get(unit.sensor_id, ()),
                lost=lost.get(unit.sensor_id, ""),
            )
        return found

    def _proofs(self, units: Sequence[Unit], reports: Mapping[int, Any]) -> dict[int, tuple[bool | None, str]]:
        if self._campaign.kind == packages.KIND:
            commands = packages.read_commands(self._connection, Verb.UPGRADE)
            return packages.proofs(packages.Package.decode(self._campaign.cargo), units, reports, commands)
        if self._campaign.kind == images.KIND:
            commands = packages.read_commands(self._connection, Verb.UPGRADE)
            return images.proofs(images.Images.decode(self._campaign.cargo), units, reports, commands)
        told = {unit.sensor_id for unit in units if unit.state is UnitState.TOLD}
        if not told or self._campaign.kind != staging.KIND:
            return {}
        fleet, pushes = layers.read_fleet(self._connection), read_pushes(self._connection)
        return {
            sensor.id: cargo.proof(pushes.get(sensor.id), cargo.wanted(fleet, sensor))
            for sensor in fleet.sensors
            if sensor.id in told
        }

    def _lost(self, units: Sequence[Unit], reports: Mapping[int, Any]) -> dict[int, str]:
        told = [unit for unit in units if unit.state is UnitState.TOLD]
        if self._campaign.kind != images.KIND or not told:
            return {}
        commands = packages.read_commands(self._connection, Verb.UPGRADE)
        return images.lost(images.Images.decode(self._campaign.cargo), told, reports, commands)


def _before(units: Sequence[Unit], behind: dict[int, str], known: dict[int, Known]) -> dict[int, tuple[int, ...]]:
    """Those of the campaign that hang behind each unit."""
    numbers = {one.sensor.name: number for number, one in known.items()}
    found: dict[int, tuple[int, ...]] = {}
    for unit in units:
        parent = numbers.get(behind.get(unit.sensor_id, ""))
        if parent is not None:
            found[parent] = (*found.get(parent, ()), unit.sensor_id)
    return found
