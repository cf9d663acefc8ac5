"""Six days with everything in them: the world that tells the metrics' rules apart. SIMULATED.

On Wednesday tokens have gone. Thursday to Saturday are one epoch, Sunday begins the next, and so does a Wednesday a
week later; in the night to Sunday the clocks go back, and the shop is open then. `shop` has six sensors in five zones
and opens late; `kiosk` never closes, has a classifier of its own and lies in another time zone; `bar` is too small for
any number. edges.py has the devices that lie on the borders of a rule, each with what becomes of it.

Sightings and windows are put into the store as tables: sealed messages are other tests' matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from shop import INSIDE_DBM, SITE, STREET_DBM, TENANT, SmallShop

from collector import calendar
from collector.admission.flags import SPOOFED, flag
from collector.classifying.model import BOUND, Classifier, Leaf
from collector.housekeeping import retention
from collector.records.registry import Site, Tenant
from collector.reporting.sales import Transactions
from collector.stays import fold
from collector.storage.store import SIGHTINGS, WINDOWS
from collector.storage.tables import SIGHTINGS as SIGHTING
from collector.storage.tables import WINDOWS as WINDOW

ZONE, ELSEWHERE = "Europe/Berlin", "Europe/Lisbon"
WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY, WEEK_AFTER = DAYS = tuple(
    f"2026-10-{day}" for day in (*range(21, 26), 28)
)
EPOCHS = dict(zip(DAYS, (1, 2, 2, 2, 3, 4), strict=True))  # what tokens of a day begin with
OPENS, CLOSES = "16:00", "03:00"
KIOSK, BAR, DEPOT = "kiosk", "bar", "depot"  # nobody listens at the depot
DOOR, SHELF, TILL, OTHER_TILL, BENCH, STORE = "door", "shelf", "till", "till-2", "bench", "store"
ZONES = {DOOR: (DOOR,), SHELF: (SHELF,), TILL: (TILL, OTHER_TILL), BENCH: (BENCH,), STORE: (STORE,)}
SENSORS = {sensor: SITE for sensors in ZONES.values() for sensor in sensors} | {"kiosk-1": KIOSK, "bar-1": BAR}
SPOOFED_FROM, SPOOFED_TO = "19:00:30", "19:10:30"  # at the door, on Saturday
WINDOW_MS = 60_000
MINUTE_MS = 60_000

# How many came to the shop a day; how many of them a second and a third time; and how many are those of the day before.
CAME = {WEDNESDAY: 40, THURSDAY: 45, FRIDAY: 38, SATURDAY: 50, SUNDAY: 30, WEEK_AFTER: 12}
AGAIN = {
    WEDNESDAY: (12, 10),
    THURSDAY: (8, 3),
    FRIDAY: (14, 4),
    SATURDAY: (25, 11),
    SUNDAY: (10, 3),
    WEEK_AFTER: (0, 0),
}
PASSED = {WEDNESDAY: 21, THURSDAY: 9, FRIDAY: 30, SATURDAY: 40, SUNDAY: 17, WEEK_AFTER: 3}
# How long they stayed (ms): on the borders of visits, bounces, engagement and the histogram's bins, and between.
LENGTHS_MS = (
    60_000,
    299_999,
    300_000,
    600_000,
    1_199_999,
    1_200_000,
    1_799_500,
    1_800_000,
    3_599_999,
    3_600_000,
    4_321_000,
    95_500,
)
WAYS = (
    *(
        (DOOR,),
        (DOOR, SHELF),
        (DOOR, SHELF, TILL),
        (OTHER_TILL, DOOR),
        (SHELF, DOOR, SHELF),
        (DOOR, SHELF, TILL, BENCH),
    ),
    *((BENCH, OTHER_TILL, SHELF, DOOR), (DOOR, TILL), (SHELF, BENCH), (BENCH, SHELF), (DOOR, BENCH), (BENCH, DOOR)),
)

# The kiosk's, over (ln(1 + s inside), ln(1 + s nearby), looks, dBm): two minutes inside, and then louder than -59 dBm,
# or at least -64 dBm in more than three looks, or what a line says of fewer.
CLASSIFIER = Classifier(
    "tree",
    (
        Leaf((4.8, -BOUND, -BOUND, -59.0), (BOUND,) * 4, (0.0,) * 4, 1.0),
        Leaf((4.8, -BOUND, 3.0, -BOUND), (BOUND, BOUND, BOUND, -59.0), (0.0, 0.0, 0.0, 1.0), 64.0),
        Leaf((4.8, -BOUND, -BOUND, -BOUND), (BOUND, BOUND, 3.0, -59.0), (0.1, 0.1, 0.3, 0.0), -2.05),
        Leaf((-BOUND,) * 4, (4.8, BOUND, BOUND, BOUND), (0.0,) * 4, -1.0),
    ),
)


class Seen(NamedTuple):
    """A device, heard once by a sensor: from first_ms to last_ms (UTC)."""

    token: int
    sensor: str
    first_ms: int
    last_ms: int
    rssi_dbm: int | None = INSIDE_DBM
    randomised: bool = False
    associated: bool = False
    frames: int = 2
    model_class: int = 7


def on(day: str, clock: str, ms: int = 0, *, again: bool = False) -> int:
    """An instant (UTC ms) of a business day by the shop's clock; again: of an hour that comes twice."""
    turned = date.fromisoformat(day) + timedelta(days=clock < "04:00")
    local = datetime.fromisoformat(f"{turned}T{clock}").replace(tzinfo=calendar.zone(ZONE), fold=again)
    return int(local.timestamp() * 1000) + ms


def stay(token: int, start_ms: int, end_ms: int, sensors: Sequence[str] = (DOOR,), **more: object) -> Iterator[Seen]:
    """A device from start_ms to end_ms, heard every four minutes at most, by these sensors one after the other."""
    steps = max(2, len(sensors) * 2, -((start_ms - end_ms) // (4 * MINUTE_MS)) + 1)
    for step in range(steps):
        at_ms = start_ms + (end_ms - start_ms) * step // (steps - 1)
        sensor = sensors[step * len(sensors) // steps]
        yield Seen(token, sensor, at_ms, at_ms, **more)  # type: ignore[arg-type]


def visitors(day: str) -> Iterator[Seen]:
    """The shop's visitors of a day. Of Thursday to Saturday the first of a day were there the day before as well."""
    epoch = EPOCHS[day] * 10_000
    second, third = AGAIN[day]
    opens_ms = on(day, OPENS)
    for n in range(CAME[day]):
        token = epoch + n + (100 * DAYS.index(day) if n >= 20 else 0)
        start_ms = opens_ms + (n * 37 % (110 if n % 3 else 400)) * MINUTE_MS + n * 1013
        lasts_ms = LENGTHS_MS[n % len(LENGTHS_MS)]
        kind = {"randomised": n % 6 == 0, "associated": n % 6 == 0}
        yield from heard(stay(token, start_ms, start_ms + lasts_ms, WAYS[n % len(WAYS)], **kind))
        for times in range((n < second) + (n < third)):
            start_ms += lasts_ms + (16 + 3 * n) * MINUTE_MS
            lasts_ms = (times + 2) * MINUTE_MS
            yield from heard(stay(token, start_ms, start_ms + lasts_ms, WAYS[(n + 1) % len(WAYS)], **kind))


def heard(seen: Iterable[Seen]) -> Iterator[Seen]:
    """What one sensor hears, and what the next one hears of it: 1 to 9 dB less, now and then nothing."""
    for step, one in enumerate(seen):
        yield one
        if (one.token + step) % 4 and one.rssi_dbm is not None:
            beside = SHELF if one.sensor == DOOR else DOOR
            less_db = 1 + (one.token + 2 * step) % 9
            yield one._replace(sensor=beside, rssi_dbm=one.rssi_dbm - less_db)


def others(day: str) -> Iterator[Seen]:
    """Passers-by, phones whose address changes, and what is too weak."""
    opens_ms, first = on(day, OPENS), 100_000 * (1 + DAYS.index(day))
    for n in range(PASSED[day]):
        start_ms = opens_ms + (n * 17 % 600) * MINUTE_MS
        inside = n % 5 == 4  # for half a minute
        rssi_dbm = INSIDE_DBM if inside else STREET_DBM
        yield from stay(first + n, start_ms, start_ms + 30_000 + n * 7, rssi_dbm=rssi_dbm)
    for n in range(120):
        at_ms = opens_ms + (n // 2 * 11 % 660) * MINUTE_MS + n % 2 * (400, 1000, 1001)[n % 3]
        rssi_dbm = INSIDE_DBM if n % 3 else STREET_DBM
        yield Seen(first + 1000 + n, DOOR, at_ms, at_ms, rssi_dbm, randomised=True, model_class=n // 4 % 3)
    yield from (Seen(first + 2000 + n, DOOR, opens_ms + n, opens_ms + n, -95) for n in range(11))


def neighbours(day: str) -> Iterator[Seen]:
    """The kiosk's visitors: most of them the shop's, before and after; and four at the bar."""
    epoch = EPOCHS[day] * 10_000
    for n in range(24):
        token = epoch + n if n % 4 else epoch + 5000 + n
        start_ms = on(day, "14:00" if n % 4 == 1 else "23:00") + (n - 4) * 90_000
        joined = {"randomised": n % 3 > 0, "associated": n % 3 > 0}
        loud_dbm = INSIDE_DBM - n % 3 * 5
        yield from stay(token, start_ms, start_ms + (3 + n) * MINUTE_MS, ["kiosk-1"], rssi_dbm=loud_dbm, **joined)
    again = {"randomised": True, "associated": True}
    yield from stay(epoch + 5000, on(day, "23:30"), on(day, "23:40"), ["kiosk-1"], **again)
    yield from stay(epoch + 6000, on(day, "03:20"), on(day, "03:30"), ["kiosk-1"])  # when the shop has closed
    for n in range(4):
        joined = {"randomised": n == 0, "associated": n == 0}
        yield from stay(epoch + 3 * n, on(day, "15:00"), on(day, "15:09"), ["bar-1"], **joined)
    if day == THURSDAY:  # and many phones that change addresses
        at_ms = on(day, "15:00")
        yield from (
            Seen(epoch + 7000 + n, "bar-1", at_ms + 2000 * n, at_ms + 2000 * n, randomised=True) for n in range(15)
        )


def listened(day: str) -> "pa.Table":
    """Windows of a day. The shop's sensors sleep in the morning, all but one; on Friday they are deaf for an hour."""
    rows = []
    for place, (sensor, site) in enumerate(SENSORS.items()):
        if sensor == STORE or (sensor == OTHER_TILL and day < FRIDAY):
            continue
        begins = on(day, "06:00" if sensor == DOOR else "13:00" if site != SITE else "15:00") - 30_000 * (day != SUNDAY)
        starts = np.arange(begins, calendar.day_named(day, ZONE, 4).end_ms - 30_000, WINDOW_MS)
        if day == FRIDAY and site == SITE:
            starts = starts[(starts < on(day, "20:00")) | (starts >= on(day, "21:00"))]
        if day == SATURDAY and sensor == SHELF:
            starts = starts[starts < on(day, "22:00")]
        length_ms = WINDOW_MS + 1000 * (sensor == BENCH and day == SUNDAY)  # a restart: windows overlap
        rows += [
            [site, sensor, start_ms, length_ms, 1, 9 + place, 8, place % 2, place // 2, place // 3, 0]
            for start_ms in starts.tolist()
        ]
    return pa.table(
        [pa.array(column, kind.type) for column, kind in zip(zip(*rows, strict=True), WINDOW, strict=True)],
        schema=WINDOW,
    )


def table(seen: Sequence[Seen]) -> "pa.Table":
    """Sightings as they are stored."""
    names = (
        "token",
        "sensor",
        "first_ms",
        "last_ms",
        "rssi_max_dbm",
        "randomised",
        "associated",
        "frames",
        "model_class",
    )
    columns: dict[str, Sequence[object]] = dict(zip(names, zip(*seen, strict=True), strict=True))
    columns |= {"site": [SENSORS[one.sensor] for one in seen], "rssi_mean_dbm": columns["rssi_max_dbm"]}
    columns |= {"bursts": [1] * len(seen), "freq_mhz": [2412] * len(seen), "directed": [False] * len(seen)}
    return pa.table([pa.array(columns[kind.name], kind.type) for kind in SIGHTING], schema=SIGHTING)


def premises(folder: Path) -> SmallShop:
    """The sites, their sensors and zones; nothing heard yet."""
    tenant = Tenant(TENANT, ZONE, epoch_days=3, epoch_reason="test")
    shop = SmallShop(folder, site=Site(TENANT, SITE, ZONE, opens=OPENS, closes=CLOSES), tenant=tenant)
    registry, store = shop.collector.registry, shop.collector.store
    store.know([tenant])
    registry.put_site(Site(TENANT, KIOSK, ELSEWHERE, classifier=CLASSIFIER.to_json()))
    registry.put_site(Site(TENANT, BAR, ZONE))
    for sensor, site in SENSORS.items():
        shop.sensor(sensor, site)
    registry.put_site(Site(TENANT, DEPOT, ZONE))
    for zone, sensors in ZONES.items():
        store.zones.put(TENANT, SITE, zone, sensors, "test", 0)
    door = next(one for one in registry.sensors((TENANT, SITE)) if one.name == DOOR)
    store.flags.put([flag(door.id, (on(SATURDAY, SPOOFED_FROM), on(SATURDAY, SPOOFED_TO)), SPOOFED)])
    clocks = (OPENS, "18:30", "00:00", CLOSES, "15:30", "17:30", "01:30")
    sold = {on(day, clock): 10 + n for day in DAYS for n, clock in enumerate(clocks)}
    Transactions(registry.engine).put(registry.site(TENANT, SITE), sold, "test", 0)
    return shop


def put(shop: SmallShop, day: str, seen: Sequence[Seen]) -> None:
    """Sightings into the store, and folded."""
    store, registry = shop.collector.store, shop.collector.registry
    store.swap([], [store.write(SIGHTINGS, TENANT, day, day, table(seen))], None, 0)
    fold.refresh(store, registry.tenant(TENANT), registry.sites(TENANT), 0)


def week(folder: Path, edges: Sequence[Seen], late: Sequence[Seen]) -> SmallShop:
    """The days, folded, with these devices as well. late: what comes of Saturday at last."""
    shop = premises(folder)
    store, registry = shop.collector.store, shop.collector.registry
    for day in DAYS:
        store.swap([], [store.write(WINDOWS, TENANT, day, day, listened(day))], None, 0)
        if day == SATURDAY:
            saturday(shop, edges, late)
        else:
            put(shop, day, crowd(day, edges))
        if day == WEDNESDAY:
            retention.end_day(store, registry.tenant(TENANT), registry.sites(TENANT), day, 0)
            came_late = [
                Seen(one, DOOR, on(day, "17:00") + one, on(day, "17:09"), (INSIDE_DBM, STREET_DBM)[one % 2])
                for one in range(1, 6)
            ]
            put(shop, day, came_late)
            retention.end_day(store, registry.tenant(TENANT), registry.sites(TENANT), day, 0)
    return shop


def saturday(shop: SmallShop, edges: Sequence[Seen], late: Sequence[Seen]) -> None:
    """Saturday in three turns of the fold."""
    everybody, at_ms = crowd(SATURDAY, edges), on(SATURDAY, "21:00")
    put(shop, SATURDAY, [one for one in everybody if one.first_ms < at_ms])
    put(shop, SATURDAY, [one for one in everybody if one.first_ms >= at_ms])
    put(shop, SATURDAY, late)


def crowd(day: str, edges: Sequence[Seen]) -> list[Seen]:
    """Everybody of a day."""
    theirs = [one for one in edges if calendar.day_of(one.first_ms, ZONE, 4).name == day]
    return [*visitors(day), *others(day), *neighbours(day), *theirs]
