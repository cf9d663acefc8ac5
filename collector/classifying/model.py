"""A trained classifier as numbers: a line over what a stay shows, or a small tree. Pure.

Either is a list of leaves: a box of features each, with a line of its own; a stay is that of a visitor where the line
of its leaf is not below zero. A line without boxes has one leaf that holds everything; a tree has lines without slope.
So JSON holds it, one SQL file applies it (metrics/judge.sql), and a sentence explains it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite

import pyarrow as pa

from ..errors import QueryError
from ..records.registry import Site

LOG_INSIDE_S, LOG_NEARBY_S, LOOKS, LOUDEST_DBM = FEATURES = ("log_inside_s", "log_nearby_s", "looks", "loudest_dbm")
NAMES = {
    LOG_INSIDE_S: "time inside (s)",
    LOG_NEARBY_S: "time in range (s)",
    LOOKS: "half-minutes heard inside",
    LOUDEST_DBM: "loudest signal (dBm)",
}
LOGARITHMIC = (LOG_INSIDE_S, LOG_NEARBY_S)  # ln(1 + seconds)
LEAVES_MAX = 8
BOUND = 1e9  # beyond every feature, where a box is open

LEAVES = pa.schema(
    [
        ("site", pa.string()),
        *((f"{name}_{what}", pa.float64()) for name in FEATURES for what in ("low", "high", "weight")),
        ("bias", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A box, low < feature <= high, in the order of FEATURES, and the line that holds in it."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float


@dataclass(frozen=True, slots=True)
class Classifier:
    """kind: logistic or tree."""

    kind: str
    leaves: tuple[Leaf, ...]

    def to_json(self) -> str:
        """As the registry keeps it."""
        leaves = [[one.low, one.high, one.weights, one.bias] for one in self.leaves]
        return json.dumps({"kind": self.kind, "features": FEATURES, "leaves": leaves}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Classifier":
        """Raises QueryError for what is none, or one over other features."""
        try:
            said = json.loads(text)
            leaves = tuple(Leaf(tuple(low), tuple(high), tuple(w), float(b)) for low, high, w, b in said["leaves"])
            fits = tuple(said["features"]) == FEATURES and 1 <= len(leaves) <= LEAVES_MAX
            numbers = [n for one in leaves for part in (one.low, one.high, one.weights) for n in part]
            numbers += [one.bias for one in leaves]
            fits = fits and len(numbers) == (3 * len(FEATURES) + 1) * len(leaves) and all(isfinite(n) for n in numbers)
        except (KeyError, TypeError, ValueError) as exc:
            raise QueryError("the site's classifier cannot be read; train it again, or --forget it") from exc
        if not fits:
            raise QueryError("the site's classifier is over other features than this version's; train it again")
        return cls(str(said["kind"]), leaves)

    def says(self) -> str:
        """The whole classifier as one sentence."""
        visitors = [_leaf_says(one) for one in self.leaves if any(one.weights) or one.bias >= 0]
        return f"a visitor is who shows {'; or '.join(visitors)}" if visitors else "nobody is a visitor"


def table(sites: Sequence[Site]) -> "pa.Table":
    """The classifiers of these sites as the SQL wants them: rows of LEAVES, none of a site that has the rule."""
    rows = []
    for site in sites:
        for leaf in Classifier.from_json(site.classifier).leaves if site.classifier else ():
            row: dict[str, object] = {"site": site.name, "bias": leaf.bias}
            for name, low, high, weight in zip(FEATURES, leaf.low, leaf.high, leaf.weights, strict=True):
                row |= {f"{name}_low": low, f"{name}_high": high, f"{name}_weight": weight}
            rows.append(row)
    return pa.Table.from_pylist(rows, schema=LEAVES)


def _leaf_says(leaf: Leaf) -> str:
    bounds = []
    for name, low, high in zip(FEATURES, leaf.low, leaf.high, strict=True):
        if low > -BOUND:
            bounds.append(f"{NAMES[name]} over {_unit(name, low)}")
        if high < BOUND:
            bounds.append(f"{NAMES[name]} up to {_unit(name, high)}")
    if any(leaf.weights):
        parts = []
        for name, weight in zip(FEATURES, leaf.weights, strict=True):
            what = f"ln(1 + {NAMES[name]})" if name in LOGARITHMIC else NAMES[name]
            parts.append(f"{weight:+.3g} x {what}")
        bounds.append(f"{' '.join(parts).removeprefix('+')} of at least {-leaf.bias:.3g}")
    return " and ".join(bounds) or "anything inside"


def _unit(name: str, value: float) -> str:
    return f"{exp(value) - 1:.0f}" if name in LOGARITHMIC else f"{value:.1f}"
