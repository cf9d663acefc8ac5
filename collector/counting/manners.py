"""Manners: how probable it is that a phone sends its next burst then, so loud and so long, after those it has sent.

The figures are of protocols and of radio, not fitted to any set of phones:

- Phones scan by timers: AOSP's connectivity scans from 20 s, doubling to 160 s, its offloaded scans every 20 s and then
  every 60 s, old supplicants every 5 s. So a phone's gaps repeat each other; which they are is learnt burst by burst (a
  Pitman-Yor process over gaps, with a wide log-normal for the first of each kind). Some phones keep no timer, above all
  in a hand: the more kinds of gaps a phone has shown, the likelier is another (its discount), and no burst of it needs
  a second phone to be explained. Phones of one model share timers, so a kind of gap that a family has shown is likelier
  for its other phones (a hierarchical Pitman-Yor process, Teh 2006).
- A phone that lies still is heard with an sd of about 4 dB from burst to burst while people move; that too is learnt
  (Student's t), and one burst in 20 is off by any amount.
- A burst of one kind of scan has much the same number of frames each time.

All results are natural logarithms of densities, to be added.
"""

import math
from dataclasses import dataclass, replace

from .bursts import Burst

GAP_MEDIAN_S, GAP_SPREAD = 60.0, 1.3  # of ln seconds: 5 to 780 s hold 95 %; 0.4 to 1 burst a minute in the middle
SAME_AGAIN_SHARE = 0.5  # a timer mostly goes on as it went: half for the kind of gap that was last, half for any known
# The Pitman-Yor process's: after n gaps of k kinds, another kind has a share of (1 + k / 2) / (n + 1). The same for the
# timers of a family, which all its phones draw new kinds from.
NEW_GAP_WEIGHT, NEW_GAP_DISCOUNT = 1.0, 0.5
BETWEEN_SHARE = 0.1  # of bursts: the last one was in between, and the timer goes on from the one before
JITTER_S, JITTER_SHARE = 0.4, 0.01  # of a timer: wake-ups are batched, and a sweep begins on another channel
GAP_SECONDS_MIN = 0.5

LEVEL_SD_DB, LEVEL_SD_WEIGHT = 4.0, 4.0  # weight: as if so many bursts had been seen before
LEVEL_RANGE_DB = 50.0  # -90 to -40 dBm: where a phone that nothing is known of may be
LEVEL_STRAY_SHARE = 0.05

SIZE_MEDIAN, SIZE_SPREAD, SIZE_SD = 6.0, 0.9, 0.35  # frames a burst: of all phones, and of one phone (ln)
SIZE_STRAY_SHARE = 0.1

# Of phones that are heard with an address of one kind, global or made up: they use the other too. Three of 22 phones
# did so at some time, five had nothing but a global one (Pintor and Atzori 2021).
BOTH_KINDS_SHARE = 0.1
CLASS_CHANGE_WEIGHT = 0.1  # of a Dirichlet process: a phone shows a second class in about one window of ten
LEAVING_SHARE = 0.3  # phones that came or went within the window: silence before or after says nothing of them
SCANS_WEIGHED_MAX = 6  # of one row: more of the same rhythm are no more evidence

_HALF_LN_2PI = 0.5 * math.log(2 * math.pi)
_ROOT_2PI = math.sqrt(2 * math.pi)
_FAR_SD = 6.0
_LN_SIZE = math.log(SIZE_MEDIAN)
_GAP_MEAN_S = GAP_MEDIAN_S * math.exp(GAP_SPREAD**2 / 2)

Gaps = tuple[tuple[float, int], ...]  # (seconds, how often), the kind of the latest gap last


@dataclass(frozen=True, slots=True, eq=False)
class Phone:
    """What has been heard of a supposed phone so far; `heard` bursts, sums over them."""

    last_s: float
    before_s: float  # when the burst before the last one ended; equal to last_s while there is none
    gaps: Gaps
    heard: int
    levels: int
    level_sum: float
    level_squares: float
    size_sum: float  # of ln frames
    address_kept: int
    address_changed: int
    lasting: bool
    made_up: bool  # has sent under an address that it made up
    classes: tuple[tuple[int, int], ...]


def first(burst: Burst, window_s: float, classes: int) -> tuple[float, Phone]:
    """A phone that nothing is known of sends this burst first; and what is known of it then.

    classes: how many the family has.
    """
    silent_s = max(burst.first_s, 0.0)
    chance = (1 - LEAVING_SHARE) * _no_gap_yet((), silent_s) / _GAP_MEAN_S + LEAVING_SHARE / window_s
    size = math.log(burst.size)
    phone = Phone(
        last_s=burst.last_s,
        before_s=burst.last_s,
        gaps=_within((), burst),
        heard=1,
        levels=0 if burst.level_dbm is None else 1,
        level_sum=burst.level_dbm or 0.0,
        level_squares=(burst.level_dbm or 0.0) ** 2,
        size_sum=size,
        address_kept=burst.scans - 1,
        address_changed=0,
        lasting=burst.lasting,
        made_up=not burst.lasting,
        classes=((burst.model_class, 1),),
    )
    level = 0.0 if burst.level_dbm is None else -math.log(LEVEL_RANGE_DB)
    rhythm = _rhythm((), burst)
    return math.log(chance) + level + _normal(size, _LN_SIZE, SIZE_SPREAD) - math.log(classes) + rhythm, phone


def following(phone: Phone, burst: Burst, same_address: bool, classes: int, timers: Gaps) -> float:
    """This phone sends this burst next. timers: the kinds of gaps that its family has shown, and in how many phones."""
    gap_s = max(burst.first_s - phone.last_s, 0.0)
    kept, changed = phone.address_kept + 0.5, phone.address_changed + 0.5
    kind_known = phone.lasting if burst.lasting else phone.made_up
    return (
        math.log((kept if same_address else changed) / (kept + changed))
        + (0.0 if kind_known else math.log(BOTH_KINDS_SHARE))
        + math.log(_next(phone, burst.first_s, timers))
        + _level(phone, burst.level_dbm)
        + _size(phone, math.log(burst.size))
        + _class(phone, burst.model_class, classes)
        + (_rhythm(_another(phone.gaps, gap_s), burst) if burst.scans > 1 else 0.0)
    )


def after(phone: Phone, burst: Burst, same_address: bool) -> Phone:
    """What is known of the phone once it has sent this burst."""
    gaps = _another(phone.gaps, _gap_of(phone, burst.first_s))
    known = burst.level_dbm is not None
    level = burst.level_dbm or 0.0
    seen = dict(phone.classes)
    seen[burst.model_class] = seen.get(burst.model_class, 0) + 1
    return replace(
        phone,
        last_s=max(phone.last_s, burst.last_s),
        before_s=phone.last_s,
        gaps=_within(gaps, burst),
        heard=phone.heard + 1,
        levels=phone.levels + known,
        level_sum=phone.level_sum + level,
        level_squares=phone.level_squares + level**2,
        size_sum=phone.size_sum + math.log(burst.size),
        address_kept=phone.address_kept + burst.scans - 1 + same_address,
        address_changed=phone.address_changed + (not same_address),
        lasting=phone.lasting or burst.lasting,
        made_up=phone.made_up or not burst.lasting,
        classes=tuple(seen.items()),
    )


def silent_since(phone: Phone, window_s: float) -> float:
    """The phone sends nothing more until the window ends."""
    silent_s = max(window_s - phone.last_s, 0.0)
    return math.log((1 - LEAVING_SHARE) * _no_gap_yet(phone.gaps, silent_s) + LEAVING_SHARE)


def timed(timers: Gaps, phone: Phone, kinds_before: int = 0) -> Gaps:
    """The timers of a family when the phone, which had shown so many kinds of gaps before, is as it is now."""
    return _another(timers, phone.gaps[-1][0]) if len(phone.gaps) > kinds_before else timers


def _gap(gaps: Gaps, gap_s: float, timers: Gaps = ()) -> float:
    """Density of the next gap, a second."""
    fresh = _fresh(gap_s)
    if timers:
        fresh = _one_of(timers, gap_s, fresh)
    if not gaps:
        return fresh
    share = _new_share(gaps)
    again = _timed(gap_s, gaps[-1][0])
    return SAME_AGAIN_SHARE * (share * fresh + (1 - share) * again) + (1 - SAME_AGAIN_SHARE) * _one_of(
        gaps, gap_s, fresh
    )


def _one_of(gaps: Gaps, gap_s: float, fresh: float) -> float:
    """Density of a gap drawn from a Pitman-Yor process that has given these, a second; fresh: of its base."""
    share = _new_share(gaps)
    total = sum(times for _, times in gaps) - NEW_GAP_DISCOUNT * len(gaps)
    known = sum((times - NEW_GAP_DISCOUNT) * _timed(gap_s, known_s) for known_s, times in gaps)
    return share * fresh + (1 - share) * known / total


def _new_share(gaps: Gaps) -> float:
    """How probable it is that the next gap is of another kind."""
    return (NEW_GAP_WEIGHT + NEW_GAP_DISCOUNT * len(gaps)) / (NEW_GAP_WEIGHT + sum(times for _, times in gaps))


def _fresh(gap_s: float) -> float:
    """Density of a gap of a phone that nothing is known of, a second."""
    seconds = max(gap_s, GAP_SECONDS_MIN)
    return math.exp(_normal(math.log(seconds), math.log(GAP_MEDIAN_S), GAP_SPREAD)) / seconds


def _next(phone: Phone, first_s: float, timers: Gaps) -> float:
    """Density of the phone's next burst, a second: timed from its last one, or from the one before, where the last was
    a scan in between that left the timer as it was.
    """
    gap_s = max(first_s - phone.last_s, 0.0)
    return (1 - BETWEEN_SHARE) * _gap(phone.gaps, gap_s, timers) + BETWEEN_SHARE * _resumed(phone, first_s)


def _resumed(phone: Phone, first_s: float) -> float:
    """Density of a burst that a known timer brings, counted from the burst before the last, a second."""
    if phone.before_s >= phone.last_s or not phone.gaps:
        return 0.0
    gap_s = first_s - phone.before_s
    return sum(times * _timed(gap_s, known_s) for known_s, times in phone.gaps) / sum(times for _, times in phone.gaps)


def _gap_of(phone: Phone, first_s: float) -> float:
    """The gap that a burst at this time most probably ended."""
    gap_s = max(first_s - phone.last_s, 0.0)
    resumed = BETWEEN_SHARE * _resumed(phone, first_s) > (1 - BETWEEN_SHARE) * _gap(phone.gaps, gap_s)
    return first_s - phone.before_s if resumed else gap_s


def _timed(gap_s: float, known_s: float) -> float:
    """Density of a gap of a timer of known_s, a second."""
    sd_s = JITTER_S + JITTER_SHARE * known_s
    off = (gap_s - known_s) / sd_s
    return math.exp(-0.5 * off * off) / (sd_s * _ROOT_2PI) if -_FAR_SD < off < _FAR_SD else 0.0


def _no_gap_yet(gaps: Gaps, silent_s: float) -> float:
    """How probable it is that the next gap is longer than this."""
    off = (math.log(max(silent_s, GAP_SECONDS_MIN)) - math.log(GAP_MEDIAN_S)) / GAP_SPREAD
    fresh = 0.5 * math.erfc(off / math.sqrt(2))
    if not gaps:
        return fresh
    share = _new_share(gaps)
    total = sum(times for _, times in gaps) - NEW_GAP_DISCOUNT * len(gaps)
    longer = sum(times - NEW_GAP_DISCOUNT for known_s, times in gaps if known_s > silent_s - 2 * JITTER_S)
    return share * fresh + (1 - share) * longer / total


def _another(gaps: Gaps, gap_s: float, times: int = 1) -> Gaps:
    """The gaps with one more, put with those of its kind, which then is the last."""
    for at, (known_s, known) in enumerate(gaps):
        if abs(gap_s - known_s) <= 2 * (JITTER_S + JITTER_SHARE * known_s):
            mean_s = (known_s * known + gap_s * times) / (known + times)
            return (*gaps[:at], *gaps[at + 1 :], (mean_s, known + times))
    return (*gaps, (gap_s, times))


def _within(gaps: Gaps, burst: Burst) -> Gaps:
    return _another(gaps, burst.period_s, burst.scans - 1) if burst.scans > 1 else gaps


def _rhythm(gaps: Gaps, burst: Burst) -> float:
    """The scans within a row, at their mean gap."""
    total = 0.0
    for _ in range(min(burst.scans - 1, SCANS_WEIGHED_MAX)):
        total += math.log(_gap(gaps, burst.period_s))
        gaps = _another(gaps, burst.period_s)
    return total


def _level(phone: Phone, level_dbm: float | None) -> float:
    """Student's t for an unknown mean (flat prior) and an sd that is LEVEL_SD_DB until the bursts say otherwise."""
    if level_dbm is None or not phone.levels:
        return 0.0
    mean = phone.level_sum / phone.levels
    squares = max(phone.level_squares - phone.level_sum * mean, 0.0)
    freedom = LEVEL_SD_WEIGHT + phone.levels - 1
    variance = (LEVEL_SD_WEIGHT * LEVEL_SD_DB**2 + squares) / freedom * (1 + 1 / phone.levels)
    density = math.exp(
        math.lgamma((freedom + 1) / 2)
        - math.lgamma(freedom / 2)
        - 0.5 * math.log(freedom * math.pi * variance)
        - (freedom + 1) / 2 * math.log1p((level_dbm - mean) ** 2 / (freedom * variance))
    )
    return math.log((1 - LEVEL_STRAY_SHARE) * density + LEVEL_STRAY_SHARE / LEVEL_RANGE_DB)


def _size(phone: Phone, ln_size: float) -> float:
    prior = (SIZE_SD / SIZE_SPREAD) ** 2
    mean = (phone.size_sum + prior * _LN_SIZE) / (phone.heard + prior)
    sd = SIZE_SD * math.sqrt(1 + 1 / (phone.heard + prior))
    own, any_phone = _normal(ln_size, mean, sd), _normal(ln_size, _LN_SIZE, SIZE_SPREAD)
    return math.log((1 - SIZE_STRAY_SHARE) * math.exp(own) + SIZE_STRAY_SHARE * math.exp(any_phone))


def _class(phone: Phone, model_class: int, classes: int) -> float:
    times = dict(phone.classes).get(model_class, 0)
    return math.log((times + CLASS_CHANGE_WEIGHT / classes) / (phone.heard + CLASS_CHANGE_WEIGHT))


def _normal(value: float, mean: float, sd: float) -> float:
    return -0.5 * ((value - mean) / sd) ** 2 - math.log(sd) - _HALF_LN_2PI
