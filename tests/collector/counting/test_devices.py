import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.counting import bursts, devices, manners
from collector.counting.heard import Heard

WINDOW_S = 600
START_MS = 1_772_359_200_000


def heard(*rows: tuple[float, int], level_dbm: float = -60, model_class: int = 5, **columns) -> Heard:
    """Sightings of one frame burst each: (second, token)."""
    first_ms = np.array([START_MS + round(second * 1000) for second, _ in rows], dtype=np.int64)
    size = len(rows)
    return Heard(
        token=np.array([token for _, token in rows], dtype=np.int64),
        first_ms=first_ms,
        last_ms=first_ms + columns.get("lasts_ms", 200),
        frames=np.full(size, columns.get("frames", 6)),
        bursts=np.full(size, columns.get("bursts", 1)),
        rssi_max_dbm=np.full(size, level_dbm, dtype=np.float64),
        model_class=np.full(size, model_class),
        randomised=np.full(size, columns.get("randomised", True)),
        directed=np.zeros(size, dtype=bool),
    )


def both(*parts: Heard) -> Heard:
    return Heard(*(np.concatenate([getattr(part, name) for part in parts]) for name in Heard.__slots__))


def every(period_s: float, start_s: float, token: int, until_s: float = WINDOW_S) -> list[tuple[float, int]]:
    """A phone that scans by a timer, each time under another address."""
    return [(second, token + at) for at, second in enumerate(np.arange(start_s, until_s, period_s))]


def count(found: Heard) -> devices.Devices:
    return devices.count(found, START_MS, WINDOW_S)


def test_nobody_heard_is_nobody_counted():
    """A silent window."""
    found = count(heard())
    assert (found.count, found.low, found.high, len(found.groups)) == (0, 0, 0, 0)


def test_a_phone_that_changes_its_address_is_one():
    """Ten bursts by one timer, ten addresses."""
    found = count(heard(*every(60, 5, 100)))
    assert round(found.count) == 1
    assert len(set(found.groups)) == 1


def test_two_timers_out_of_step_are_two_phones():
    """One class, one level, equal periods: only the rhythm tells them apart."""
    one, other = every(63, 5, 100), every(63, 29, 200)
    found = count(heard(*one, *other))
    assert round(found.count) == 2
    assert len(set(found.groups[:10])) == len(set(found.groups[10:])) == 1
    assert found.groups[0] != found.groups[-1]


def test_a_scan_in_between_is_no_other_phone():
    """A timer of 83 s goes on as it went after a scan for another reason."""
    assert count(heard(*sorted([*every(83, 14, 100), (220, 200)]))).count < 1.3


def test_what_other_models_show_tells_of_doubtful_ones():
    """Two bursts of a class, 18 dB apart: a second phone rather where other models are there three times as well."""
    doubtful = [
        heard((30 + at, 2 * at), (170 + 9 * at, 2 * at + 1), level_dbm=np.array((-50, -68)), model_class=50 + at)
        for at in range(1, 5)
    ]
    alone = [heard(*every(70, 5 * at, 1000 * at), model_class=20 + at) for at in range(1, 5)]
    thrice = [
        heard(*every(70, 7 * at + 13 * copy, 1000 * at + 100 * copy), model_class=20 + at, level_dbm=-50 - 15 * copy)
        for at in range(1, 5)
        for copy in range(3)
    ]
    of_one_each = count(both(*doubtful, *alone)).count - count(both(*alone)).count
    of_three_each = count(both(*doubtful, *thrice)).count - count(both(*thrice)).count
    assert 4 <= of_one_each < of_three_each <= 9


def test_a_phone_in_use_is_one():
    """Scans for no timer's reason, at any time: each gap is of a new kind, and none makes another phone."""
    rows = [(second, 100 + at) for at, second in enumerate((90, 218, 321, 329, 334, 353, 360, 394, 400, 445, 458))]
    assert count(heard(*rows)).count == 1


def test_a_models_timer_is_expected_of_its_other_phones():
    """A gap that the family has shown is likelier than one nobody has, for a phone that has shown none."""
    (of_two,) = bursts.families(heard((0, 1), (128, 2)), START_MS)
    _, phone = manners.first(of_two[0], WINDOW_S, 1)
    nobodys, familys = (manners.following(phone, of_two[1], False, 1, timers) for timers in ((), ((128.0, 2),)))
    assert familys > nobodys + 3


def test_there_are_as_many_groups_as_were_counted():
    """Two families, of two timers and of one: the grouping is the one that the count stands for."""
    found = count(both(heard(*every(63, 5, 100), *every(63, 29, 200)), heard(*every(50, 9, 300), model_class=6)))
    assert found.count == len(set(found.groups)) == 3


def test_many_of_one_model_hide_some():
    """The interval of four models with four phones each reaches further up than down."""
    begins_s = (3, 14, 31, 52)
    found = count(
        both(
            *(
                heard(*every(63, begin_s, 1000 * at + 10 * begin_s), model_class=at, level_dbm=-40 - begin_s)
                for at in range(1, 5)
                for begin_s in begins_s
            )
        )
    )
    assert found.low <= 16 <= found.high
    assert found.high - 16 > 16 - found.low


def test_two_levels_are_two_phones():
    """By time alone these would be one timer of 30 s; by turns they are near and far."""
    near = heard(*every(60, 5, 100), level_dbm=-45)
    far = heard(*every(60, 35, 200), level_dbm=-80)
    assert round(count(both(near, far)).count) == 2


def test_two_global_addresses_are_two_phones():
    """A phone does not make up a global address: one burst of each is enough."""
    assert round(count(heard((30, 1), (400, 2), randomised=False)).count) == 2


def test_a_phone_seldom_has_both_a_global_and_a_made_up_address():
    """Of one model, equally loud: five bursts under a global address by a timer, and one under another in between."""
    found = count(both(heard(*((second, 1) for second in range(30, 600, 120)), randomised=False), heard((240, 2))))
    assert found.count == len(set(found.groups)) == 2


def test_one_lasting_address_is_one_phone_whatever_its_rhythm():
    """Irregular bursts under one address."""
    found = count(heard(*((second, 7) for second in (3, 4.5, 70, 71, 300, 555)), frames=9))
    assert (round(found.count), set(found.groups)) == (1, {0})


def test_addresses_within_a_burst_are_one_phone():
    """Some phones change their address from frame to frame."""
    found = count(heard(*((100 + 0.1 * at, at) for at in range(7)), lasts_ms=0, frames=1))
    assert (round(found.count), len(set(found.groups))) == (1, 1)


def test_a_burst_cut_by_the_end_of_a_sensor_window_is_one():
    """Its two halves are rows of their own."""
    found = count(both(heard((29.9, 1), lasts_ms=90), heard((30.0, 1), lasts_ms=100)))
    assert set(found.groups) == {0}


def test_classes_that_one_address_used_are_one_family():
    """A phone that lists less in one scan is not two; two phones of two classes stay two."""
    one = both(heard((10, 1), (70, 1), (130, 1)), heard((190, 1), model_class=6))
    assert set(count(one).groups) == {0}
    assert round(count(both(heard(*every(60, 5, 100)), heard(*every(60, 25, 300), model_class=6))).count) == 2


def test_unknown_levels_say_nothing():
    """A capture without signal strength is counted by time alone."""
    one, other = every(63, 5, 100), every(63, 29, 200)
    assert round(count(heard(*one, *other, level_dbm=np.nan)).count) == 2


def test_too_many_bursts_are_counted_by_their_rate(monkeypatch):
    """Beyond the limit a family of 140 bursts in 10 minutes is about 20 phones, with a wide interval."""
    monkeypatch.setattr(devices, "BURSTS_MAX", 100)
    found = count(heard(*((4 * at, at) for at in range(140))))
    assert found.count == pytest.approx(20, abs=3)
    assert found.low < 16
    assert found.high > 30


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.floats(0, WINDOW_S - 1), st.integers(1, 9), st.integers(1, 3), st.floats(-90, -30)), max_size=14
    )
)
def test_any_window_gives_an_interval_around_its_count(rows):
    """Every sighting goes to a phone, an address never to two, and the count lies in its interval."""
    parts = [
        heard((second, token), model_class=model_class, level_dbm=round(level_dbm))
        for second, token, model_class, level_dbm in rows
    ]
    found = both(heard(), *parts)
    counted = count(found)
    assert counted.low <= counted.count + 1
    assert counted.count <= counted.high + 1
    assert len(counted.groups) == len(found)
    for token in set(found.token):
        assert len(set(counted.groups[found.token == token])) == 1


def test_the_order_of_sightings_does_not_matter():
    """Batches come in any order."""
    rows = every(63, 5, 100) + every(40, 29, 200)
    shuffled = [rows[at] for at in np.random.default_rng(2).permutation(len(rows))]
    assert count(heard(*rows)).count == pytest.approx(count(heard(*shuffled)).count)
