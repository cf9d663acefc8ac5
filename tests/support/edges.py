"""Devices on the borders of a stay's rules, on the week's Saturday, each with what becomes of it by the definition.

The shop opens at 16:00 and closes at 03:00, after the clocks have gone back; its edges are of half an hour each way.
What a device becomes is written here by hand, from the definitions in metrics/judge.sql and metrics/stays.sql.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple

from week import CLOSES, DOOR, FRIDAY, OPENS, SATURDAY, SHELF, SPOOFED_FROM, SPOOFED_TO, STORE, THURSDAY, Seen, on

FIRST_TOKEN = 900_000
VISIT, PASSER, UNLINKED = "visit", "passer_by", "unlinked"
WEAK, STRAY, FIXED, STAFF, NEIGHBOUR, CLOSED, SILENT = (
    f"noise: {why}" for why in ("weak", "stray", "fixed", "staff", "neighbour", "closed", "no_signal")
)
GAP_MS, HALF_HOUR_MS = 900_000, 1_800_000
EARLY, EVENING = on(SATURDAY, OPENS), on(SATURDAY, "20:00")
LATE = on(SATURDAY, CLOSES)


class Edge(NamedTuple):
    """A device: what it is an edge of, when it was heard, what its stays become, and what was heard of it late."""

    says: str
    seen: tuple[Seen, ...]
    becomes: tuple[str, ...]
    late: tuple[Seen, ...] = ()
    token: int = 0


def inside(*heard: tuple[int, int], **more: object) -> tuple[Seen, ...]:
    """Heard from one instant to another, loud as inside; the token comes later."""
    return tuple(Seen(0, DOOR, first_ms, last_ms, **more) for first_ms, last_ms in heard)  # type: ignore[arg-type]


outside = partial(inside, rssi_dbm=-80)


def hourly(times: int, first_ms: int = EARLY + HALF_HOUR_MS, **more: object) -> tuple[Seen, ...]:
    """Once in each of so many hours that follow each other."""
    return inside(*((at_ms, at_ms) for at_ms in (first_ms + n * 2 * HALF_HOUR_MS for n in range(times))), **more)


def edges() -> Iterator[Edge]:
    """All of them, each with a token of its own."""
    for token, edge in enumerate(chain(levels(), silences(), hours(), openings(), classified()), start=FIRST_TOKEN):
        yield edge._replace(token=token)


def levels() -> Iterator[Edge]:
    """How loud, how long, how often."""
    minute = (EVENING, EVENING + 60_000)
    yield Edge("a minute inside", inside(minute), (VISIT,))
    yield Edge("a millisecond less", inside((EVENING, EVENING + 59_999)), (PASSER,))
    yield Edge("a minute at the inside level", inside(minute, rssi_dbm=-65), (VISIT,))
    yield Edge("a minute just below the inside level", inside(minute, rssi_dbm=-66), (PASSER,))
    yield Edge(
        "a minute nearby, and half of it inside", (*outside(minute), *inside((EVENING, EVENING + 30_000))), (PASSER,)
    )
    yield Edge("as loud as counts as seen", inside(minute, rssi_dbm=-90), (PASSER,))
    yield Edge("weaker than that", inside(minute, rssi_dbm=-91), (WEAK,))
    yield Edge("once weaker, once not", (*inside(minute, rssi_dbm=-91), *inside(minute, rssi_dbm=-90)), (PASSER,))
    yield Edge("no level is known", inside(minute, rssi_dbm=None), (SILENT,))
    one = {"frames": 1}
    yield Edge("one frame, hardly heard", inside((EVENING, EVENING), rssi_dbm=-86, **one), (STRAY,))
    yield Edge("one frame, heard well enough", inside((EVENING, EVENING), rssi_dbm=-85, **one), (PASSER,))
    yield Edge("two frames, hardly heard", inside((EVENING, EVENING), rssi_dbm=-86), (PASSER,))
    twice = (*inside((EVENING, EVENING), rssi_dbm=-86, **one), *inside((LATE - 7, LATE - 7), rssi_dbm=-86, **one))
    yield Edge("one frame, and hours later another one", twice, (PASSER, PASSER))
    yield Edge(
        "one frame of a changing address", inside((EVENING, EVENING), rssi_dbm=-86, randomised=True, **one), (UNLINKED,)
    )
    alone = inside(minute)
    yield Edge("the only one in the store room", tuple(one._replace(sensor=STORE) for one in alone), (VISIT,))
    again = inside((EVENING + 1_200_000,) * 2)
    yield Edge(
        "too weak, and nearby in the same hour", (*inside((EVENING, EVENING), rssi_dbm=-91), *again), (WEAK, PASSER)
    )
    joined = {"randomised": True, "associated": True}
    yield Edge("one frame of a station", inside((EVENING, EVENING), rssi_dbm=-86, **one, **joined), (PASSER,))
    yield Edge("a station whose address is random", inside(minute, **joined), (VISIT,))
    yield Edge("a changing address that lasts", inside(minute, randomised=True), (UNLINKED,))
    yield Edge("a changing address in six hours", hourly(6, randomised=True), (STAFF,) * 6)


def silences() -> Iterator[Edge]:
    """When a stay ends."""
    first, minute = (EVENING, EVENING + 60_000), 60_000
    silent = EVENING + minute + GAP_MS
    yield Edge("silent for the gap", inside(first, (silent, silent + minute)), (VISIT,))
    yield Edge("silent for longer", inside(first, (silent + 1, silent + 1 + minute)), (VISIT, VISIT))
    long = (EVENING, EVENING + 2 * GAP_MS)
    within = (EVENING + 5, EVENING + 5)
    after = (EVENING + 3 * GAP_MS, EVENING + 3 * GAP_MS)
    yield Edge("one sensor hears long, another little in between", inside(long, within, after), (VISIT,))
    yield Edge(
        "three stays",
        inside(first, (silent + 1, silent + 1), (silent + 2 + GAP_MS, silent + 2 + GAP_MS)),
        (VISIT, PASSER, PASSER),
    )
    yield Edge(
        "begins within the gap of its first signal",
        inside((EVENING, EVENING), (EVENING + GAP_MS, EVENING + GAP_MS)),
        (VISIT,),
    )
    yield Edge(
        "begins after it", inside((EVENING, EVENING), (EVENING + GAP_MS + 1, EVENING + GAP_MS + 1)), (PASSER, PASSER)
    )
    came = inside((silent + 1, silent + 1 + minute))
    yield Edge("what was missing came late", came, (VISIT,), inside(first, (EVENING + GAP_MS, EVENING + GAP_MS)))
    yield Edge("what came late does not reach it", came, (VISIT, VISIT), inside(first))
    yield Edge("what came late just reaches it", inside((silent, silent + minute)), (VISIT,), inside(first))
    yield Edge("late, and after it", inside(first), (VISIT,), inside((silent, silent + minute)))
    yield Edge("late, and too long after it", inside(first), (VISIT, VISIT), inside((silent + 1, silent + 1 + minute)))
    yield Edge(
        "two closed ones, one is touched",
        inside(first, (LATE - 9, LATE - 9)),
        (VISIT, PASSER),
        inside((silent, silent)),
    )
    loud, faint = (EVENING + 14 * minute,) * 2, (EVENING + 16 * minute,) * 2
    pieces = (*inside(loud, model_class=9), *inside(faint, rssi_dbm=-70, model_class=3))
    yield Edge("of two pieces, and another stay", (*pieces, *inside((LATE - 9, LATE - 9))), (PASSER, PASSER))
    yield Edge("of two kinds in one piece", (*inside(loud), *inside(loud, model_class=4)), (PASSER,))
    # The last of the day is heard at half past three. What ended 25 minutes before may still grow.
    yield Edge("not yet over", outside((LATE + 8 * minute,) * 2), (CLOSED,))
    yield Edge("just not over", outside((LATE + 5 * minute,) * 2), (CLOSED,))
    turn = on(SATURDAY, "21:00")
    yield Edge("from one turn of the fold to the next", inside((turn - minute, turn - minute), (turn, turn)), (VISIT,))
    yield Edge("silent for the gap between two turns", inside((turn - GAP_MS, turn - GAP_MS), (turn, turn)), (VISIT,))
    yield Edge(
        "silent for longer between them", inside((turn - GAP_MS - 1, turn - GAP_MS - 1), (turn, turn)), (PASSER, PASSER)
    )


def hours() -> Iterator[Edge]:
    """In how many hours."""
    yield Edge("in ten hours", hourly(10), (FIXED,) * 10)
    yield Edge("in nine", hourly(9), (STAFF,) * 9)
    yield Edge("in six", hourly(6), (STAFF,) * 6)
    yield Edge("in six, just as loud as inside", hourly(6, rssi_dbm=-65), (STAFF,) * 6)
    yield Edge("in five", hourly(5), (PASSER,) * 5)
    yield Edge("in six, and never inside", hourly(6, rssi_dbm=-66), (NEIGHBOUR,) * 6)
    yield Edge("in five, and never inside", hourly(5, rssi_dbm=-66), (PASSER,) * 5)
    yield Edge("in six, and inside in one", (*hourly(5, rssi_dbm=-66), *hourly(6)[5:]), (STAFF,) * 6)
    before = EARLY - 9 * HALF_HOUR_MS
    yield Edge("in three hours while closed", hourly(3, before), (FIXED,) * 3)
    yield Edge("in two", hourly(2, before), (CLOSED,) * 2)
    yield Edge(
        "in two, and later as a visitor",
        (*hourly(2, before), *inside((EVENING, EVENING + 60_000))),
        (CLOSED, CLOSED, VISIT),
    )
    hour = on(SATURDAY, "18:00")
    yield Edge("before the turn of an hour and after it", inside(*((at, at) for at in (hour - 1, hour))), (PASSER,))
    split = [hour + n * 2 * HALF_HOUR_MS for n in range(4)]
    pairs = inside(
        *((at_ms - 1, at_ms - 1) for at_ms in split), (split[-1], split[-1]), (split[-1] + 2 * HALF_HOUR_MS,) * 2
    )
    yield Edge("in six hours by a millisecond", pairs, (STAFF,) * 5)


def openings() -> Iterator[Edge]:
    """Open and closed, and who is there when the shop opens and closes."""
    yield Edge("ends as it opens", outside((EARLY - 9, EARLY)), (PASSER,))
    yield Edge("ends before", outside((EARLY - 9, EARLY - 1)), (CLOSED,))
    yield Edge("begins before it closes", outside((LATE - 1, LATE + 9)), (PASSER,))
    yield Edge("begins as it closes", outside((LATE, LATE + 9)), (CLOSED,))
    opening, closing = (EARLY - 60_000, EARLY + 60_000), (LATE - 60_000, LATE + 60_000)
    yield Edge("at opening and at closing", inside(opening, closing), (STAFF, STAFF))
    yield Edge("at opening alone", inside(opening), (VISIT,))
    yield Edge("at closing alone", inside(closing), (VISIT,))
    yield Edge("nearby at opening, inside at closing", (*outside(opening), *inside(closing)), (PASSER, VISIT))
    edge = EARLY + HALF_HOUR_MS
    yield Edge("inside at the last moment of opening", inside((edge - 1, edge + 60_000), closing), (STAFF, STAFF))
    yield Edge("inside a moment after", inside((edge, edge + 60_000), closing), (VISIT, VISIT))
    edge = EARLY - HALF_HOUR_MS
    yield Edge("gone at the first moment of opening", inside((edge - 60_000, edge), closing), (STAFF, STAFF))
    yield Edge("gone a moment before", inside((edge - 60_000, edge - 1), closing), (CLOSED, VISIT))
    edge = LATE + HALF_HOUR_MS
    yield Edge("inside at the last moment of closing", inside(opening, (edge - 1, edge - 1)), (STAFF, STAFF))
    yield Edge("inside a moment after closing", inside(opening, (edge, edge)), (VISIT, CLOSED))
    edge = LATE - HALF_HOUR_MS
    yield Edge("gone at the first moment of closing", inside(opening, (edge - 60_000, edge)), (STAFF, STAFF))
    yield Edge("gone a moment before closing", inside(opening, (edge - 60_001, edge - 1)), (VISIT, VISIT))
    days = [(on(day, OPENS, -60_000), on(day, OPENS, 60_000)) for day in (THURSDAY, FRIDAY, SATURDAY)]
    yield Edge("at opening on all three days", inside(*days), (STAFF,) * 3)
    yield Edge("at opening on two of three days", inside(*days[:2], (EVENING, EVENING + 60_000)), (VISIT,) * 3)
    days = [(on(day, CLOSES, -60_000), on(day, CLOSES, 60_000)) for day in (THURSDAY, FRIDAY, SATURDAY)]
    yield Edge("at closing on all three days", inside(*days), (STAFF,) * 3)
    spoofed = [(on(SATURDAY, SPOOFED_FROM),) * 2, (on(SATURDAY, SPOOFED_TO, -1),) * 2]
    yield Edge("at the door while its air is spoofed", inside(*spoofed), ())
    yield Edge("just before, and as it ends", inside((spoofed[0][0] - 1,) * 2, (spoofed[1][0] + 1,) * 2), (VISIT,))
    yield Edge("at the shelf meanwhile", tuple(one._replace(sensor=SHELF) for one in inside(*spoofed)), (VISIT,))


def classified() -> Iterator[Edge]:
    """On the borders of the kiosk's classifier (week.CLASSIFIER)."""
    for inside_ms, becomes in ((120_450, PASSER), (120_550, VISIT)):
        heard = ((EVENING, EVENING), (EVENING + inside_ms,) * 2)
        yield Edge(f"loud for {inside_ms} ms", kiosk(inside(*heard)), (becomes,))
    # Three looks: 0.1 (ln(1 + inside) + ln(1 + nearby)) + 0.3 * 3 - 2.05 is 0 at 313.19 s.
    for inside_ms, becomes in ((313_140, PASSER), (313_240, VISIT)):
        yield Edge(f"not loud for {inside_ms} ms", kiosk(inside(*thrice(inside_ms), rssi_dbm=-60)), (becomes,))
    yield Edge("at the level where two boxes meet", kiosk(inside(*thrice(313_240), rssi_dbm=-59)), (VISIT,))
    four = [(EVENING + n * 60_000,) * 2 for n in range(4)]
    yield Edge("four looks, just loud enough", kiosk(inside(*four, rssi_dbm=-64)), (VISIT,))
    yield Edge("four looks, not loud enough", kiosk(inside(*four, rssi_dbm=-65)), (PASSER,))
    quiet = kiosk(inside((EVENING, EVENING + 500_000), rssi_dbm=-66))
    yield Edge("long, and never inside", quiet, (PASSER,))


def thrice(lasts_ms: int) -> list[tuple[int, int]]:
    """At the begin, in the middle and at the end."""
    return [(EVENING + lasts_ms * n // 2,) * 2 for n in range(3)]


def kiosk(seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """The same at the kiosk."""
    return tuple(one._replace(sensor="kiosk-1") for one in seen)


def seen() -> list[Seen]:
    """What was heard of them all in time."""
    return [one._replace(token=edge.token) for edge in edges() for one in edge.seen]


def late() -> list[Seen]:
    """What came of them when the day was folded already."""
    return [one._replace(token=edge.token) for edge in edges() for one in edge.late]
