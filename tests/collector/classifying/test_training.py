"""Training: what is better than the rule is chosen, what is not leaves the rule, and SQL says what was trained."""

from dataclasses import replace

import numpy as np
import pytest
from shop import TENANT

from collector.calendar import Span
from collector.classifying import model
from collector.classifying.model import Classifier
from collector.classifying.training import Examples, train
from collector.errors import QueryError
from collector.records.registry import Site
from collector.stays import fold

DAY_MS = 86_400_000


def examples(lines: int, overlap_db: float, seed: int = 1) -> Examples:
    """Window shoppers stay for minutes at -64 dBm, visitors at -52: the time inside does not tell them apart."""
    draw = np.random.default_rng(seed)
    line = np.repeat(np.arange(lines), 3)
    visitor = line % 2 == 0
    inside_s = draw.uniform(30, 400, len(line))
    loudest = np.where(visitor, -52, -64) + draw.normal(0, overlap_db, len(line))
    looks = np.maximum(1, draw.poisson(inside_s / 90))
    nearby = np.log1p(inside_s + draw.uniform(20, 60, len(line)))
    return Examples(
        np.stack([np.log1p(inside_s), nearby, looks, np.round(loudest)], axis=1), visitor, inside_s >= 60, line
    )


@pytest.fixture(scope="module")
def told() -> Examples:
    return examples(30, 2.0)


def test_what_tells_better_than_the_rule_is_chosen_and_says_how(told: Examples) -> None:
    found = train(told)
    assert found.classifier is not None
    assert found.rule_right is not None
    assert [one.kind for one in found.candidates] == ["tree", "logistic"]
    assert all(one.right > 0.9 > found.rule_right and one.beats for one in found.candidates)
    assert "loudest signal (dBm) over -5" in found.candidates[0].says


def test_the_rule_stays_where_nothing_beats_it_beyond_its_error(told: Examples) -> None:
    """Where the rule is right already, and where labels are noise."""
    right = train(replace(told, rule=told.visitor))
    noise = train(replace(told, features=np.random.default_rng(5).permutation(told.features)))
    for found in (right, noise):
        assert found.classifier is None
        assert "the rule stays" in found.says


def test_few_labels_or_few_lines_teach_nothing(told: Examples) -> None:
    few = Examples(*(getattr(told, name)[:27] for name in ("features", "visitor", "rule", "line")))
    one_walk = replace(told, line=np.where(told.visitor, 0, 1))
    for found in (train(few), train(one_walk)):
        assert (found.classifier, found.candidates) == (None, ())
        assert "30 are wanted" in found.says


@pytest.mark.parametrize("kind", ["tree", "logistic"])
def test_the_sql_says_of_each_stay_what_scikit_learn_says(told: Examples, kind: str) -> None:
    from collector.classifying import training

    fitted = training._model(kind).fit(told.features, told.visitor)
    site = Site(TENANT, "shop", classifier=training._fitted(kind, told).to_json())
    rule = Site(TENANT, "rule")
    fresh = examples(30, 6.0, seed=9).features
    fresh[:, 0], fresh[:, 1] = (np.log1p(np.round(np.expm1(fresh[:, n]), 3)) for n in (0, 1))
    rows = []
    for place in (site, rule):
        for token, (log_inside, log_nearby, looks, loudest) in enumerate(fresh.tolist()):
            inside_ms, nearby_ms = round(1000 * np.expm1(log_inside)), round(1000 * np.expm1(log_nearby))
            slots = (1 << int(looks)) - 1
            rows.append(
                (place.name, token, DAY_MS, DAY_MS + nearby_ms, DAY_MS, DAY_MS + inside_ms, int(loudest), slots)
            )
    with fold.engine() as connection:
        connection.execute(
            "CREATE TABLE stays (site VARCHAR, token BIGINT, start_ms BIGINT, end_ms BIGINT, inside_start_ms BIGINT, "
            "inside_end_ms BIGINT, rssi_max_dbm TINYINT, inside_slots BIGINT)"
        )
        connection.executemany("INSERT INTO stays VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute(
            "CREATE OR REPLACE TABLE stays AS SELECT *, 'd' AS day, 9::BIGINT AS frames, false AS randomised, "
            "false AS associated, 0 AS model_class, 1::BIGINT AS hours FROM stays"
        )
        fold.judge(connection, [site, rule], Span("d", 0, 2 * DAY_MS))
        said = dict(
            connection.execute("SELECT site, list(outcome ORDER BY token) FROM visits_judged GROUP BY site").fetchall()
        )
    wanted = np.where(fitted.predict(fresh), "visit", "passer_by").tolist()
    assert said["shop"] == wanted
    assert said["rule"] == ["visit" if np.expm1(one) >= 60 else "passer_by" for one in fresh[:, 0]]


def test_a_classifier_reads_back_as_it_was_and_anything_else_is_refused(told: Examples) -> None:
    found = train(told).classifier
    assert found is not None
    assert Classifier.from_json(found.to_json()) == found
    assert model.table([Site(TENANT, "a")]).num_rows == 0
    for wrong in (
        "",
        "{}",
        '{"kind":"tree","features":["x"],"leaves":[]}',
        found.to_json().replace("1000000000.0", "NaN"),
    ):
        with pytest.raises(QueryError, match="train"):
            Classifier.from_json(wrong)
