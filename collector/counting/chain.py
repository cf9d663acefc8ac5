"""How many people were there, step by step: a hidden Markov chain over the number of people.

A number of people mostly changes a little in ten minutes, and now and then all at once (a lesson ends, a train comes).
What is observed are the signs of each step: negative binomial around rate x people + background. One unknown factor a
day and stream stands for what these people carry and how they use it. A place may also be empty but for one or two
lasting devices that go on without phones: a state of its own. The chain gives possible courses of the day (forward
filtering, backward sampling), and every figure and interval is read off these courses.
Sources: Rabiner 1989 (forward recursion); Fruehwirth-Schnatter 1994 (backward sampling).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .belief import STREAMS
from .learning import negative_binomial
from .rates import Rates, Usual

Array = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.intp]]

LASTING = STREAMS.index("lasting_devices")
JUMP = 0.15  # chance, a step, that the number of people is a wholly new one
WALK = 0.12  # else its square root moves by so much a step (sd): 16 people by one, 100 by two or three
EMPTY = 0.3  # of the wholly new numbers, how many are zero
BEHIND = np.array([1.0, 2.0])  # lasting devices in an empty place: left there, or behind a thin wall
BEHIND_SHARE = 1 / 3  # of wholly new zeros, how many are such a place
FRESH = 1.0  # people; the rest of them fall off as 1 / (people + FRESH): no size is likelier than another,
FRESH_DAYS = 3.0  # worth so many counted days; beside them numbers are likely that are near those that were counted,
USUAL_SD = 0.3  # (sd of the logarithm: another third more or fewer)
USUAL_DAYS_MAX = 12.0  # worth so many days at most: one new number in five is unlike any that was counted
CLUMP = 3.0  # sd of the background over its mean: what comes through the walls comes in clumps (measured: 6)
COURSES = 400
FACTORS_SD = np.linspace(-2.25, 2.25, 7)  # where each factor is tried, in its standard deviations
KNOTS = 15  # where the likelihood of many factors is worked out
EXACT = 40  # numbers up to this are told apart; beyond, steps of 5 %
PEOPLE_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Courses:
    """Possible courses of one day: people, shape (COURSES, steps), all equally likely."""

    people: Array


def numbers(largest: float) -> Array:
    """The numbers of people that are told apart, from 0 to at least `largest`."""
    found = [float(number) for number in range(EXACT + 1)]
    while found[-1] < min(largest, PEOPLE_MAX):
        found.append(float(round(found[-1] * 1.05)))
    return np.array(found)


def courses(values: Array, listened: "np.ndarray[Any, np.dtype[np.bool_]]", rates: Rates, seed: int = 0) -> Courses:
    """Courses of one day from its signs, shape (steps, 2). Steps that nobody listened to are bridged.

    The same input gives the same courses. Raises ValueError for shapes that do not fit.
    """
    if values.shape != (len(listened), 2) or not len(listened):
        raise ValueError(f"signs of shape (steps, 2), one step at least, are wanted, not {values.shape}")
    people, behind = _states(values, rates)
    moves, fresh = _moves(people[: -len(BEHIND)], rates.usual)
    evidence = np.where(listened[None, :, None], _evidence(values, rates, people, behind), 0.0)
    filtered, log_evidence = _forward(evidence, moves, fresh)
    likely = _factors() * np.exp(log_evidence[:, -1] - log_evidence[:, -1].max())
    random = np.random.default_rng(seed)
    factor = random.choice(len(likely), COURSES, p=likely / likely.sum())
    return Courses(people[_backward(filtered, moves, factor, random)])


def so_far(values: Array, listened: "np.ndarray[Any, np.dtype[np.bool_]]", rates: Rates, quantiles: Array) -> Array:
    """Quantiles of the people at each step as known at its end, shape (quantiles, steps): what a live page can show."""
    people, behind = _states(values, rates)
    moves, fresh = _moves(people[: -len(BEHIND)], rates.usual)
    evidence = np.where(listened[None, :, None], _evidence(values, rates, people, behind), 0.0)
    filtered, log_evidence = _forward(evidence, moves, fresh)
    likely = _factors()[:, None] * np.exp(log_evidence - log_evidence.max(axis=0))
    mixed = np.einsum("fs,fsn->sn", likely / likely.sum(axis=0), filtered)
    mixed[:, 0] += mixed[:, -len(BEHIND) :].sum(axis=1)
    people, mixed = people[: -len(BEHIND)], mixed[:, : -len(BEHIND)]
    ladder = mixed.cumsum(axis=1)
    return np.stack([people[(ladder < quantile).sum(axis=1).clip(max=len(people) - 1)] for quantile in quantiles])


def _states(values: Array, rates: Rates) -> tuple[Array, Array]:
    """(people, lasting devices without people) of each state: the numbers, and last the empty places of BEHIND."""
    some = numbers(3 * float((values / np.exp(rates.log_rate)).max(initial=0.0)) + 20)
    return np.append(some, np.zeros(len(BEHIND))), np.append(np.zeros(len(some)), BEHIND)


def _moves(people: Array, usual: Usual) -> tuple[Array, Array]:
    """(chances of coming from one state to another, chances of a wholly new one); the states of BEHIND come last."""
    width = np.gradient(people)  # how many numbers each stands for
    root = np.sqrt(people + 1)
    near = np.exp(-0.5 * ((root[None, :] - root[:, None]) / WALK) ** 2) * width
    near /= near.sum(axis=1, keepdims=True)
    fresh = (1 - EMPTY) * _fresh(people, width, usual)
    fresh[0] = EMPTY * (1 - BEHIND_SHARE)
    fresh = np.append(fresh, np.full(len(BEHIND), EMPTY * BEHIND_SHARE / len(BEHIND)))
    near = np.pad(near, (0, len(BEHIND)))
    near[-len(BEHIND) :, -len(BEHIND) :] = np.eye(len(BEHIND))
    return (1 - JUMP) * near + JUMP * fresh, fresh


def _fresh(people: Array, width: Array, usual: Usual) -> Array:
    """How likely each number is where a new group comes: any size, or one that was counted, give or take USUAL_SD.

    A place sees about as many people as it saw: where signs weaken with nobody having counted, that tells it.
    """
    of_any = width / (people + FRESH)
    of_any[0] = 0
    of_any /= of_any.sum()
    if not usual.days.sum():
        return of_any
    off = np.log(people[None, 1:] / usual.people[:, None]) / USUAL_SD
    of_usual = np.pad(np.exp(-0.5 * off**2) * width[1:] / people[1:], ((0, 0), (1, 0)))
    of_usual /= of_usual.sum(axis=1, keepdims=True)
    days = usual.days * min(1.0, USUAL_DAYS_MAX / usual.days.sum())
    found: Array = (FRESH_DAYS * of_any + days @ of_usual) / (FRESH_DAYS + days.sum())
    return found


def _evidence(values: Array, rates: Rates, people: Array, behind: Array) -> Array:
    """Log likelihood of each step's signs, shape (factors, steps, states)."""
    tries = len(FACTORS_SD)
    of_stream = [
        _of_stream(values, rates, people, behind, stream, factors) for stream, factors in enumerate(_tried(rates))
    ]
    lasting, phones = of_stream
    return np.repeat(lasting, tries, axis=0) + phones


def _tried(rates: Rates) -> tuple[Array, Array]:
    """Logarithms of the factors that are tried: of lasting devices each, of phones for each of those."""
    lasting, phones = rates.variance + rates.day_sd**2
    along = rates.together / np.sqrt(lasting)
    across = np.sqrt(phones - along**2)
    return FACTORS_SD * np.sqrt(lasting), (along * FACTORS_SD[:, None] + across * FACTORS_SD[None, :]).ravel()


def _of_stream(values: Array, rates: Rates, people: Array, behind: Array, stream: int, factors: Array) -> Array:
    """Log likelihood of one stream, shape (factors, steps, states).

    Between KNOTS factors it is drawn straight: many are tried, and it bends little.
    """
    knots = factors if len(factors) <= KNOTS else np.linspace(factors.min(), factors.max(), KNOTS)
    theirs = np.exp(rates.log_rate[stream] + knots)[:, None] * people[None, :]
    if stream == LASTING:
        theirs = theirs + behind
    others = rates.background[stream]
    mean = others + theirs
    size = mean**2 / ((theirs * rates.spread[stream]) ** 2 + (CLUMP * others) ** 2)
    found = negative_binomial(values[None, :, stream, None], mean[:, None, :], size[:, None, :])
    if knots is factors:
        return found
    place = (factors - knots[0]) / (knots[1] - knots[0])
    below = np.minimum(place.astype(np.intp), KNOTS - 2)
    share = place - below
    weights = np.zeros((len(factors), KNOTS))
    weights[np.arange(len(factors)), below] = 1 - share
    weights[np.arange(len(factors)), below + 1] = share
    drawn: Array = (weights @ found.reshape(KNOTS, -1)).reshape(len(factors), *found.shape[1:])
    return drawn


def _factors() -> Array:
    """How likely each pair of factors is before anything is seen, in the order of `_evidence`."""
    one = np.exp(-(FACTORS_SD**2) / 2)
    both: Array = np.outer(one, one).ravel() / one.sum() ** 2
    return both


def _forward(evidence: Array, moves: Array, fresh: Array) -> tuple[Array, Array]:
    """(chances of each number at each step given all up to it, log evidence of all up to it), for every factor."""
    factors, steps, size = evidence.shape
    filtered = np.empty(evidence.shape)
    log_evidence = np.zeros((factors, steps))
    now = np.broadcast_to(fresh, (factors, size))
    for step in range(steps):
        if step:
            now = now @ moves
        best = evidence[:, step].max(axis=1, keepdims=True)
        now = now * np.exp(evidence[:, step] - best)
        total = now.sum(axis=1, keepdims=True)
        log_evidence[:, step] = (np.log(total) + best)[:, 0]
        now = now / total
        filtered[:, step] = now
    return filtered, log_evidence.cumsum(axis=1)


def _backward(filtered: Array, moves: Array, factor: Places, random: np.random.Generator) -> Places:
    """Draw a course for each of these factors, shape (courses, steps), as places in the row of numbers.

    Courses of one factor that stand at one place have the same chances: there are few such pairs, each worked out once.
    """
    _, steps, size = filtered.shape
    onto = np.ascontiguousarray(moves.T)
    places = np.zeros((steps, len(factor)), dtype=np.intp)
    for step in range(steps - 1, -1, -1):
        if step == steps - 1:
            alike, of = np.unique(factor, return_inverse=True)
            chances = filtered[alike, step]
        else:
            alike, of = np.unique(factor * size + places[step + 1], return_inverse=True)
            chances = filtered[alike // size, step] * onto[alike % size]
        ladder = chances.cumsum(axis=1).T  # a column a pair: numpy counts down columns ten times as fast as along rows
        drawn = random.random(len(factor)) * ladder[-1, of]
        places[step] = np.add.reduce(np.take(ladder, of, axis=1) < drawn, axis=0, dtype=np.int16)
    return places.T
