"""The order in which several processes take the tests."""

from dealing import LONG, deal

NAMES = [f"tests/collector/test_{module}.py" for module in range(10) for _ in range(30)]
NAMES += [
    f"{folder}test_{module}.py" for folder in ("tests/e2e/", "tests/torture/") for module in range(5) for _ in range(4)
]


def test_every_test_is_dealt_once() -> None:
    for hands in (1, 2, 3, 4, 7, len(NAMES) + 1):
        assert sorted(deal(range(len(NAMES)), NAMES, hands)) == list(range(len(NAMES)))


def test_each_hand_begins_with_whole_modules_of_long_tests() -> None:
    dealt = [NAMES[number] for number in deal(range(len(NAMES)), NAMES, 4)]
    hands = [dealt[len(NAMES) * hand // 4 : len(NAMES) * (hand + 1) // 4] for hand in range(4)]
    for hand in hands:
        long = [name for name in hand if name.startswith(LONG)]
        assert hand[: len(long)] == long
        assert all(long.count(name) == NAMES.count(name) for name in long)
    assert max(map(len, hands)) - min(map(len, hands)) <= 1


def test_more_long_tests_than_a_hand_holds_lose_nothing() -> None:
    names = ["tests/e2e/test_a.py"] * 9 + ["tests/sensor/test_b.py"]
    assert sorted(deal(range(10), names, 4)) == list(range(10))


def test_what_shares_a_browser_stays_in_one_hand() -> None:
    names = [f"tests/browser/test_{module}.py" for module in "abcd" for _ in range(3)] + NAMES
    first = [names[number] for number in deal(range(len(names)), names, 4)][: len(names) // 4]
    assert sum(name.startswith("tests/browser/") for name in first) == 12
