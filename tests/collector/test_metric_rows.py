"""Every number of the known week, as it was when the numbers were looked through.

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
from week import on

from collector import calendar
from collector.metrics import ORDER
from collector.stays import fold
from collector.storage.store import OPEN_STAYS, STAYS

KEPT = Path(__file__).parents[1] / "vectors/metrics.json"
KEEP = os.environ.get("KEEP_METRICS") == "1"
QUESTIONS = (
    *("saturday", "epochs", "evenings", "ended", "friday", "sunday", "closed", "quiet"),
    *("kiosk", "begun", "bar"),
)
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
        fold.judge(connection, registry.sites(shop.site.tenant), span)
        judged = connection.execute(
            "SELECT token, concat_ws(': ', outcome, reason) FROM visits_judged ORDER BY token, start_ms"
        ).fetchall()
    became = [(edge.says, tuple(says for token, says in judged if token == edge.token)) for edge in edges.edges()]
    assert became == [(edge.says, edge.becomes) for edge in edges.edges()]


def test_a_friday_counted_by_hand(found: dict[str, Rows]) -> None:
    """38 visitors, 20 of Thursday's among them, and one at closing, on Thursday as well. 14 come twice, 4 of them a
    third time, too few to tell of. Of twelve lengths three are bounces and six engaged; second visits last 2 min.
    """
    values = {(name, *row[:2]): row[2] for name in ORDER for row in found["friday"][name]}
    visits = 38 + 1 + 14
    for (name, *cell), value in {
        ("visitors", "", "all"): 39,
        ("visits", "", "all"): visits,
        ("passers_by", "", "all"): 30,
        ("entry_rate", "", "all"): 39 / 69,
        ("new_visitors", "", "all"): 18,
        ("returning_visitors", "", "all"): 21,
        ("returning_rate", "", "all"): 21 / 39,
        ("bounce_rate", "", "all"): (3 * 3 + 2 + 1 + 14) / visits,
        ("engaged_rate", "", "all"): 3 * 6 / visits,
        ("dwell_histogram", "", "under 5 min"): 3 * 3 + 2 + 1 + 14,
        ("dwell_histogram", "", "5 to 10 min"): 3,
        ("dwell_histogram", "", "10 to 20 min"): 6,
        ("dwell_histogram", "", "20 to 30 min"): 6,
        ("dwell_histogram", "", "30 to 60 min"): 6,
        ("dwell_histogram", "", "over an hour"): 6,
        ("conversion", "", "panel"): (10 + 15 + 11 + 12 + 16) / 39,
        ("noise_devices", "", "weak"): 11,
        # All are deaf for an hour, the store room's is never heard, and a window began before the question.
        ("coverage", "", "all"): 5 / 6 * (10 * 60 - 0.5) / (11 * 60),
        ("zone_coverage", "", "till"): (10 * 60 - 0.5) / (11 * 60),
        ("hourly", "visitors", "2026-10-23T20:00+02:00"): None,
    }.items():
        assert values[name, *cell] == pytest.approx(value), name


def test_the_night_in_which_the_clocks_go_back_has_an_hour_more(found: dict[str, Rows]) -> None:
    said = found["saturday"]
    of_shelf = 6 * 60 + 0.5  # minutes: its last window began before 22:00
    opened = 12 * 60
    assert said["coverage"][0][2] == pytest.approx((4 * opened + of_shelf) / (6 * opened))
    assert {row[1]: row[2] for row in said["zone_coverage"]}["shelf"] == pytest.approx(of_shelf / opened)
    hours = [row[1] for row in said["hourly"] if row[0] == "visitors"]
    assert len(hours) == 25
    assert [name[11:] for name in map(str, hours) if "T02:" in str(name)] == ["02:00+02:00", "02:00+01:00"]
