"""Pushes and commands in the registry database."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from footfall_sensor.wire.image import ImageOffer
from footfall_sensor.wire.release import Offer
from footfall_sensor.wire.settings import COMMAND_ID_BYTES, COMMAND_LIFE_MS, Verb

from .. import schema
from ..database import inserting, writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event
from ..records.registry import Sensor
from ..rollout import images, packages
from .push import Push, PushState

WAITING, SENT, EXPIRED = "waiting", "sent", "expired"
_PUSH_NAMES = tuple(field.name for field in fields(Push))
FOR_PEOPLE = tuple(verb for verb in Verb if verb not in (Verb.KEEP, Verb.UPGRADE))


@dataclass(frozen=True, slots=True)
class Order:
    """A command for one sensor, and what became of it."""

    id: bytes
    sensor_id: int
    verb: str
    actor: str
    made_ms: int
    state: str = WAITING
    says: str = ""
    offers: tuple[Offer, Offer] | None = None  # of an upgrade: the release to install, and the one to go back to
    image: ImageOffer | None = None  # or the image to write


_ORDER_NAMES = tuple(field.name for field in fields(Order) if field.name not in ("offers", "image"))


class Outbox:
    """What is to be sent, and what was said of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = inserting(engine)

    def pushes(self) -> dict[int, Push]:
        """All pushes, by sensor."""
        with self._engine.begin() as connection:
            return read_pushes(connection)

    def retried(self) -> dict[int, int]:
        """When somebody wanted a push tried again, where no version was made since."""
        table = schema.pushes
        wanted = select(table.c.sensor_id, table.c.retry_ms).where(table.c.retry_ms > table.c.made_ms)
        with self._engine.begin() as connection:
            return {row.sensor_id: row.retry_ms for row in connection.execute(wanted)}

    def save(self, pushes: Iterable[Push], orders: Iterable[Order] = ()) -> None:
        """Keep these as they are now; `retry_ms` is another's to write."""
        statement = self._insert(schema.pushes)
        change = {name: statement.excluded[name] for name in _PUSH_NAMES if name not in ("sensor_id", "retry_ms")}
        rows = [{name: getattr(push, name) for name in _PUSH_NAMES} for push in pushes]
        with writing(self._engine).begin() as connection:
            if rows:
                connection.execute(statement.on_conflict_do_update(index_elements=["sensor_id"], set_=change), rows)
            for order in orders:
                change = {"state": order.state, "says": order.says}
                connection.execute(update(schema.commands).where(schema.commands.c.id == order.id).values(change))

    def retry(self, sensors: Iterable[Sensor], actor: str, why: str, now_ms: int) -> None:
        """Let these sensors be sent their configuration again, as a new version."""
        table = schema.pushes
        with writing(self._engine).begin() as connection:
            for sensor in sensors:
                changed = connection.execute(
                    update(table).where(table.c.sensor_id == sensor.id, table.c.version > 0).values(retry_ms=now_ms)
                )
                if not changed.rowcount:
                    raise QueryError(f"{sensor.name} was never sent a configuration; there is nothing to try again")
                audit.append(connection, Event(actor, "push again", f"sensor {sensor.user}", why), now_ms)

    def order(self, sensor: Sensor, verb: str, actor: str, now_ms: int) -> Order:
        """Leave a command for a sensor, with its audit row."""
        return self.order_all([sensor], verb, actor, now_ms)[0]

    def order_all(self, sensors: Iterable[Sensor], verb: str, actor: str, now_ms: int) -> list[Order]:
        """The same for several, all or none."""
        made = []
        with writing(self._engine).begin() as connection:
            for sensor in sensors:
                made.append(Order(os.urandom(COMMAND_ID_BYTES), sensor.id, verb, actor, now_ms))
                write_order(connection, made[-1])
                audit.append(connection, Event(actor, verb, f"sensor {sensor.user}"), now_ms)
        return made

    def orders(self, now_ms: int) -> list[Order]:
        """Commands that wait or are under way; those whose time is over are closed here."""
        table = schema.commands
        with self._engine.begin() as connection:
            found = [
                Order(**row._mapping)
                for row in connection.execute(select(table).where(table.c.state.in_((WAITING, SENT))))
            ]
            if any(order.verb == Verb.UPGRADE for order in found):
                offers, whole = packages.read_offers(connection), images.read_offers(connection)
                found = [
                    replace(one, offers=offers.get(one.sensor_id), image=whole.get(one.sensor_id)) for one in found
                ]
        over = [order for order in found if order.made_ms < now_ms - COMMAND_LIFE_MS]
        if over:
            with writing(self._engine).begin() as connection:
                _expire(connection, now_ms)
        return [order for order in found if order not in over]

    def find(self, command: bytes) -> Order | None:
        """A command by its id, also one whose time is over."""
        with self._engine.begin() as connection:
            row = connection.execute(select(schema.commands).where(schema.commands.c.id == command)).first()
        return Order(**row._mapping) if row else None

    def last_orders(self, limit: int = 20) -> list[Order]:
        """The newest commands."""
        wanted = select(schema.commands).order_by(schema.commands.c.made_ms.desc()).limit(limit)
        with self._engine.begin() as connection:
            return [Order(**row._mapping) for row in connection.execute(wanted)]


def write_order(connection: Connection, order: Order) -> None:
    """Leave a command, within a transaction that writes."""
    row = {name: getattr(order, name) for name in _ORDER_NAMES}
    connection.execute(insert(schema.commands).values(row))


def read_pushes(connection: Connection) -> dict[int, Push]:
    """All pushes by sensor, as a transaction sees them."""
    return {row.sensor_id: _push(row) for row in connection.execute(select(schema.pushes))}


def _expire(connection: Connection, now_ms: int) -> None:
    table = schema.commands
    late = (table.c.state.in_((WAITING, SENT)), table.c.made_ms < now_ms - COMMAND_LIFE_MS)
    says = "no answer within five minutes: is the sensor connected?"
    connection.execute(update(table).where(*late).values(state=EXPIRED, says=says))


def _push(row: Any) -> Push:
    return Push(**{**row._mapping, "state": PushState(row.state)})
