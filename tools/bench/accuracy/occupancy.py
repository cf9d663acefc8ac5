"""Labelled rooms: captures of whole days beside tables that say, frame by frame, how many people were in the room.

A folder holds `pcap` and `csv`. A table (`;` between columns, gzip or not) has the columns `idx`, a frame's place in
the capture of the same name and date, and `occupancy`. Only the place is used to tell the time, so that the table's own
clock and time zone do not matter.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from collector.counting.signs import STEP_MS
from tools.errors import ToolError

DATED = re.compile(r"^(.*?\d{4}-\d{2}-\d{2})")
NUMBER = r"^[0-9]+(\.[0-9]+)?$"
PEOPLE_MAX = 100_000  # in one room; more is a slip
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Recording:
    """One day's capture and the table that labels it."""

    name: str  # of the capture
    date: str  # YYYY-MM-DD, from its name
    capture: Path
    table: Path


@dataclass(frozen=True, slots=True)
class Labels:
    """When people were counted, and how many: each count holds until the next."""

    at_ms: Ints  # UTC, rising
    people: Floats

    def mean(self, start_ms: int, end_ms: int) -> float:
        """People present on average between two times within the labelled time."""
        first = max(int(np.searchsorted(self.at_ms, start_ms, "right")) - 1, 0)
        last = int(np.searchsorted(self.at_ms, end_ms, "left"))
        edges = np.concatenate(([start_ms], self.at_ms[first + 1 : last], [end_ms]))
        people = self.people[first : len(edges) - 1 + first]
        return float((np.diff(edges) * people).sum() / (end_ms - start_ms))

    def steps(self) -> Ints:
        """The starts of the counting steps that are labelled from beginning to end."""
        first = -(-int(self.at_ms[0]) // STEP_MS) * STEP_MS
        return np.arange(first, int(self.at_ms[-1]) - STEP_MS + 1, STEP_MS, dtype=np.int64)


def recordings(folder: Path) -> list[Recording]:
    """The labelled captures of a folder, by date. Raises ToolError where there is none."""
    tables = _by_day(folder / "csv")
    captures = _by_day(folder / "pcap")
    found = [
        Recording(capture.name, DATE.findall(day)[-1], capture, table)
        for day in sorted(tables.keys() & captures.keys())
        for capture, table in zip(captures[day], tables[day], strict=False)
    ]
    if not found:
        raise ToolError(
            f"{folder} holds no labelled capture. Wanted are {folder}/pcap with captures and {folder}/csv with a table "
            "for each, both named NAME_YYYY-MM-DD..., the tables with the columns idx and occupancy"
        )
    return sorted(found, key=lambda one: (one.date, one.name))


def _by_day(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        dated = DATED.match(path.name)
        if dated:
            found.setdefault(dated[1], []).append(path)
    return found


def of_dates(found: Sequence[Recording], wanted: str) -> list[Recording]:
    """Those whose date begins with one of the comma-separated beginnings, such as 2022 or 2023-02,2023-03.

    Raises ToolError where none does.
    """
    beginnings = tuple(text.strip() for text in wanted.split(",") if text.strip())
    chosen = [one for one in found if one.date.startswith(beginnings)] if beginnings else list(found)
    if not chosen:
        raise ToolError(f"no labelled capture of {wanted}; there are {found[0].date} to {found[-1].date}")
    return chosen


def labels(recording: Recording, frame_ms: Ints) -> Labels:
    """The counts of a recording. frame_ms: UTC times of all frames of its capture.

    Raises ToolError: the table has not the columns, or no count that belongs to a frame.
    """
    try:
        table = csv.read_csv(
            recording.table,
            parse_options=csv.ParseOptions(delimiter=";", quote_char=False, invalid_row_handler=lambda _: "skip"),
            convert_options=csv.ConvertOptions(
                include_columns=["idx", "occupancy"], column_types={"idx": pa.string(), "occupancy": pa.string()}
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as exc:
        raise ToolError(
            f"{recording.table} cannot be read as labels: {exc}. A table with `;` between columns, among them idx and "
            "occupancy, is wanted"
        ) from exc
    place, people = _numbers(table["idx"]), _numbers(table["occupancy"])
    # Rows that are no count of people at a frame say nothing: a cell left empty, a word, a number below zero.
    within = (
        (place >= 0) & (place < len(frame_ms)) & (place == np.floor(place)) & (people >= 0) & (people <= PEOPLE_MAX)
    )
    if not within.any():
        raise ToolError(f"{recording.table} labels no frame of {recording.capture.name}; do they belong together?")
    at_ms = frame_ms[place[within].astype(np.int64)]
    order = np.argsort(at_ms, kind="stable")
    return Labels(at_ms[order], people[within][order])


def _numbers(column: "pa.ChunkedArray") -> Floats:
    """The numbers of a column of texts; NaN where a text is none."""
    text = pc.utf8_trim_whitespace(column)
    plain = pc.fill_null(pc.match_substring_regex(text, NUMBER), fill_value=False)
    found: Floats = pc.cast(pc.if_else(plain, text, None), pa.float64()).to_numpy()
    return found


def years(found: Iterable[Recording]) -> list[str]:
    """The years of some recordings, first first."""
    return sorted({one.date[:4] for one in found})
