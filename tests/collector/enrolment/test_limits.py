"""How often anybody may ask, and challenges that are good once: in bounded memory."""

from collector.enrolment import challenges, limits
from collector.enrolment.challenges import GOOD_MS, Challenges
from collector.enrolment.limits import ALL_BURST, SOURCE_BURST, Limits, source_of

NOW_MS = 1_800_000_000_000


def test_one_source_over_its_rate_costs_the_others_nothing() -> None:
    found = Limits(NOW_MS)
    passed = sum(found.may_pass("192.0.2.1", NOW_MS) for _ in range(10_000))
    assert passed == SOURCE_BURST
    assert found.may_pass("192.0.2.2", NOW_MS)


def test_all_sources_together_have_a_limit() -> None:
    found = Limits(NOW_MS)
    passed = sum(found.may_pass(f"192.0.{n >> 8}.{n & 255}", NOW_MS) for n in range(10_000))
    assert passed == ALL_BURST


def test_a_flood_of_sources_takes_no_more_memory() -> None:
    found = Limits(NOW_MS)
    for number in range(20_000):
        found.may_pass(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", NOW_MS)
    assert len(found._sources) == limits.SOURCES_MAX


def test_a_network_of_ipv6_is_one_source() -> None:
    """One subscriber has 2**64 addresses."""
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:2") != source_of("2001:db8:0:1::1")
    assert source_of("::1") == "::/64"
    assert source_of("192.0.2.1") == "192.0.2.1"
    assert source_of("testclient") == "testclient"


def test_a_challenge_is_taken_once_while_it_is_fresh() -> None:
    made = Challenges()
    first = made.make(NOW_MS)
    assert made.take(first, NOW_MS + GOOD_MS - 1)
    assert not made.take(first, NOW_MS + GOOD_MS - 1)
    assert not made.take(made.make(NOW_MS), NOW_MS + GOOD_MS)
    assert not made.take(made.make(NOW_MS + 1), NOW_MS), "of the future"
    assert not made.take(b"", NOW_MS)


def test_no_bit_of_a_challenge_can_be_changed() -> None:
    made = Challenges()
    good = made.make(NOW_MS)
    for bit in range(len(good) * 8):
        forged = bytearray(good)
        forged[bit // 8] ^= 1 << bit % 8
        assert not made.take(bytes(forged), NOW_MS)
    assert made.take(good, NOW_MS)


def test_challenges_of_another_process_are_void() -> None:
    assert not Challenges().take(Challenges().make(NOW_MS), NOW_MS)


def test_used_challenges_are_forgotten_when_they_are_old() -> None:
    made = Challenges()
    for second in range(1000):
        now_ms = NOW_MS + 1000 * second
        assert made.take(made.make(now_ms), now_ms)
    assert len(made._used) <= GOOD_MS / 1000 + 1
    assert challenges.USED_MAX > GOOD_MS / 1000 * limits.ALL_RATE_PER_S + ALL_BURST
