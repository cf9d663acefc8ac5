"""People from signs, on simulated days whose truth is known: the counts of docs/accuracy.md come from real rooms."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from collector.counting import chain, levelling, people, rates
from collector.counting.rates import Counted
from collector.counting.signs import STEP_MS, Signs

START_MS = 1_700_000_400_000
FIRST_DAY = date(2026, 3, 2).toordinal()
DAY = np.repeat([0, 8, 8, 20, 20, 3, 0, 0], 6).astype(float)  # eight hours
SHOWN = np.array([0.6, 0.9])  # signs a person, of the simulated place


def shown(truth, random, factor=1.0):
    """Simulated signs of these people: Poisson around their rates, nothing from outside."""
    return random.poisson(truth[:, None] * SHOWN * factor).astype(float)


def signs(values, listened=None):
    starts = START_MS + STEP_MS * np.arange(len(values), dtype=np.int64)
    return Signs(starts, values, np.ones(len(values), dtype=bool) if listened is None else listened)


def dated(day):
    return date.fromordinal(FIRST_DAY + day).isoformat()


def counts(random, days, each):
    """Manual counts of a simulated place."""
    return [
        Counted(dated(day), float(there), shown(np.array([there]), random)[0])
        for day in range(days)
        for there in random.choice(DAY, each)
    ]


@pytest.fixture(scope="module")
def fitted():
    return rates.calibrate(counts(np.random.default_rng(5), days=10, each=1))


def test_ten_counts_are_enough_for_a_calibrated_place():
    """With ten manual counts the estimate is within a quarter where five or more are present, on simulated days."""
    errors = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        fitted = rates.calibrate(counts(random, days=10, each=1))
        found = people.estimate(signs(shown(DAY, random)), fitted).steps()[1]
        errors.append(np.abs(found - DAY)[DAY >= 5] / DAY[DAY >= 5])
    assert np.mean(errors) < 0.25


def test_the_interval_holds_the_truth_about_as_often_as_it_says(fitted):
    """A 90 % interval holds at least 85 % of the steps of simulated days whose people differ from day to day."""
    random = np.random.default_rng(2)
    held = []
    for _ in range(6):
        low, _, high = people.estimate(signs(shown(DAY, random, random.lognormal(0, 0.1))), fitted).steps()
        held.append((low <= DAY) & (high >= DAY))
    assert np.mean(held) >= 0.85


def test_an_empty_place_reads_empty(fitted):
    """Hours without any sign are hours without people."""
    found = people.estimate(signs(np.zeros((24, 2))), fitted).steps()[1]
    assert found.mean() <= 0.2


def test_a_device_left_behind_is_nobody(fitted):
    """One or two lasting devices that go on without phones are an empty place; with phones they are people."""
    for left in (1.0, 2.0):
        alone = np.column_stack([np.full(24, left), np.zeros(24)])
        assert people.estimate(signs(alone), fitted).steps()[1].max() == 0
    loner = np.column_stack([np.ones(24), np.tile([1.0, 0.6, 1.0], 8)])
    assert people.estimate(signs(loner), fitted).steps()[1].min() >= 1


def test_without_counts_the_interval_is_wider(fitted):
    """What nobody has counted is known less well, and the interval says so."""
    values = shown(np.full(12, 15.0), np.random.default_rng(3))
    low, _, high = people.estimate(signs(values), rates.prior()).steps()
    low_fitted, _, high_fitted = people.estimate(signs(values), fitted).steps()
    assert np.mean(high - low) > 1.5 * np.mean(high_fitted - low_fitted)


def test_counts_move_the_rates_to_what_people_show(fitted):
    """Ten counts bring each rate within half of the simulated one, from priors that are further away."""
    assert np.abs(fitted.log_rate - np.log(SHOWN)).max() < 0.5
    assert (fitted.variance < rates.prior().variance).all()
    assert (fitted.counts, fitted.people_max) == (10, 20)


def test_no_counts_leave_the_prior():
    """Calibrating with nothing changes nothing."""
    assert np.array_equal(rates.calibrate([]).log_rate, rates.prior().log_rate)


def test_many_counts_of_one_day_weigh_as_few(fitted):
    """Counting the same people again and again does not make a rate certain."""
    random = np.random.default_rng(6)
    of_one = rates.calibrate([Counted(dated(0), 10, shown(np.array([10]), random)[0]) for _ in range(60)])
    of_ten = rates.calibrate([Counted(dated(day), 10, shown(np.array([10]), random)[0]) for day in range(10)])
    assert (of_one.variance > of_ten.variance).all()


def test_steps_nobody_listened_to_are_bridged_and_not_counted(fitted):
    """A silent sensor is no empty room: the hour's mean rests on what was heard, and an hour unheard has none."""
    truth = np.full(12, 15.0)
    values = shown(truth, np.random.default_rng(4))
    listened = np.ones(12, dtype=bool)
    listened[3:6] = False
    values[3:6] = 0
    day = people.estimate(signs(values, listened), fitted)
    hour = day.between(START_MS, START_MS + 6 * STEP_MS, STEP_MS)
    assert hour is not None
    assert hour.low <= 15 <= hour.high
    assert hour.people > 10
    assert day.between(START_MS + 3 * STEP_MS, START_MS + 6 * STEP_MS, STEP_MS) is None


def test_the_same_day_gives_the_same_numbers(fitted):
    """Two reports of one day agree to the last digit."""
    values = shown(DAY, np.random.default_rng(7))
    again = [people.estimate(signs(values), fitted).steps() for _ in range(2)]
    assert np.array_equal(*again)


def test_crowds_fit_into_the_row_of_numbers(fitted):
    """Hundreds of people are estimated as well; numbers beyond forty lie 5 % apart."""
    truth = np.full(18, 400.0)
    found = people.estimate(signs(shown(truth, np.random.default_rng(8))), fitted).steps()[1]
    assert abs(found.mean() / 400 - 1) < 0.35


def test_signs_of_a_wrong_shape_are_refused(fitted):
    """A caller that mixes up its columns hears of it."""
    with pytest.raises(ValueError, match="steps, 2"):
        chain.courses(np.zeros((3, 3)), np.ones(3, dtype=bool), fitted)


def test_what_is_known_at_the_time_knows_no_future(fitted):
    """The live figure of a step does not change when later steps come."""
    values = shown(DAY, np.random.default_rng(9))
    whole = people.so_far(signs(values), fitted)
    part = people.so_far(signs(values[:20]), fitted)
    assert np.abs(whole[1, :20] - part[1]).max() <= 1


def days_of(factors, first=0):
    """Counts of simulated days, six of each, whose people show so much more or less than others'."""
    random = np.random.default_rng(11)
    return [
        Counted(dated(first + day), 12.0, shown(np.array([12]), random, np.array(factor))[0])
        for day, factor in enumerate(factors)
        for _ in range(6)
    ]


def test_how_far_days_differ_is_learnt_from_days():
    """Where one sign differs by a factor of five from day to day, it is believed less than one that does not."""
    steady = rates.calibrate(days_of([(1, 1)] * 8))
    wild = rates.calibrate(days_of([(0.4, 1), (2, 1)] * 4))
    assert wild.day_sd[0] > 2 * steady.day_sd[0]
    assert wild.day_sd[1] < 1.2 * steady.day_sd[1]
    assert (wild.spread < 1.3 * steady.spread).all()


def test_what_was_counted_of_a_time_is_forgotten_and_what_it_tells_of_the_place_is_not(fitted):
    """With time a rate goes back towards that of the place, which counts of one time tell only in part."""
    year, lifetime, before = rates.aged(fitted, 365), rates.aged(fitted, 365 * 60), rates.prior()
    assert (fitted.variance < year.variance).all()
    assert (year.variance <= lifetime.variance).all()
    assert (lifetime.variance < before.variance).all()
    assert np.allclose(lifetime.belief.mean, [*fitted.belief.mean[:2], 0, 0])
    nearer = np.abs(lifetime.log_rate - before.log_rate) / np.abs(fitted.log_rate - before.log_rate)
    assert ((nearer > 0.1) & (nearer < 0.95)).all()
    assert np.array_equal(rates.aged(fitted, -5).variance, fitted.variance)


def test_more_labels_of_one_time_do_not_make_the_next_certain():
    """Half a year later three counted days tell nearly as much as thirty: they are of one time."""
    few, many = (rates.aged(rates.calibrate(days_of([(1, 1)] * days)), 182) for days in (3, 30))
    assert (many.variance <= few.variance).all()
    assert (many.variance > 0.7 * few.variance).all()


def test_a_place_sees_about_as_many_people_as_it_saw():
    """Where people show half as much as when they were counted, as many as ever are likelier than half; and where twice
    as many come as ever, they are counted.
    """
    fitted = rates.aged(rates.calibrate(days_of([(1, 1)] * 12)), 200)
    unknown = replace(fitted, usual=rates.calibrate([]).usual)
    values = shown(np.full(24, 12.0), np.random.default_rng(14), 0.5)
    usual, any_number = (people.estimate(signs(values), one).steps()[1].mean() for one in (fitted, unknown))
    assert abs(usual - 12) < 0.75 * abs(any_number - 12)
    crowd = people.estimate(signs(shown(np.full(24, 36.0), np.random.default_rng(15))), fitted).steps()
    assert crowd[1].mean() > 24
    assert (crowd[2] >= 36).mean() > 0.8


def test_recent_days_weigh_more_than_those_of_years_ago():
    """Half of the lasting devices gone within a year: a few new counts outweigh as many old ones."""
    counted = days_of([(1, 1)] * 6) + days_of([(0.5, 1)] * 6, first=700)
    lasting = np.exp(rates.calibrate(counted).log_rate[0])
    assert lasting < 0.8 * np.exp(rates.calibrate(days_of([(1, 1), (0.5, 1)] * 6)).log_rate[0])


def levelled(fitted, factor, days):
    """Rates a year after the counts, after so many simulated days that nobody counted."""
    random, first = np.random.default_rng(12), FIRST_DAY + 365
    before = [levelling.shown(first + day, *levelling.own(shown(DAY, random, np.array(factor)))) for day in range(days)]
    return levelling.levelled(fitted, first + days, before)


def test_days_nobody_counted_tell_which_sign_moved():
    """Where people show half as many lasting devices as when they were counted, and as many phones, rates follow."""
    fitted = rates.calibrate(days_of([(1, 1)] * 8))
    moved, still = levelled(fitted, (0.5, 1), 20), levelled(fitted, (1, 1), 20)
    assert np.exp(moved.log_rate - fitted.log_rate) == pytest.approx([0.55, 1.1], abs=0.12)
    assert np.exp(still.log_rate - rates.aged(fitted, 365).log_rate) == pytest.approx([1, 1], abs=0.1)
    assert moved.variance[0] < rates.aged(fitted, 365).variance[0]
    assert moved.together > 0


def test_the_estimate_follows_when_people_carry_other_things():
    """A year after the counts people show 60 % fewer lasting devices: the estimate stays within a fifth."""
    fitted = rates.calibrate(days_of([(1, 1)] * 8))
    values, truth = shown(np.full(24, 14.0), np.random.default_rng(13), np.array((0.4, 1))), 14.0
    stale = people.estimate(signs(values), fitted).steps()[1].mean()
    fresh = people.estimate(signs(values), levelled(fitted, (0.4, 1), 20)).steps()[1].mean()
    assert stale < 0.8 * truth
    assert fresh == pytest.approx(truth, rel=0.2)


def test_a_day_with_hardly_a_sign_says_nothing_of_their_ratio(fitted):
    """A quiet day moves no rate, nor do days after the one that is asked for, nor those before the last count."""
    assert levelling.shown(1, *levelling.own(np.ones((20, 2)) * 0.2)) is None
    one = levelling.shown(fitted.day, *levelling.own(shown(DAY, np.random.default_rng(1))))
    assert one is not None
    alone = levelling.levelled(fitted, fitted.day + 9, [])
    assert np.array_equal(levelling.levelled(fitted, fitted.day + 9, [one]).log_rate, alone.log_rate)
