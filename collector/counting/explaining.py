"""Explaining: which phones, and how many, may have sent the bursts of one family in one window.

Burst by burst, each is either the next of a phone that is already supposed or the first of another. BEAM explanations
are kept, and their weights in the end say how probable each number of phones is. Two bursts at the same time, at levels
far apart, or out of each other's rhythm make a phone more; what one phone explains well stays one. Addresses bind too:
what has one address is one phone, and a phone has at most one global address.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from . import manners
from .bursts import Burst
from .manners import Phone

BEAM = 24


@dataclass(frozen=True, slots=True)
class Explained:
    """Of each number of phones that was kept: its probability, and of each burst the phone in the likeliest explanation
    by so many.
    """

    chance: dict[int, float]
    phone: dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Explanation:
    score: float  # natural logarithm of its probability, up to a constant of all
    weight: float  # the same, and of those that it was kept instead of
    phones: tuple[Phone, ...]
    owner: dict[int, int]  # address -> phone
    timers: manners.Gaps  # kinds of gaps, and in how many phones
    chosen: "tuple[_Chosen, int] | tuple[()]"  # the phones of all bursts so far, latest first


_Chosen = tuple[object, int] | tuple[()]


class _Option(NamedTuple):
    weight: float
    gain: float  # of the score
    at: int  # which explanation it carries on
    phone: int
    same_address: bool


def explain(bursts: Sequence[Burst], window_s: float) -> Explained:
    """The explanations of these bursts of one family, in time order; at least one burst."""
    classes = len({burst.model_class for burst in bursts})
    kept = [_Explanation(0.0, 0.0, (), {}, (), ())]
    for burst in bursts:
        kept = _extended(kept, burst, window_s, classes)
    silences = [sum(manners.silent_since(phone, window_s) for phone in found.phones) for found in kept]
    weights = [found.weight + silence for found, silence in zip(kept, silences, strict=True)]
    scores = [found.score + silence for found, silence in zip(kept, silences, strict=True)]
    most = max(weights)
    chance: dict[int, float] = {}
    likeliest: dict[int, tuple[float, _Explanation]] = {}
    for weight, score, found in zip(weights, scores, kept, strict=True):
        phones = len(found.phones)
        chance[phones] = chance.get(phones, 0.0) + math.exp(weight - most)
        if phones not in likeliest or score > likeliest[phones][0]:
            likeliest[phones] = (score, found)
    total = sum(chance.values())
    return Explained(
        {phones: share / total for phones, share in chance.items()},
        {phones: _unwound(found.chosen) for phones, (_, found) in likeliest.items()},
    )


def _extended(kept: Sequence[_Explanation], burst: Burst, window_s: float, classes: int) -> list[_Explanation]:
    """The BEAM best explanations with one burst more. Explanations share phones, which are weighed once."""
    fresh, newcomer = manners.first(burst, window_s, classes)
    weighed: dict[tuple[int, int, bool], float] = {}
    grown: dict[tuple[int, bool], Phone] = {}
    options: list[_Option] = []
    for at, found in enumerate(kept):
        owner = None if burst.address is None else found.owner.get(burst.address)
        same = owner is not None
        for number in range(len(found.phones)) if owner is None else (owner,):
            phone = found.phones[number]
            if not same and (burst.first_s < phone.last_s or (burst.lasting and phone.lasting)):
                continue
            by = (id(phone), id(found.timers), same)
            if by not in weighed:
                weighed[by] = manners.following(phone, burst, same, classes, found.timers)
            options.append(_Option(found.weight + weighed[by], weighed[by], at, number, same))
        if not same:
            odds = _further(len(found.phones))
            options.append(_Option(found.weight + odds + fresh, odds + fresh, at, len(found.phones), False))
    best = []
    for weight, gain, at, number, same in _fairly(options):
        found = kept[at]
        if number == len(found.phones):
            phones, timers = (*found.phones, newcomer), manners.timed(found.timers, newcomer)
        else:
            before = found.phones[number]
            key = (id(before), same)
            if key not in grown:
                grown[key] = manners.after(before, burst, same)
            phones = (*found.phones[:number], grown[key], *found.phones[number + 1 :])
            timers = manners.timed(found.timers, grown[key], len(before.gaps))
        owners = found.owner if burst.address is None else {**found.owner, burst.address: number}
        best.append(_Explanation(found.score + gain, weight, phones, owners, timers, (found.chosen, number)))
    return best


def _further(phones: int) -> float:
    """Logarithm of the odds that a family of so many phones has one more, before anything is heard of it.

    Fisher's logarithmic series (1943), which says how many of a species are met where nothing is known of it: one half
    for the second, and more for each further one, since a model that has been met often is a common one.
    """
    return math.log(phones / (phones + 1)) if phones else 0.0


def _fairly(options: Sequence[_Option]) -> list[_Option]:
    """At most BEAM of the options, so that the weights of all stay fairly represented.

    The heavy ones are kept as they are; of the others so many are taken, evenly along the list, that each one's chance
    is its share, and each then stands for an equal share of them. Merely keeping the heaviest would favour few phones:
    there are more ways to deal bursts to many phones, each less probable. Fearnhead and Clifford 2003.
    """
    if len(options) <= BEAM:
        return list(options)
    most = max(option.weight for option in options)
    shares = [math.exp(option.weight - most) for option in options]
    ordered = sorted(shares, reverse=True)
    rest, heavy = sum(ordered), 0
    while heavy < BEAM - 1 and ordered[heavy] * (BEAM - heavy) >= rest:
        rest -= ordered[heavy]
        heavy += 1
    stands_for = rest / (BEAM - heavy)
    kept, passed = [], 0.5
    for option, share in zip(options, shares, strict=True):
        if heavy and share >= ordered[heavy - 1]:
            kept.append(option)
            continue
        passed += share / stands_for if stands_for > 0 else 0.0
        if passed >= 1:
            passed -= 1
            kept.append(option._replace(weight=most + math.log(stands_for)))
    return kept


def _unwound(chosen: _Chosen) -> tuple[int, ...]:
    numbers = []
    while chosen:
        chosen, number = chosen  # type: ignore[assignment]
        numbers.append(number)
    return tuple(reversed(numbers))
