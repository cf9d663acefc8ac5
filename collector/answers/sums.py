"""Numbers that add up single ones: what is left of them, once the single ones that are shown are taken away."""

from collections.abc import Sequence
from dataclasses import replace

from ..suppression import Cell, Row

HOUR_OF_DAY = slice(11, 13)  # in an hour's name, 2026-03-02T10:00+01:00


def without_rest(rows: Sequence[Row], single: Sequence[Row], shown: Sequence[Cell], minimum: int) -> list[Row]:
    """Rows by hour of the day, made small where such a number less its single hours that are shown tells of too few.

    single, shown: the hours as computed and as released, in one order.
    """
    rest: dict[str, list[int]] = {}
    for row, cell in zip(single, shown, strict=True):
        if cell.suppressed:
            rest.setdefault(row.cell[HOUR_OF_DAY], []).append(row.group_size or 0)
    return [
        replace(row, group_size=min(sum(few), minimum - 1))
        if (few := rest.get(row.cell)) and (len(few) == 1 or sum(few) < minimum)
        else row
        for row in rows
    ]
