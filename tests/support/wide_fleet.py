"""A simulated fleet: registry rows and reports written directly, and pushes answered as sensors would.

No message is sealed or sent: the way of a configuration to a sensor and back is other tests' subject.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Engine, insert, select, update

from collector import schema
from collector.configuration import store as layers
from collector.configuration.push import Push, PushState
from collector.database import open_database, writing
from collector.records.registry import Registry, Sensor, Site, Tenant
from collector.rollout import cargo

NOW_MS = 1_800_000_000_000
A_SITE = 25


class WideFleet:
    """`count` sensors of one tenant, 25 at a site, all connected, on a clock that tests set."""

    def __init__(self, folder: Path, count: int) -> None:
        self.engine: Engine = open_database(f"sqlite:///{folder / 'registry.sqlite'}")
        self.registry = Registry(self.engine)
        self.now_ms = NOW_MS
        self.registry.put_tenant(Tenant("acme"))
        sites = -(-count // A_SITE)
        with writing(self.engine).begin() as connection:
            for number in range(sites):
                connection.execute(insert(schema.sites).values(_values(Site("acme", f"site-{number:03}"))))
            rows = [_sensor(number, f"site-{number // A_SITE:03}") for number in range(count)]
            connection.execute(insert(schema.sensors), rows)
        self.sensors = {sensor.name: sensor for sensor in self.registry.sensors()}
        with writing(self.engine).begin() as connection:
            said = {"boot": 1, "received_ms": NOW_MS, "connected": True, "version": "0.1.0"}
            connection.execute(insert(schema.reports), [said | {"sensor_id": one.id} for one in self.sensors.values()])

    def pass_s(self, seconds: float) -> None:
        """Time goes by; who is connected goes on to report."""
        self.now_ms += int(seconds * 1000)
        table = schema.reports
        with writing(self.engine).begin() as connection:
            connection.execute(update(table).where(table.c.connected).values(received_ms=self.now_ms))

    def connect(self, name: str, connected: bool) -> None:
        """A sensor goes, or comes back."""
        table, number = schema.reports, self.sensors[name].id
        with writing(self.engine).begin() as connection:
            said = {"connected": connected, "received_ms": self.now_ms}
            connection.execute(update(table).where(table.c.sensor_id == number).values(said))

    def answer(self, outcome: Callable[[Sensor], PushState | None]) -> None:
        """Let sensors whose options are another say what became of them; None = nothing yet."""
        with writing(self.engine).begin() as connection:
            fleet = layers.read_fleet(connection)
            known: Mapping[int, str] = {row.sensor_id: row.options for row in connection.execute(select(schema.pushes))}
            for sensor in fleet.sensors:
                wanted = cargo.wanted(fleet, sensor)
                state = outcome(sensor)
                if wanted == known.get(sensor.id, "{}") or state is None:
                    continue
                push = Push(sensor.id, 1, wanted, state, "says so", int(state is PushState.APPLIED), self.now_ms)
                row = _values(push) | {"state": state.value}
                if sensor.id in known:
                    mine = schema.pushes.c.sensor_id == sensor.id
                    connection.execute(update(schema.pushes).where(mine).values(row))
                else:
                    connection.execute(insert(schema.pushes).values(row))

    def running(self) -> dict[str, str]:
        """The options that each sensor is to run with, where there are any."""
        with self.engine.begin() as connection:
            fleet = layers.read_fleet(connection)
        found = {sensor.name: cargo.wanted(fleet, sensor) for sensor in fleet.sensors}
        return {name: options for name, options in found.items() if options != "{}"}


def _sensor(number: int, site: str) -> dict[str, object]:
    named = {"tenant": "acme", "name": f"s{number:04}", "site": site, "state": "approved", "says": "", "group_name": ""}
    return named | {"key_id": os.urandom(8), "public_key": os.urandom(32), "changed_ms": 0}


def _values(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in type(one).__slots__}  # type: ignore[attr-defined]
