"""The fold: from sightings to stays, each judged as design section 7 says."""

from pathlib import Path

import pytest
from shop import DAY, STREET_DBM, TENANT, SmallShop, Stay, at

from collector import calendar, fold
from collector.registry import Site
from footfall_sensor.frames import RSSI_UNKNOWN_DBM

DOOR, BACK = "door", "back"


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return SmallShop(tmp_path / "collector", site=Site(TENANT, "shop", opens="06:00", closes="22:00"))


def outcomes(shop: SmallShop) -> list[tuple[int, str, str | None]]:
    files = shop.collector.store.manifest.files(TENANT, "sightings")
    found = fold.visits(files, [shop.site], calendar.day_named(DAY, "UTC", 4))
    return [(row["token"], row["outcome"], row["reason"]) for row in found.to_pylist()]


def test_a_minute_inside_is_a_visit_and_less_is_passing_by(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 1, 1)), Stay(2, at(10), at(10, 0, 59)), Stay(3, at(10), at(10, 20), STREET_DBM)])
    assert outcomes(shop) == [(1, "visit", None), (2, "passer_by", None), (3, "passer_by", None)]


def test_a_stay_ends_after_a_quarter_of_an_hour_of_silence(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 5)), Stay(1, at(10, 19), at(10, 25)), Stay(1, at(10, 45), at(10, 50))])
    assert outcomes(shop) == [(1, "visit", None)] * 2


def test_what_two_sensors_hear_of_a_device_is_one_stay(shop: SmallShop) -> None:
    stays = [Stay(1, at(10), at(10, 5))]
    shop.hear(stays, sensor=DOOR)
    shop.hear([Stay(1, at(10, 3), at(10, 9))], sensor=BACK)
    files = shop.collector.store.manifest.files(TENANT, "sightings")
    (row,) = fold.visits(files, [shop.site], calendar.day_named(DAY, "UTC", 4)).to_pylist()
    assert (row["start_ms"], row["end_ms"]) == (at(10), at(10, 9) - 1)


def test_a_randomised_address_makes_no_visit_because_the_next_one_cannot_be_linked_to_it(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 30), randomised=True)])
    assert outcomes(shop) == [(1, "unlinked", None)]


def test_noise_is_named_by_its_reason(shop: SmallShop) -> None:
    shop.hear(
        [
            Stay(1, at(10), at(10, 5), -91),
            Stay(2, at(5), at(5, 20)),
            Stay(4, at(10), at(10, 5), RSSI_UNKNOWN_DBM),
            *(Stay(3, at(hour), at(hour, 1)) for hour in range(8, 18)),
        ]
    )
    found = set(outcomes(shop))
    assert found == {(1, "noise", "weak"), (2, "noise", "closed"), (3, "noise", "fixed"), (4, "noise", "no_signal")}


def test_nine_hours_of_presence_are_no_fixed_device(shop: SmallShop) -> None:
    shop.hear([Stay(3, at(hour), at(hour, 2)) for hour in range(8, 17)])
    assert {outcome for _, outcome, _ in outcomes(shop)} == {"visit"}


def test_a_single_burst_is_not_thrown_away(shop: SmallShop) -> None:
    """For most phones a burst is all there is."""
    shop.hear([Stay(1, at(10), at(10, 0, 1), STREET_DBM, randomised=True)])
    assert outcomes(shop) == [(1, "unlinked", None)]


def test_the_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    stays = [Stay(n, at(10, n), at(10, 2 * n + 3)) for n in range(1, 9)]
    found = []
    for name, order in (("a", 1), ("b", -1)):
        shop = SmallShop(tmp_path / name)
        messages = shop.hear(stays)
        other = SmallShop(tmp_path / f"{name}-again")
        other._secrets, other._next = shop._secrets, shop._next
        key = shop.sensor()
        other.collector.registry.put_sensor(TENANT, "sensor-1", "shop", key.public.id, key.public.raw)
        other.intake.refresh()
        for message in messages[::order]:
            other.take([message])
        found.append(outcomes(other))
    assert found[0] == found[1]
    assert len(found[0]) == 8
