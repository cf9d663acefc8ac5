"""Explaining: which phones, and how many, may have sent the bursts of one family in one window.

Burst by burst, each is either the next of a phone that is already supposed or the first of another. The BEAM most
probable explanations are kept, and their weights in the end say how probable each number of phones is. Two bursts
at the same time, at levels far apart, or out of each other's rhythm make a phone more; what one phone explains well
stays one. Addresses bind too: what has one address is one phone, and a phone has at most one global address.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from . import manners
from .bursts import Burst
from .manners import Phone

BEAM = 24
FURTHER_PHONE = 0.5  # odds of one phone more of a family, before anything is heard of it


@dataclass(frozen=True, slots=True)
class Explained:
    """chance: number of phones -> probability. phone: of each burst, the phone of the most probable explanation."""

    chance: dict[int, float]
    phone: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Explanation:
    weight: float  # natural logarithm
    phones: tuple[Phone, ...]
    owner: dict[int, int]  # address -> phone
    chosen: "tuple[_Chosen, int] | tuple[()]"  # the phones of all bursts so far, latest first


_Chosen = tuple[object, int] | tuple[()]


def explain(bursts: Sequence[Burst], window_s: float) -> Explained:
    """The explanations of these bursts of one family, in time order; at least one burst."""
    classes = len({burst.model_class for burst in bursts})
    kept = [_Explanation(0.0, (), {}, ())]
    for burst in bursts:
        kept = _extended(kept, burst, window_s, classes)
    ended = [
        (found.weight + sum(manners.silent_since(phone, window_s) for phone in found.phones), found) for found in kept
    ]
    best, likeliest = max(ended, key=itemgetter(0))
    chance: dict[int, float] = {}
    for weight, found in ended:
        chance[len(found.phones)] = chance.get(len(found.phones), 0.0) + math.exp(weight - best)
    total = sum(chance.values())
    return Explained({phones: share / total for phones, share in chance.items()}, _unwound(likeliest.chosen))


def _extended(kept: Sequence[_Explanation], burst: Burst, window_s: float, classes: int) -> list[_Explanation]:
    """The BEAM best explanations with one burst more. Explanations share phones, which are weighed once."""
    fresh, newcomer = manners.first(burst, window_s, classes)
    weighed: dict[tuple[int, bool], float] = {}
    grown: dict[tuple[int, bool], Phone] = {}
    options: list[tuple[float, int, int, bool]] = []
    for at, found in enumerate(kept):
        owner = None if burst.address is None else found.owner.get(burst.address)
        same = owner is not None
        for number in range(len(found.phones)) if owner is None else (owner,):
            phone = found.phones[number]
            if not same and (burst.first_s < phone.last_s or (burst.lasting and phone.lasting)):
                continue
            key = (id(phone), same)
            if key not in weighed:
                weighed[key] = manners.following(phone, burst, same, classes)
            options.append((found.weight + weighed[key], at, number, same))
        if not same:
            odds = math.log(FURTHER_PHONE) if found.phones else 0.0
            options.append((found.weight + odds + fresh, at, len(found.phones), False))
    options.sort(key=itemgetter(0), reverse=True)
    best = []
    for weight, at, number, same in options[:BEAM]:
        found = kept[at]
        if number == len(found.phones):
            phones = (*found.phones, newcomer)
        else:
            key = (id(found.phones[number]), same)
            if key not in grown:
                grown[key] = manners.after(found.phones[number], burst, same)
            phones = (*found.phones[:number], grown[key], *found.phones[number + 1 :])
        owners = found.owner if burst.address is None else {**found.owner, burst.address: number}
        best.append(_Explanation(weight, phones, owners, (found.chosen, number)))
    return best


def _unwound(chosen: _Chosen) -> tuple[int, ...]:
    numbers = []
    while chosen:
        chosen, number = chosen  # type: ignore[assignment]
        numbers.append(number)
    return tuple(reversed(numbers))
