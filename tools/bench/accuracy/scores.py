"""Scores of counts and groupings against the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


def mape(counts: Sequence[float], truths: Sequence[int]) -> float:
    """Mean absolute percentage error, in percent; every truth is at least 1."""
    true = np.asarray(truths, dtype=np.float64)
    return float(np.mean(np.abs(np.asarray(counts) - true) / true) * 100)


def v_measure(truth: npt.ArrayLike, groups: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """V-measure (Rosenberg and Hirschberg 2007) of a grouping, 0..1: homogeneity and completeness in harmonic mean.

    truth, groups: a label a row, any integers. weights: how many things a row stands for (frames, bursts).
    """
    _, true = np.unique(np.asarray(truth), return_inverse=True)
    _, found = np.unique(np.asarray(groups), return_inverse=True)
    table = np.zeros((true.max(initial=0) + 1, found.max(initial=0) + 1))
    np.add.at(table, (true, found), np.asarray(weights, dtype=np.float64))
    joint = table / table.sum()
    of_true, of_found = joint.sum(axis=1), joint.sum(axis=0)
    mutual = _entropy(of_true) + _entropy(of_found) - _entropy(joint.ravel())
    homogeneity = mutual / _entropy(of_true) if _entropy(of_true) > 0 else 1.0
    completeness = mutual / _entropy(of_found) if _entropy(of_found) > 0 else 1.0
    total = homogeneity + completeness
    return float(2 * homogeneity * completeness / total) if total > 0 else 0.0


def _entropy(shares: npt.NDArray[np.float64]) -> float:
    present = shares[shares > 0]
    return float(-(present * np.log(present)).sum())


@dataclass(frozen=True, slots=True)
class Score:
    """What one way of counting reached over several mixes."""

    mape: float  # percent
    bias: float  # devices, mean of count - truth
    v_measure: float  # over frames
    v_measure_bursts: float  # over bursts: phones that scan without pause weigh less
