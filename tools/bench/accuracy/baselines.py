"""Plainer ways to count people, fitted to the same labels: what Footfall's estimate must beat."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import rooms
from .rooms import COUNT_LEVELS_DBM, COUNTS, LINE_LEVEL_DBM, Room

Floats = np.ndarray[Any, np.dtype[np.float64]]

INTERVAL = 90  # percent
NORMAL_90 = 1.6449  # standard deviations from the mean to either end of a normal 90 % interval
FOREST_SEED = 1


def column(count: str, level_dbm: int) -> int:
    """The place of one plain count at one level in Room.counts."""
    return COUNT_LEVELS_DBM.index(level_dbm) * len(COUNTS) + COUNTS.index(count)


def distinct_addresses(judged: Sequence[Room]) -> Floats:
    """Distinct addresses of each step taken for people, shape (3, steps); it knows no interval (NaN)."""
    found = np.concatenate([room.counts[:, column("addresses", COUNT_LEVELS_DBM[0])] for room in judged])
    return np.stack([np.full(len(found), np.nan), found, np.full(len(found), np.nan)])


def line_classes(train: Sequence[Room], chosen: Sequence[int] | None, judged: Sequence[Room]) -> Floats:
    """One straight line on the distinct classes at LINE_LEVEL_DBM, with the interval of its own residuals."""
    from sklearn.linear_model import LinearRegression  # noqa: PLC0415 - a second that --help need not wait for

    wanted = [column("classes", LINE_LEVEL_DBM)]
    x, y = _training(train, chosen)
    line = LinearRegression().fit(x[:, wanted], y)
    sd = float(np.sqrt(((line.predict(x[:, wanted]) - y) ** 2).sum() / max(1, len(y) - 2)))
    found = line.predict(np.concatenate([room.counts for room in judged])[:, wanted])
    return np.stack([found - NORMAL_90 * sd, found, found + NORMAL_90 * sd])


def forest(train: Sequence[Room], judged: Sequence[Room]) -> Floats:
    """scikit-learn's RandomForestRegressor with its defaults on all plain counts and all labels.

    The interval is that of the predictions of its trees.
    """
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415

    x, y = _training(train, None)
    grown = RandomForestRegressor(random_state=FOREST_SEED, n_jobs=1).fit(x, y)
    wanted = np.concatenate([room.counts for room in judged])
    trees = np.stack([tree.predict(wanted) for tree in grown.estimators_])
    low, high = np.percentile(trees, [50 - INTERVAL / 2, 50 + INTERVAL / 2], axis=0)
    return np.stack([low, grown.predict(wanted), high])


def _training(train: Sequence[Room], chosen: Sequence[int] | None) -> tuple[Floats, Floats]:
    x = np.concatenate([room.counts for room in train])
    y = np.concatenate([room.truth for room in train])
    return (x, y) if chosen is None else (x[list(chosen)], y[list(chosen)])


def truth(judged: Sequence[rooms.Room]) -> Floats:
    """People of every labelled step."""
    return np.concatenate([room.truth for room in judged])
