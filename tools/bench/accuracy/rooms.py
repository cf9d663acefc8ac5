"""Rooms with known truth: every ten minutes of a recording with its people, its signs and its plain counts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from collector.counting import basis, levelling, people, rates, signs
from collector.counting.rates import Counted, Rates
from collector.counting.signs import BELOW_INSIDE_DB, STEP_MS, Signs
from collector.records.registry import Site
from footfall_sensor.errors import CaptureError
from tools.errors import ToolError

from . import heard, occupancy
from .occupancy import Recording

LEVEL_DBM = Site("default", "room").inside_dbm - BELOW_INSIDE_DB
LINE_LEVEL_DBM = -65
COUNT_LEVELS_DBM = (-127, -80, -75, -70, -65, -60)  # of the plain counts; the first is: all that is heard
COUNTS_SQL = """
SELECT
    start_ms, level_dbm, count(DISTINCT token) AS addresses, count(DISTINCT model_class) AS classes,
    sum(bursts) AS bursts, count(DISTINCT token) FILTER (NOT randomised) AS lasting
FROM (SELECT *, first_ms - first_ms % 600000 AS start_ms FROM sightings) AS s
JOIN levels AS l ON s.rssi_max_dbm >= l.level_dbm
GROUP BY start_ms, level_dbm
"""
COUNTS = ("addresses", "classes", "bursts", "lasting")

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Room:
    """One recording in steps of ten minutes.

    signs reaches over all of the recording; truth and counts have a row for each step that is labelled from beginning
    to end, which are signs[labelled].
    """

    recording: Recording
    signs: Signs
    labelled: slice
    truth: Floats
    counts: Floats  # shape (labelled steps, levels x COUNTS): plain counts at each level

    @property
    def day(self) -> int:
        """Number of its day, as date.toordinal."""
        return rates.numbered(self.recording.date)


def read(recordings: Sequence[Recording], tick: Callable[[], object], note: Callable[[str], object]) -> list[Room]:
    """The rooms of these recordings. Those without one labelled step are left out, and so are those that cannot be
    read; note is told of each of the latter.
    """
    rooms = []
    for recording in recordings:
        try:
            room = _room(recording)
        except (CaptureError, ToolError) as exc:
            note(f"{recording.date} is left out: {exc}")
            room = None
        tick()
        if room is not None:
            rooms.append(room)
    return rooms


def _room(recording: Recording) -> Room | None:
    recorded = heard.recorded(recording.capture)
    truth = occupancy.labels(recording, recorded.frame_ms)
    steps = truth.steps()
    if not len(steps):
        return None
    first, last = int(recorded.frame_ms.min()), int(recorded.frame_ms.max())
    with duckdb.connect() as connection:
        connection.register("sightings", recorded.sightings)
        rows = signs.make(connection, [LEVEL_DBM])
        counts = _counts(connection, steps)
    of_all = signs.spread(rows, LEVEL_DBM, _always(first, last), first, last + 1)
    begin = int(np.searchsorted(of_all.start_ms, steps[0]))
    return Room(
        recording,
        of_all,
        slice(begin, begin + len(steps)),
        np.array([truth.mean(int(step), int(step) + STEP_MS) for step in steps]),
        counts,
    )


def _always(start_ms: int, end_ms: int) -> dict[int, int]:
    """A capture listens from its first frame to its last."""
    return dict.fromkeys(range(start_ms // STEP_MS * STEP_MS, end_ms + 1, STEP_MS), STEP_MS)


def _counts(connection: duckdb.DuckDBPyConnection, steps: "np.ndarray[Any, np.dtype[np.int64]]") -> Floats:
    connection.register("levels", pa.table({"level_dbm": pa.array(COUNT_LEVELS_DBM, pa.int32())}))
    rows = connection.sql(COUNTS_SQL).to_arrow_table()
    found = np.zeros((len(steps), len(COUNT_LEVELS_DBM), len(COUNTS)))
    of = (np.asarray(rows["start_ms"]) - steps[0]) // STEP_MS
    level = np.searchsorted(np.array(COUNT_LEVELS_DBM), np.asarray(rows["level_dbm"]))
    within = (of >= 0) & (of < len(steps))
    for place, name in enumerate(COUNTS):
        found[of[within], level[within], place] = np.asarray(rows[name].cast("float64"))[within]
    return found.reshape(len(steps), -1)


def counted(rooms: Iterable[Room]) -> list[Counted]:
    """Every labelled step as if somebody had counted then."""
    return [
        Counted(room.recording.date, float(truth), values)
        for room in rooms
        for truth, values in zip(room.truth, room.signs.values[room.labelled], strict=True)
    ]


def estimates(rooms: Sequence[Room], fitted: Rates) -> Floats:
    """(low, people, high) of each labelled step, shape (3, steps): looking back from each recording's end."""
    known = zip(rooms, _levelled(rooms, fitted), strict=True)
    return np.concatenate([people.estimate(one.signs, of).steps()[:, one.labelled] for one, of in known], axis=1)


def live(rooms: Sequence[Room], fitted: Rates) -> Floats:
    """(low, people, high) of each labelled step, shape (3, steps): as known at the step's end."""
    known = zip(rooms, _levelled(rooms, fitted), strict=True)
    return np.concatenate([people.so_far(one.signs, of)[:, one.labelled] for one, of in known], axis=1)


def says(train: Sequence[Room], chosen: Sequence[int] | None, judged: Sequence[Room]) -> list[str]:
    """What a report of the judged days would say that it rests on, with these labels."""
    fitted = fit(train, chosen)
    days = [people.estimate(one.signs, of) for one, of in zip(judged, _levelled(judged, fitted), strict=True)]
    return list(basis.of(days, fitted, _chosen(train, chosen)).says)


def _levelled(rooms: Sequence[Room], fitted: Rates) -> list[Rates]:
    """The rates of each room's day, by the signs of the other rooms that lie before it, as a collector does."""
    shown = [levelling.shown(room.day, *levelling.own(room.signs.values)) for room in rooms]
    return [levelling.levelled(fitted, room.day, [one for one in shown if one is not None]) for room in rooms]


def fit(train: Sequence[Room], chosen: Sequence[int] | None) -> Rates:
    """Rates by the labelled steps of these numbers; None: all."""
    return rates.calibrate(_chosen(train, chosen))


def _chosen(train: Sequence[Room], chosen: Sequence[int] | None) -> list[Counted]:
    known = counted(train)
    return known if chosen is None else [known[place] for place in chosen]
