"""The figures of simulated shops: errors, bias, and the share within the target."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from collector.answers.intervals import wilson
from collector.flows import Dwell, Estimate, mended

from .shop_days import Truth

TARGETS = {"visitors": 0.15, "entry_rate": 0.05, "dwell_median": 0.10, "intersections": 0.10}


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop's day: what was so, and what was said. Numbers are None where the panel was too small to say any."""

    seed: int
    visitors: int  # that the day was made with
    truth: Truth
    panel_visits: int
    by_level: float | None
    by_panel: float | None
    estimate: float | None
    interval: tuple[float, float] | None
    uncalibrated: float | None
    entry_rate: float | None
    panel_entry_rate: float
    dwell_median_s: float | None  # with the visits of the days before
    dwell_alone_s: float | None  # of the day's visits alone
    dwell_interval_s: tuple[float, float] | None
    agree: bool


@dataclass(frozen=True, slots=True)
class Crossing:
    """The share of the first shop's visitors who also visited the second: of phones, and as the panel says it."""

    seed: int
    share: float
    panel_both: int
    panel_first: int
    phones: int  # of the first shop's visitors
    mended: Estimate | None  # as intersections_estimate has it, before small groups are withheld
    oracle_both: int  # of phones whose address lasts, had each visit of theirs been known
    oracle_first: int


@dataclass(frozen=True, slots=True)
class Dropout:
    """A day in which one sensor was silent for two hours and all of them for one hour."""

    seed: int
    coverage: float
    coverage_true: float
    gap_hours: int
    visitors: int  # of the hours that somebody listened to
    estimate: float | None


def figures(found: Sequence[Shop], crossings: Sequence[Crossing], dropouts: Sequence[Dropout]) -> dict[str, object]:
    """Mean absolute errors over shops and days, bias, and the share of days within the target; by crowd as well."""
    said_of = _errors(found)
    shares = [(one.mended.value, one.share) for one in crossings if one.mended is not None]
    pooled = sum(one.panel_both for one in crossings) / max(1, sum(one.panel_first for one in crossings))
    said_of["intersections"] = error([a / b - 1 for a, b in shares if b], TARGETS["intersections"]) | {
        "true_share_mean": _round(float(np.mean([one.share for one in crossings]))),
        "mended_share_mean": _round(float(np.mean([a for a, _ in shares]))) if shares else None,
        "panel_share_pooled": _round(pooled),
        "interval90_coverage": held([(one.mended, one.share) for one in crossings if one.mended is not None]),
    }
    knows = [(one.oracle_both / one.oracle_first, one.share) for one in crossings if one.oracle_first]
    said_of["intersections_oracle"] = error([a / b - 1 for a, b in knows if b], TARGETS["intersections"])
    said_of["by_visitors"] = {
        str(size): _errors([one for one in found if one.visitors == size])
        for size in sorted({one.visitors for one in found})
    }
    said_of["dropouts"] = [
        {name: _round(value) if isinstance(value, float) else value for name, value in asdict(one).items()}
        for one in dropouts
    ]
    return said_of


def _errors(found: Sequence[Shop]) -> dict[str, object]:
    said_of = [one for one in found if one.estimate is not None]
    relative: dict[str, list[tuple[float | None, float]]] = {
        "visitors": [(one.estimate, one.truth.visitors) for one in said_of],
        "visitors_by_level": [(one.by_level, one.truth.visitors) for one in said_of],
        "visitors_by_panel": [(one.by_panel, one.truth.visitors) for one in said_of],
        "visitors_uncalibrated": [(one.uncalibrated, one.truth.visitors) for one in said_of],
        "dwell_median": [(one.dwell_median_s, one.truth.dwell_median_s) for one in said_of],
        "dwell_of_the_day_alone": [(one.dwell_alone_s, one.truth.dwell_median_s) for one in said_of],
    }
    figures: dict[str, object] = {
        name: error([(a or 0) / b - 1 for a, b in pairs], TARGETS["dwell_median" if "dwell" in name else "visitors"])
        for name, pairs in relative.items()
    }
    intervals = [(one.dwell_interval_s, one.truth.dwell_median_s) for one in said_of]
    figures["dwell_interval90_coverage"] = held([(Estimate(0.0, *ends), true) for ends, true in intervals if ends])
    rates = [(one.entry_rate or 0.0) - one.truth.entry_rate for one in said_of]
    figures["entry_rate"] = error(rates, TARGETS["entry_rate"])
    panel = [one.panel_entry_rate - one.truth.entry_rate for one in found]
    figures["entry_rate_of_panel"] = error(panel, TARGETS["entry_rate"])
    inside = [one.interval[0] <= one.truth.visitors <= one.interval[1] for one in said_of if one.interval]
    figures["interval90_coverage"] = _round(float(np.mean(inside))) if inside else None
    figures["agree_share"] = _round(float(np.mean([one.agree for one in said_of]))) if said_of else None
    figures["days"], figures["days_without_a_number"] = len(found), len(found) - len(said_of)
    figures["panel_visits_mean"] = _round(float(np.mean([one.panel_visits for one in found]))) if found else None
    return figures


def crossed(in_both: int, visitors: int, there: Dwell | None) -> Estimate | None:
    """The mended share of a site's visitors who were at another too; there: how long visits last at that one."""
    if there is None or not visitors:
        return None
    share = in_both / visitors
    return mended(Estimate(share, *wilson(share, visitors)), there.missed)


def held(pairs: Sequence[tuple[Estimate, float]]) -> float | None:
    """The share of intervals that hold the truth; None of none."""
    return _round(float(np.mean([one.low <= true <= one.high for one, true in pairs]))) if pairs else None


def error(errors: Iterable[float], target: float) -> dict[str, float | None]:
    """Mean absolute error, bias, and the share within the target; None of nothing."""
    values = np.array(list(errors))
    if not len(values):
        return {"mean_absolute": None, "bias": None, "within_target": None, "target": target}
    return {
        "mean_absolute": _round(float(np.abs(values).mean())),
        "bias": _round(float(values.mean())),
        "within_target": _round(float((np.abs(values) <= target).mean())),
        "target": target,
    }


def _round(value: float) -> float:
    return round(value, 4)


def table(said: dict[str, object]) -> str:
    """The figures for a reader."""
    weeks = said["weeks"] if isinstance(said["weeks"], dict) else {}
    rows = [*said.items(), *((f"{name}, five days", figure) for name, figure in weeks.items())]
    lines: list[str] = [
        f"{said['seeds']} simulated days, two shops each; randomising share {said['randomizing_share']}",
        f"{'':26}{'mean error':>12}{'bias':>10}{'in target':>11}{'target':>9}",
    ]
    for name, figure in rows:
        if isinstance(figure, dict) and figure.get("target") is not None:
            cells = [figure["mean_absolute"], figure["bias"], figure["within_target"], figure["target"]]
            shown = ["-" if cell is None else f"{100 * cell:.1f}" for cell in cells]
            kept = "" if cells[0] is None else "kept" if cells[0] <= cells[3] else "MISSED"
            lines.append(f"{name:26}{shown[0]:>12}{shown[1]:>10}{shown[2]:>11}{shown[3]:>9}  {kept}")
    lines.append(f"90 % intervals of visitors held {said['interval90_coverage']}; all figures in per cent or points")
    return "\n".join(lines)
