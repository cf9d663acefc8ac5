"""No two answers tell together of a group that neither would tell of."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from shop import SITE, TENANT, SmallShop, Stay, at

from collector import calendar
from collector.answers import heard, query
from collector.answers import memory as answered
from collector.answers.differencing import Groups, Spans, refused
from collector.answers.memory import Answered
from collector.answers.question import EXPORT, OPERATOR, PAGE, Audience, Question
from collector.errors import QueryError
from collector.metrics import metric, metrics
from collector.reporting import report
from tools.bench import attack, site_days

HOUR_MS = calendar.HOUR_MS
SOME = ("visitors", "dwell_histogram", "zone_visitors")  # of the attack: all of them take minutes
CELL = ("visitors", "all")


def groups(people: dict[int, int]) -> Groups:
    """So many different visitors in each hour."""
    rows = [(hour * HOUR_MS, 1000 * hour + n) for hour, count in people.items() for n in range(count)]
    return Groups.of(
        pa.table(
            {
                "metric": ["visitors"] * len(rows),
                "cell": ["all"] * len(rows),
                "token": pa.array([token for _, token in rows], pa.int64()),
                "start_ms": pa.array([at_ms for at_ms, _ in rows], pa.int64()),
            }
        ).to_batches()
    )


def hours(first: int, last: int) -> Spans:
    return ((first * HOUR_MS, last * HOUR_MS),)


def test_an_answer_that_differs_by_too_few_is_refused() -> None:
    found = groups({9: 30, 10: 30, 11: 9})
    assert refused(found, [hours(9, 11)], hours(9, 12), [], 10) == {CELL}
    assert refused(found, [hours(9, 12)], hours(9, 11), [], 10) == {CELL}
    assert refused(groups({9: 30, 10: 30, 11: 10}), [hours(9, 11)], hours(9, 12), [], 10) == set()


def test_nobody_in_the_difference_is_as_private_as_nine() -> None:
    assert refused(groups({9: 30, 10: 30}), [hours(9, 11)], hours(9, 12), [], 10) == {CELL}


def test_three_answers_are_looked_at_together() -> None:
    """9 to 12 less 9 to 10 less 11 to 12 is 10 to 11, though no two of them differ by it."""
    found = groups({9: 30, 10: 5, 11: 30})
    assert refused(found, [hours(9, 12), hours(9, 10)], hours(11, 12), [], 10) == {CELL}


def test_an_overlap_of_two_answers_is_looked_at_with_a_third() -> None:
    found = groups({9: 30, 10: 5, 11: 30})
    assert refused(found, [hours(9, 11), hours(10, 12)], hours(9, 12), [], 10) == {CELL}


def test_small_pieces_that_make_a_group_together_may_follow() -> None:
    assert refused(groups({9: 30, 10: 6, 11: 7}), [hours(9, 10)], hours(9, 12), [], 10) == set()


def test_who_came_twice_is_no_new_person_in_the_difference() -> None:
    """The last hour alone has 12, of whom only 3 were not there before: 3 would follow."""
    rows = [(9, n) for n in range(30)] + [(10, n) for n in range(9)] + [(10, 100 + n) for n in range(3)]
    found = Groups.of(
        pa.table(
            {
                "metric": ["visitors"] * len(rows),
                "cell": ["all"] * len(rows),
                "token": [token for _, token in rows],
                "start_ms": [hour * HOUR_MS for hour, _ in rows],
            }
        ).to_batches()
    )
    assert refused(found, [hours(9, 10)], hours(9, 11), [], 10) == {CELL}


def test_hours_that_were_shown_do_not_give_a_hidden_one_away() -> None:
    """Of 9 to 13 the hours 9 and 12 were shown; 9 to 11 would tell of 10 to 11."""
    found = groups({9: 30, 10: 4, 11: 8, 12: 30})
    single = [tuple(hours(hour, hour + 1) for hour in range(9, 13))]
    assert refused(found, [hours(9, 13)], hours(9, 11), single, 10) == {CELL}
    assert refused(found, [hours(9, 13)], hours(9, 11), [], 10) == set()


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector")
    made.hear(
        [
            *(Stay(n, at(9, 10), at(9, 30)) for n in range(40)),
            *(Stay(100 + n, at(10, 10), at(10, 30)) for n in range(30)),
            *(Stay(200 + n, at(11, 10), at(11, 30)) for n in range(4)),
            *(Stay(300 + n, at(12, 10), at(12, 30)) for n in range(40)),
            *(Stay(400 + n, at(13, 10), at(13, 30)) for n in range(12)),
        ],
        start_ms=at(9),
        end_ms=at(14),
    )
    return made


def ask(shop: SmallShop, first: int, last: int, audience: Audience = PAGE) -> report.Report:
    span = calendar.Span("asked", at(first), at(last))
    collector = shop.collector
    return report.build(
        collector.store,
        collector.registry,
        TENANT,
        SITE,
        span,
        at(24),
        audience=audience,
    )


def test_a_report_that_would_give_a_group_away_is_refused_with_a_sentence(shop: SmallShop) -> None:
    """Everybody sees the whole day, and of its hours all but the eleventh and one more: 9 to 12 would tell of it."""
    with pytest.raises(QueryError, match=r"too small to be shown\. Ask for the same time as before"):
        ask(shop, 9, 12)
    assert [ask(shop, 9, 11).answer("visitors").value for _ in range(2)] == [70, 70]


def test_days_older_than_what_everybody_is_shown_are_remembered_too(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one day shown instead of 31: of the day before, 9 to 12 beside 9 to 11 would tell of four."""
    for module in (heard, answered):
        monkeypatch.setattr(module, "DAYS_SHOWN", 1)
    tomorrow = 24 * HOUR_MS
    stays = [Stay(900 + n, at(9, 10) + tomorrow, at(9, 30) + tomorrow) for n in range(40)]
    shop.hear(stays, start_ms=at(9) + tomorrow, end_ms=at(10) + tomorrow)
    assert ask(shop, 9, 11).answer("visitors").value == 70
    with pytest.raises(QueryError, match="too small to be shown"):
        ask(shop, 9, 12)


def test_an_audience_remembers_what_it_was_told_and_nothing_else(shop: SmallShop) -> None:
    ask(shop, 9, 11)
    with pytest.raises(QueryError):
        ask(shop, 9, 12)
    ask(shop, 9, 10, OPERATOR)
    tenant, site = shop.collector.registry.tenant(TENANT), shop.collector.registry.site(TENANT, SITE)
    book = Answered(shop.collector.registry.engine)
    found = {
        audience.name: book.earlier(Question(tenant, site, 1, calendar.Span("", at(9), at(12)), audience=audience))
        for audience in (PAGE, OPERATOR, EXPORT)
    }
    assert found == {"page": [((at(9), at(11)),)], "operator": [((at(9), at(10)),)], "export": []}


def test_too_many_overlapping_answers_are_enough(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "RELATED_MAX", 2)
    ask(shop, 9, 11)
    with pytest.raises(QueryError, match="overlap this time already"):
        ask(shop, 9, 10)


def test_only_the_report_and_the_memory_itself_ask_the_query_layer() -> None:
    """Who else did would release numbers that the memory of answers knows nothing of.

    overview/single.py asks the memory as the report does, or takes hours that a site's page shows to everybody; that
    the hours of overview/hours.py are these, tests/collector/overview holds cell by cell.
    """
    sources = Path(report.__file__).parents[1].rglob("*.py")
    users = {path.name for path in sources if re.search(r"\bAnswers\(", path.read_text(encoding="utf-8"))}
    assert users == {"report.py", "memory.py", "single.py"}


def test_what_the_memory_forbids_is_in_no_number_of_a_report(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate of people stands apart: it is no count of devices, and the memory does not look at it."""
    people = [one for one in metrics() if one.people and one.name != "people_estimate"]
    everything = {(name, "all") for one in people for name in one.rests_on}
    monkeypatch.setattr(report, "judge", lambda *_: everything)
    said = ask(shop, 9, 11)
    assert [one.name for one in people if not one.rests_on] == [], "rests_on: whose groups of groups.sql, in the header"
    assert [cell for one in people for cell in said.answer(one.name).cells if cell.value is not None] == []


@pytest.fixture(scope="module")
def days() -> Iterator[tuple[query.Answers, Groups, calendar.Span]]:
    """Three quiet days with two sites and three zones."""
    with site_days.stored(3, site_days.Size(visits=240, passers_by=200, unlinked=300), seed=7) as collector:
        first = calendar.day_named(site_days.FIRST_DAY, "UTC", 4)
        span = calendar.Span("", first.start_ms, first.start_ms + 72 * HOUR_MS)
        registry = collector.registry
        asked = Question(
            registry.tenant(TENANT),
            registry.site(TENANT, SITE),
            3,
            span,
            sites=tuple(registry.sites(TENANT)),
            zones=collector.store.zones.of(TENANT, SITE),
        )
        with query.Answers(collector.store, asked) as answers:
            yield answers, answers.groups(), span


def test_groups_are_the_groups_of_the_metrics(days: tuple[query.Answers, Groups, calendar.Span]) -> None:
    answers, found, span = days
    whole = ((span.start_ms, span.end_ms),)
    assert {name for one in metrics() if one.people for name in one.rests_on} - {name for name, _ in found.tokens} <= {
        "hourly",  # of the totals, see TOTALS
        "noise_devices",
        "people_estimate",
    }
    for name in ("devices_seen", "visitors", "dwell_histogram", "returning_visitors", "zone_visitors", "routes"):
        for row in answers.rows(metric(name)):
            people = row.group_size if name == "routes" else found.count((name, row.cell), whole)
            assert found.count((name, row.cell), whole) == people
            if name not in ("dwell_histogram", "routes"):
                assert people == row.value, (name, row.cell)


def test_pairs_of_answers_give_no_group_away(days: tuple[query.Answers, Groups, calendar.Span]) -> None:
    """400 pairs and the groups of three metrics here; `footfall bench metrics` tries 10,000 and all groups.

    Without the memory the same attack gets more than a hundred.
    """
    _, found, span = days
    few = Groups(
        *({cell: column for cell, column in part.items() if cell[0] in SOME} for part in (found.tokens, found.start_ms))
    )
    guarded = attack.run(few, span.start_ms, 72, 400, seed=1)
    assert guarded.recoveries == 0
    assert 0 < guarded.refused < guarded.pairs
    assert attack.run(few, span.start_ms, 72, 400, seed=1, guarded=False).recoveries > 100
