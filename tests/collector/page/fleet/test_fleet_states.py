"""How states are shown: each has a word and a kind."""

from collector.page.fleet import states
from collector.records.standing import Standing
from collector.watch.checks import CHECKS, STATES


def test_every_state_has_a_word_and_a_kind() -> None:
    assert set(STATES) <= set(states.KINDS) & set(states.LABELS)
    assert states.worst(["ok", "outdated", "revoked"]) == "good"
    assert states.worst(["ok", "late", "silent"]) == "bad"
    assert {check.state for check in CHECKS} <= set(states.KINDS)
    assert str(Standing.PENDING) in STATES
