"""Places: the sensors that claims speak of.

One is made when a claim names it, or when a unit shows a claim that names none.
"""

import os
import re
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from footfall_sensor.wire.envelope import check_sensor_name

from .. import schema
from ..errors import QueryError
from ..records import audit, roster
from ..records.audit import Event
from ..records.registry import Sensor, sensor_of
from ..records.standing import Standing
from .units import NO_KEY_ID

SLUG_CHARS_MAX = 24  # leaves room for a number in a sensor's 32
GONE = frozenset({Standing.REVOKED, Standing.REPLACED})


@dataclass(frozen=True, slots=True)
class Offer:
    """What a claim gives to the unit that shows it. sensor: "" = the collector names it after the site."""

    tenant: str
    site: str
    sensor: str = ""
    approve: bool = False  # by rule: nobody need approve the unit


def announce(connection: Connection, offer: Offer, actor: str, now_ms: int) -> None:
    """See to it that the sensor which a claim names can be had: it is new, or there at the same site.

    Raises QueryError, or Malformed for a name that none can have.
    """
    if not offer.sensor:
        return
    check_sensor_name(offer.sensor)
    sensor = _find(connection, offer.sensor)
    if sensor is None:
        _add(connection, offer, offer.sensor, actor, now_ms)
    elif (sensor.tenant, sensor.site) != (offer.tenant, offer.site):
        raise QueryError(f"{sensor.name} hangs at {sensor.tenant}/{sensor.site}; a claim for it is of that site")
    elif sensor.state in GONE:
        raise QueryError(f"{sensor.name} is {sensor.state} for good; claim another name")


def take(connection: Connection, offer: Offer, actor: str, now_ms: int) -> Sensor | None:
    """The sensor whose place a unit with this claim may have, or wait for; None where that was revoked meanwhile."""
    name = offer.sensor or _free_name(connection, offer.site)
    sensor = _find(connection, name) or _add(connection, offer, name, actor, now_ms)
    return None if sensor.state in GONE else sensor


def rename(connection: Connection, name: str, to: str, actor: str, now_ms: int) -> Sensor:
    """Give a place that no unit has had yet another name: the unit that waits learns it when it is approved.

    Raises QueryError, or Malformed for a name that none can have.
    """
    check_sensor_name(to)
    sensor = roster.find(connection, name)
    if name == to:
        return sensor
    if sensor.state is not Standing.PENDING:
        raise QueryError(f"{name} is {sensor.state}: only a unit that waits for its first place can get another name")
    if _find(connection, to) is not None:
        raise QueryError(f"there is a sensor '{to}' already; names are unique in a collector, choose another")
    layers = schema.layers
    named = (layers.c.scope == "sensor", layers.c.tenant == sensor.tenant, layers.c.name == name)
    behind = select(schema.mounts.c.sensor_id).where(schema.mounts.c.behind == name)
    for wanted, what in ((select(layers.c.id).where(*named), "options"), (behind, "sensors behind it")):
        if connection.execute(wanted.limit(1)).first() is not None:
            raise QueryError(f"{name} has {what} under that name already; approve it as it is")
    connection.execute(update(schema.sensors).where(schema.sensors.c.id == sensor.id).values(name=to))
    renamed = roster.find(connection, to)
    audit.append(connection, Event(actor, "rename", f"sensor {renamed.user}", f"was {name}"), now_ms)
    return renamed


def _find(connection: Connection, name: str) -> Sensor | None:
    row = connection.execute(select(schema.sensors).where(schema.sensors.c.name == name)).first()
    return None if row is None else sensor_of(row)


def _add(connection: Connection, offer: Offer, name: str, actor: str, now_ms: int) -> Sensor:
    says = "a claim was made for it"
    values = {
        "tenant": offer.tenant,
        "name": name,
        "site": offer.site,
        "key_id": NO_KEY_ID,
        "public_key": os.urandom(32),  # a key that nobody has; zeros would be one under which anybody can sign
        "state": Standing.NEW,
        "says": says,
        "group_name": "",
        "changed_ms": now_ms,
    }
    connection.execute(insert(schema.sensors).values(values))
    sensor = roster.find(connection, name)
    audit.append(connection, Event(actor, Standing.NEW, f"sensor {sensor.user}", says), now_ms)
    return sensor


def _free_name(connection: Connection, site: str) -> str:
    """The site's name and the first number that no sensor has."""
    slug = re.sub(r"[^a-z0-9]+", "-", site.lower())[:SLUG_CHARS_MAX].strip("-") or "sensor"
    taken = set(connection.execute(select(schema.sensors.c.name)).scalars())
    number = 1
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"
