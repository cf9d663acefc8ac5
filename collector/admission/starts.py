"""The starts of sensors in the registry database: numbers that came, shared by all collectors, kept over restarts."""

from collections.abc import Mapping

from sqlalchemy import BindParameter, Engine, Row, bindparam, delete, func, select

from .. import schema
from ..database import inserting, writing
from .clones import STARTS_MAX, Start


class Starts:
    """The table `starts`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = inserting(engine)
        self._larger = func.max if engine.dialect.name == "sqlite" else func.greatest

    def all(self) -> dict[int, dict[int, Start]]:
        """Every sensor's starts, as `of` tells them, by sensor."""
        table = schema.starts
        found: dict[int, dict[int, Start]] = {}
        with self._engine.begin() as connection:
            for row in connection.execute(select(table).order_by(table.c.first_ms)):
                found.setdefault(row.sensor_id, {})[row.boot] = _start(row)
        return found

    def of(self, sensor_id: int) -> dict[int, Start]:
        """A sensor's starts by boot, oldest first."""
        table = schema.starts
        wanted = select(table).where(table.c.sensor_id == sensor_id).order_by(table.c.first_ms)
        with self._engine.begin() as connection:
            return {row.boot: _start(row) for row in connection.execute(wanted)}

    def save(self, changed: Mapping[tuple[int, int], Start]) -> None:
        """Write down starts by (sensor id, boot); numbers only grow. Each sensor keeps its newest STARTS_MAX."""
        if not changed:
            return
        table = schema.starts
        wanted = self._insert(table)
        grown = {name: self._larger(table.c[name], wanted.excluded[name]) for name in ("signal_last", "death_last")}
        # Statements of many rows: to build one for each costs more than the rest, and all sensors may start at once.
        written = wanted.on_conflict_do_update(index_elements=["sensor_id", "boot"], set_=grown)
        whose: BindParameter[int] = bindparam("whose")
        kept = (
            select(table.c.boot).where(table.c.sensor_id == whose).order_by(table.c.first_ms.desc()).limit(STARTS_MAX)
        )
        ended = delete(table).where(table.c.sensor_id == whose, table.c.boot.not_in(kept))
        with writing(self._engine).begin() as connection:
            connection.execute(
                written,
                [
                    {
                        "sensor_id": sensor_id,
                        "boot": boot,
                        "first_ms": start.first_ms,
                        "signal_last": start.signal_last,
                        "death_last": start.death_last,
                    }
                    for (sensor_id, boot), start in changed.items()
                ],
            )
            connection.execute(ended, [{"whose": sensor_id} for sensor_id in {sensor_id for sensor_id, _ in changed}])


def _start(row: "Row[tuple[object, ...]]") -> Start:
    return Start(row.first_ms, row.signal_last, row.death_last)
