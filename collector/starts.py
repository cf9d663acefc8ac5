"""The starts of sensors in the registry database: numbers that came, shared by all collectors, kept over restarts."""

from collections.abc import Mapping

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from . import schema
from .clones import STARTS_MAX, Start
from .database import writing


class Starts:
    """The table `starts`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert
        self._larger = func.max if engine.dialect.name == "sqlite" else func.greatest

    def of(self, sensor_id: int) -> dict[int, Start]:
        """A sensor's starts by boot, oldest first."""
        table = schema.starts
        wanted = select(table).where(table.c.sensor_id == sensor_id).order_by(table.c.first_ms)
        with self._engine.begin() as connection:
            return {
                row.boot: Start(row.first_ms, row.signal_last, row.death_last) for row in connection.execute(wanted)
            }

    def save(self, changed: Mapping[tuple[int, int], Start]) -> None:
        """Write down starts by (sensor id, boot); numbers only grow. Each sensor keeps its newest STARTS_MAX."""
        if not changed:
            return
        table = schema.starts
        with writing(self._engine).begin() as connection:
            for (sensor_id, boot), start in changed.items():
                wanted = self._insert(table).values(
                    sensor_id=sensor_id,
                    boot=boot,
                    first_ms=start.first_ms,
                    signal_last=start.signal_last,
                    death_last=start.death_last,
                )
                grown = {
                    name: self._larger(table.c[name], wanted.excluded[name]) for name in ("signal_last", "death_last")
                }
                connection.execute(wanted.on_conflict_do_update(index_elements=["sensor_id", "boot"], set_=grown))
            for sensor_id in {sensor_id for sensor_id, _ in changed}:
                kept = (
                    select(table.c.boot)
                    .where(table.c.sensor_id == sensor_id)
                    .order_by(table.c.first_ms.desc())
                    .limit(STARTS_MAX)
                )
                connection.execute(delete(table).where(table.c.sensor_id == sensor_id, table.c.boot.not_in(kept)))
