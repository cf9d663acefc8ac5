"""Every number of the known worlds, as it was when the numbers were looked through.

What each means is tested where it is made, and of stays on the borders of a rule below. This holds them all to eight
digits: a border of a time, a rank, a side of a group. After a change that is meant, KEEP_METRICS=1 with these tests
writes them anew; look at the difference.
"""

import json
import os
from pathlib import Path

import edges
import known
import pytest
import week
from shop import SITE
from week import on

from collector import calendar
from collector.stays import fold
from collector.storage.store import OPEN_STAYS, STAYS

KEPT = Path(__file__).parents[1] / "vectors/metrics.json"
KEEP = os.environ.get("KEEP_METRICS") == "1"
QUESTIONS = ("morning", "saturday", "epochs", "evenings", "ended", "kiosk")
FOLDED = "folded"

Rows = dict[str, list[known.Said]]  # by name


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, known.Asked]:
    return known.worlds(tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def found(worlds: dict[str, known.Asked]) -> dict[str, Rows]:
    """By question."""
    said = {question: known.said(asked) for question, asked in worlds.items()}
    said[FOLDED] = {"saturday": known.folded(worlds["saturday"][0], week.SATURDAY)}
    if KEEP:
        each = (
            ",\n".join(f"{json.dumps(name)}: {json.dumps(rows)}" for name, rows in some.items())
            for some in said.values()
        )
        lines = (f"{json.dumps(question)}: {{\n{some}\n}}" for question, some in zip(said, each, strict=True))
        KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return said


@pytest.mark.parametrize("question", [*QUESTIONS, FOLDED])
def test_metrics_say_what_they_said(found: dict[str, Rows], question: str) -> None:
    kept: Rows = json.loads(KEPT.read_text())[question]
    assert list(found[question]) == list(kept)
    assert [name for name, rows in kept.items() if not known.same(found[question][name], rows)] == []


def test_a_stay_on_the_border_of_a_rule_becomes_what_the_rule_says(worlds: dict[str, known.Asked]) -> None:
    shop, _ = worlds["saturday"]
    store, registry = shop.collector.store, shop.collector.registry
    files = [one for kind in (STAYS, OPEN_STAYS) for one in store.manifest.files(shop.site.tenant, kind)]
    with fold.engine() as connection:
        store.read(connection, files).create_view("stays")
        span = calendar.Span("", on(week.THURSDAY, "04:00"), on(week.SUNDAY, "04:00"))
        fold.judge(connection, [registry.site(shop.site.tenant, SITE)], span)
        judged = connection.execute(
            "SELECT token, concat_ws(': ', outcome, reason) FROM visits_judged ORDER BY token, start_ms"
        ).fetchall()
    became = [(edge.says, tuple(says for token, says in judged if token == edge.token)) for edge in edges.edges()]
    assert became == [(edge.says, edge.becomes) for edge in edges.edges()]
