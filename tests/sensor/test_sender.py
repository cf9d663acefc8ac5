"""The sender: what is due, never too much, never too fast, and never given up."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from footfall_sensor.sender import BURST, Sender
from footfall_sensor.spool import Key

START_S = 1000.0


def _keys(count: int, first: int = 0) -> list[Key]:
    return [Key(b"boot id.", number) for number in range(first, first + count)]


def _sender(inflight_max: int = 1000, rate_per_s: float = 0.0, ack_timeout_s: float = 60.0) -> Sender:
    return Sender(inflight_max, rate_per_s, ack_timeout_s)


def test_oldest_go_first_and_only_once() -> None:
    """What is due is given in the order of waiting; what is in flight is not given again."""
    sender = _sender()
    assert _keys(5) == sender.due(_keys(5), START_S)
    assert sender.due(_keys(5), START_S + 1) == []
    assert _keys(1, first=5) == sender.due(_keys(6), START_S + 2)


def test_no_more_in_flight_than_allowed() -> None:
    """The next batch goes when one of those in flight is settled."""
    sender = _sender(inflight_max=3)
    waiting = _keys(10)
    assert waiting[:3] == sender.due(waiting, START_S)
    assert sender.due(waiting, START_S) == []
    sender.settled(waiting[1])
    del waiting[1]
    assert [waiting[2]] == sender.due(waiting, START_S)


def test_burst_then_rate() -> None:
    """A burst of 20 goes at once, then so many a second; a long silence allows one burst, not more."""
    sender = _sender(rate_per_s=2.0)
    waiting = _keys(200)
    assert len(sender.due(waiting, START_S)) == BURST
    assert [len(sender.due(waiting, START_S + after_s)) for after_s in (0.25, 0.5, 0.75, 1.0, 3.0)] == [0, 1, 0, 1, 4]
    assert len(sender.due(waiting, START_S + 3600)) == BURST


def test_rate_of_zero_is_no_limit() -> None:
    """A local pipeline may send as fast as it goes."""
    assert len(_sender(rate_per_s=0).due(_keys(500), START_S)) == 500


@pytest.mark.parametrize(("after_s", "due"), [(59.9, 0), (60.0, 5), (600.0, 5)])
def test_batch_without_an_answer_is_due_again(after_s: float, due: int) -> None:
    """The acknowledgement may have been lost: after the timeout the batch goes once more."""
    sender = _sender()
    sender.due(_keys(5), START_S)
    assert due == len(sender.due(_keys(5), START_S + after_s))


def test_lost_connection_makes_everything_due() -> None:
    """What a broken connection carried may never have arrived."""
    sender = _sender()
    sender.due(_keys(5), START_S)
    sender.disconnected()
    assert _keys(5) == sender.due(_keys(5), START_S + 0.1)


def test_settling_what_is_unknown_is_no_fault() -> None:
    """A second acknowledgement of the same batch changes nothing."""
    sender = _sender()
    sender.settled(Key(b"another.", 7))
    assert _keys(1) == sender.due(_keys(1), START_S)


class SenderMachine(RuleBasedStateMachine):
    """Any run of time, arrivals, settlements and disconnections keeps the promises."""

    @initialize(inflight_max=st.integers(1, 30), rate_per_s=st.sampled_from([0.0, 0.5, 2.0, 50.0]))
    def begin(self, inflight_max: int, rate_per_s: float) -> None:
        self.sender = Sender(inflight_max, rate_per_s, ack_timeout_s=10.0)
        self.now_s = START_S
        self.waiting: list[Key] = []
        self.sent_s: dict[Key, float] = {}  # in flight, by when it was sent
        self.sent_total = 0

    @rule(count=st.integers(1, 40))
    def arrive(self, count: int) -> None:
        first = self.waiting[-1].number + 1 if self.waiting else 0
        self.waiting += _keys(count, first)

    @rule(seconds=st.floats(0.01, 30.0))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def send(self) -> None:
        for key in self.sender.due(self.waiting, self.now_s):
            assert key in self.waiting
            assert self.now_s - self.sent_s.get(key, -1e9) >= 10.0 - 1e-6  # never twice within the timeout
            self.sent_s[key] = self.now_s
            self.sent_total += 1

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        if self.waiting:
            key = data.draw(st.sampled_from(self.waiting))
            self.waiting.remove(key)
            self.sent_s.pop(key, None)
            self.sender.settled(key)

    @rule()
    def disconnect(self) -> None:
        self.sent_s.clear()
        self.sender.disconnected()

    @invariant()
    def never_too_many_in_flight(self) -> None:
        fresh = sum(self.now_s - at_s < 10.0 - 1e-6 for at_s in self.sent_s.values())
        assert fresh <= self.sender.inflight_max

    @invariant()
    def never_too_fast(self) -> None:
        if self.sender.rate_per_s:
            allowed = BURST + (self.now_s - START_S) * self.sender.rate_per_s
            assert self.sent_total <= allowed + 1e-6


TestSenderKeepsItsPromises = SenderMachine.TestCase
TestSenderKeepsItsPromises.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
