"""What a stage has beside a shop's day, so that no page is empty: people, a sign, places, a campaign, a proposal."""

import json
from collections.abc import Sequence

import paho.mqtt.publish

from collector import clock, schema
from collector.configuration.editor import Editor
from collector.configuration.layers import Place, Scope
from collector.database import writing
from collector.folder import Collector
from collector.grouping.book import Book, Edit
from collector.notice.details import Notices
from collector.people import passwords
from collector.people.user import EVERYWHERE, Role
from collector.plans import geojson
from collector.plans.book import Plans
from collector.plans.plan import Spot
from collector.rollout import terms
from collector.rollout.book import Campaigns

from ..run.line import TENANT, Line

ACTOR = "cli:stage"
PASSWORD = "three blue lamps burn"  # noqa: S105 - of made-up people on a made-up collector
HERE = (52.5206, 13.4098)  # degrees; the sensors hang in a row from there
STEP_DEG = 0.00012
METRE_DEG, LON_SHORTER = 1 / 111_195, 0.6085  # of latitude; the cosine of it
SIGN = {"controller": "A shop", "contact": "at the till", "purposes": "opening hours", "retention": "13 months"}


def send_noise(line: Line, sensor: str) -> None:
    """A message that is none: the collector refuses it and keeps it for the operator to look at."""
    topic, plan = f"footfall/1/{TENANT}/{sensor}/batch", line.plan
    paho.mqtt.publish.single(topic, b"no batch of ours", qos=1, hostname=plan.broker_host, port=plan.broker_port)


def put_zones(collector: Collector, site: str, sensors: Sequence[str]) -> None:
    """Each sensor hears a zone of its own. Before anything is heard: what was heard earlier has no zone."""
    for sensor in sensors:
        collector.store.zones.put(TENANT, site, f"at {sensor}", (sensor,), ACTOR, clock.now_ms())


def put_plan(collector: Collector, site: str) -> None:
    """A drawing of a made-up shop, with every sensor on it."""
    engine, now_ms = collector.registry.engine, clock.now_ms()
    rooms = (("Sales floor", 0, 0, 24, 12), ("Till", 2, 8, 5, 3), ("Store room", 18, 7, 6, 5))
    features = [_room(name, *(side * METRE_DEG for side in sides)) for name, *sides in rooms]
    text = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    plans = Plans(engine)
    plans.put(TENANT, site, geojson.read(text), ACTOR, now_ms)
    names = sorted(sensor.name for sensor in collector.registry.sensors() if sensor.site == site)
    step = 100 / (len(names) + 1)
    plans.place(
        TENANT, site, {name: Spot(step * (at + 1), 60 - 15 * (at % 2)) for at, name in enumerate(names)}, ACTOR, now_ms
    )


def _room(name: str, east: float, north: float, wide: float, high: float) -> dict[str, object]:
    ends = ((0, 0), (wide, 0), (wide, high), (0, high), (0, 0))
    ring = [[HERE[1] + (east + x) / LON_SHORTER, HERE[0] + north + y] for x, y in ends]
    return {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def furnish(collector: Collector, site: str) -> None:
    """All the rest, straight into the registry."""
    engine, now_ms = collector.registry.engine, clock.now_ms()
    Notices(engine).put(TENANT, "", SIGN, ACTOR, now_ms)
    _people(collector, now_ms)
    put_plan(collector, site)
    names = sorted(sensor.name for sensor in collector.registry.sensors())
    east = ((HERE[0], round(HERE[1] + number * STEP_DEG, 6)) for number in range(len(names)))
    edits = [(name, Edit(add=frozenset({"indoors"}), position=spot)) for name, spot in zip(names, east, strict=True)]
    Book(engine).edit(edits, ACTOR, now_ms)
    some = terms.Terms(terms.stages("1,100%"), terms.Amount("1"))
    wider = (ACTOR, "fewer and larger batches")
    Campaigns(engine).begin_options(Place(Scope.SITE, TENANT, site), {"window_s": "60"}, some, wider, now_ms)
    editor, nobody_yet = Editor(collector.registry, ACTOR, clock.now_ms), Place(Scope.GROUP, TENANT, "stockroom")
    editor.set(nobody_yet, {"mode": "counts"})
    editor.set(nobody_yet, {"mode": "tokens"}, "which way people take there")  # waits for a second person


def _people(collector: Collector, now_ms: int) -> None:
    """One of each role who sees everything, all with PASSWORD; they are called as their role."""
    kept = passwords.hashed(PASSWORD)
    with writing(collector.registry.engine).begin() as connection:
        for role in Role:
            row = {"name": str(role), "role": str(role), "sites": EVERYWHERE.encoded(), "password_hash": kept}
            made = schema.users.insert().values(**row, made_ms=now_ms, disabled=False, must_change=False)
            connection.execute(made)
