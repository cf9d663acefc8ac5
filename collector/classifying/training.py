"""Training: a logistic regression and a small tree against the rule, on stays whose truth is known. Pure.

All three are judged by the share of stays they tell right, the mean of both sides, so that it does not matter how many
of each were made. Seeds are fixed. The two are judged by cross-validation in which the stays of one line of labels stay
together: phones that were carried together show nearly the same. Better than the rule is who is better by more than
its standard error over lines (clustered; Liang and Zeger 1986) times 1.645: one side of a 90 % interval.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from .model import BOUND, FEATURES, Classifier, Leaf

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

LOGISTIC, TREE = "logistic", "tree"
LABELS_MIN = 30  # stays; fewer tell nothing from nothing
SIDE_MIN = 10  # of each kind
LINES_MIN = 5  # of each kind, one for each part of the cross-validation
FOLDS, REPEATS = 5, 4
DEPTH_MAX, LEAF_MIN = 2, 4
Z90 = 1.645


@dataclass(frozen=True, slots=True)
class Examples:
    """Stays whose truth is known, shape (n, features in the order of FEATURES) and (n,).

    rule: what the rule says; line: the line of labels that each stands in.
    """

    features: Floats
    visitor: Bools
    rule: Bools
    line: Ints


@dataclass(frozen=True, slots=True)
class Candidate:
    """How often one is right (mean of both sides, cross-validated), and by how much more than the rule, with its sd."""

    kind: str
    right: float
    better: float
    better_sd: float
    says: str

    @property
    def beats(self) -> bool:
        """Whether it is better than the rule beyond its error."""
        return self.better > Z90 * self.better_sd


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out. classifier: None where the rule stays; says: why."""

    visitors: int
    passers_by: int
    rule_right: float | None
    candidates: tuple[Candidate, ...]
    classifier: Classifier | None
    says: str


def train(examples: Examples) -> Trained:
    """Train both, compare them, choose."""
    visitors, passers = int(examples.visitor.sum()), int((~examples.visitor).sum())
    lines = min(len(np.unique(examples.line[side])) for side in (examples.visitor, ~examples.visitor))
    if visitors + passers < LABELS_MIN or min(visitors, passers) < SIDE_MIN or lines < LINES_MIN:
        says = (
            f"{visitors} stays inside and {passers} outside were found; {LABELS_MIN} are wanted, {SIDE_MIN} of each "
            f"and from {LINES_MIN} lines of each: the rule stays"
        )
        return Trained(visitors, passers, None, (), None, says)
    weight = 0.5 * np.where(examples.visitor, 1 / visitors, 1 / passers)
    by_rule = (examples.rule == examples.visitor).astype(np.float64)
    found = [(_candidate(kind, examples, weight, by_rule), _fitted(kind, examples)) for kind in (TREE, LOGISTIC)]
    best, classifier = max(found, key=lambda pair: pair[0].right)  # of two alike the tree, which reads more easily
    rule_right = float(weight @ by_rule)
    candidates = tuple(one for one, _ in found)
    said = f"right in {best.right:.1%} against the rule's {rule_right:.1%}"
    if not best.beats:
        says = f"the {best.kind} is {said}: not better beyond its error, the rule stays"
        return Trained(visitors, passers, rule_right, candidates, None, says)
    return Trained(visitors, passers, rule_right, candidates, classifier, f"the {best.kind} is {said}")


def _candidate(kind: str, examples: Examples, weight: Floats, by_rule: Floats) -> Candidate:
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - slow to load

    right = np.zeros(len(examples.visitor))
    for seed in range(REPEATS):
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        for train_at, judge_at in folds.split(examples.features, examples.visitor, examples.line):
            model = _model(kind).fit(examples.features[train_at], examples.visitor[train_at])
            right[judge_at] += (model.predict(examples.features[judge_at]) == examples.visitor[judge_at]) / REPEATS
    _, line = np.unique(examples.line, return_inverse=True)
    of_line = np.bincount(line, weights=weight * (right - by_rule))
    lines, better = len(of_line), float(of_line.sum())
    sd = sqrt(lines / (lines - 1) * float(((of_line - better / lines) ** 2).sum()))
    return Candidate(kind, float(weight @ right), better, sd, _fitted(kind, examples).says())


def _model(kind: str) -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415

    if kind == LOGISTIC:
        return make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    return DecisionTreeClassifier(
        max_depth=DEPTH_MAX, min_samples_leaf=LEAF_MIN, class_weight="balanced", random_state=0
    )


def _fitted(kind: str, examples: Examples) -> Classifier:
    model = _model(kind).fit(examples.features, examples.visitor)
    open_low, open_high = (-BOUND,) * len(FEATURES), (BOUND,) * len(FEATURES)
    if kind == LOGISTIC:
        scaler, line = model[0], model[1]
        weights = line.coef_[0] / scaler.scale_
        bias = float(line.intercept_[0] - weights @ scaler.mean_)
        return Classifier(kind, (Leaf(open_low, open_high, tuple(map(float, weights)), bias),))
    return Classifier(kind, tuple(_leaves(model, 0, open_low, open_high)))


def _leaves(model: Any, node: int, low: tuple[float, ...], high: tuple[float, ...]) -> list[Leaf]:
    """The leaves below a node of sklearn's tree, each with the box that leads to it."""
    tree = model.tree_
    if tree.children_left[node] < 0:
        visitor = bool(model.classes_[int(np.argmax(tree.value[node][0]))])
        return [Leaf(low, high, (0.0,) * len(FEATURES), 1.0 if visitor else -1.0)]
    place, at = int(tree.feature[node]), float(tree.threshold[node])
    left = _leaves(model, int(tree.children_left[node]), low, (*high[:place], at, *high[place + 1 :]))
    return left + _leaves(model, int(tree.children_right[node]), (*low[:place], at, *low[place + 1 :]), high)
