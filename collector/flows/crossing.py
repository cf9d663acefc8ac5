"""Intersections: the share of one site's visitors who came to another, mended for visits missed there. Pure."""

from math import exp, log

from .interval import Estimate


def mended(share: Estimate, missed: Estimate) -> Estimate:
    """A share of the panel's visitors, over the chance that a visit at the other site is heard as one; at most 1.

    share: as heard, with its interval. missed: visits made there for each one heard (see dwell.py). It is assumed that
    a phone that was heard here is missed there as often as others are. Both are off independently of each other, so
    the ends of their intervals are put together by squares, on the logarithm (propagation of errors).
    """
    value = share.value * missed.value
    if value <= 0:
        return Estimate(0.0, 0.0, min(1.0, share.high * missed.high))
    low, high = (
        value * exp(side * (log(here / share.value) ** 2 + log(there / missed.value) ** 2) ** 0.5)
        for side, here, there in ((-1, max(share.low, 1e-9), missed.low), (1, share.high, missed.high))
    )
    return Estimate(min(1.0, value), min(1.0, low), min(1.0, high))
