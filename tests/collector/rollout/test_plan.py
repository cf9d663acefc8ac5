"""Plans: leaf units first, stages of the sizes asked for, the same plan from the same fleet."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import QueryError
from collector.rollout import plan, terms
from collector.rollout.plan import Candidate
from collector.rollout.terms import Amount, Night, sizes


def unit(number: int, site: str = "mall", behind: str = "", left_out: str = "") -> Candidate:
    return Candidate(number, f"u{number}", "acme", site, behind, left_out)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=30), st.text(max_size=3))
@settings(max_examples=20)
def test_whoever_hangs_behind_another_comes_first(rows: list[tuple[int, int]], seed: str) -> None:
    fleet = [unit(number, f"site{site}", f"u{up}" if up < number else "") for number, (site, up) in enumerate(rows)]
    made = plan.make(fleet, terms.stages("1,30%,100%"), seed)
    turn = {one.candidate.name: one.turn for one in made.turns}
    stage = {one.candidate.name: one.stage for one in made.turns}
    assert sorted(turn.values()) == list(range(len(fleet)))
    for one in fleet:
        if one.behind:
            assert turn[one.name] < turn[one.behind]
            assert stage[one.name] <= stage[one.behind]
    assert plan.make(reversed(fleet), terms.stages("1,30%,100%"), seed).turns == made.turns


def test_a_ring_is_refused_by_name() -> None:
    with pytest.raises(QueryError, match="in a ring: u1, u2"):
        plan.make([unit(1, behind="u2"), unit(2, behind="u1"), unit(3, behind="u1")], terms.stages("100%"), "")


def test_a_sites_only_sensor_comes_last_and_the_order_says_what_it_rests_on() -> None:
    made = plan.make(
        [unit(number, f"kiosk{number}") for number in range(5)] + [unit(7), unit(8)], terms.stages("2,100%"), ""
    )
    assert {turn.candidate.name for turn in made.turns if turn.turn < 2} == {"u7", "u8"}
    assert made.order_says.startswith("nobody has said which unit hangs behind which; 5 that are the only one")


def test_a_canary_is_of_many_sites() -> None:
    fleet = [unit(number, f"site{number // 25}") for number in range(2500)]
    made = plan.make(fleet, terms.stages(terms.STAGES), "window_s=60")
    sites = [turn.candidate.site for turn in made.turns if turn.stage == 0]
    assert len(sites) == 25
    assert len(set(sites)) > 15


@pytest.mark.parametrize(
    ("stages", "total", "wanted"),
    [
        ("1%,10%,50%,100%", 2500, [25, 225, 1000, 1250]),
        ("1%,10%,50%,100%", 3, [1, 1, 1]),
        ("5,100%", 3, [3]),
        ("0.1%,100%", 0, []),
    ],
)
def test_stages_count_those_before_them_in(stages: str, total: int, wanted: list[int]) -> None:
    assert sizes(terms.stages(stages), total) == wanted


@pytest.mark.parametrize("text", ["10%", "50%,10%,100%", "0%,100%", "a,100%", "", "10%,100%,100%", "nan%,100%"])
def test_stages_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(QueryError):
        terms.stages(text)


def test_a_night_is_the_sites_own_and_may_hold_midnight() -> None:
    midnight_utc_ms = 1_764_547_200_000  # 2025-12-01T00:00Z
    night = Night("23:00", "04:00")
    assert night.holds(midnight_utc_ms, "UTC")
    assert not night.holds(midnight_utc_ms, "Asia/Tokyo")
    assert Night("08:00", "10:00").holds(midnight_utc_ms, "Asia/Tokyo")


def test_terms_are_kept_as_they_are() -> None:
    chosen = terms.Terms(terms.stages("2,100%"), Amount("1"), 60, 120, 7, Night("01:00", "05:00"), 9, 10)
    assert terms.Terms.decode(chosen.encode()) == chosen
