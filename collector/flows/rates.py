"""What one visitor, and one passer-by, shows: documented priors, or learnt from counts at the door. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt

from . import level
from .dwell import VISITS_MIN, Stays, dwell
from .level import ANY_CLOCK, Usual

# Priors, each a median and the sd of its logarithm.
LOOKS_A_MIN = (0.65, 0.35)  # bursts a minute of one phone: 0.4 to 1.0 in 22 labelled phones (measured)
PANEL_SHARE = (5 / 22, 0.35)  # of phones: 5 of 22 labelled phones of 2021 showed a lasting address
PHONES_A_PERSON = (0.8, 0.2)  # switched on, with Wi-Fi; chosen, no source
TOLD_SD = 2.0  # bursts a visitor that are not so far above zero, in their own sd, say that no phone here randomises
FIT_SD_MIN = 0.08  # no handful of counts knows a rate better than that
STAFF = (2.0, 2.0)  # people who are there all along, mean and sd: none to six; chosen, no source
PASSER_HEARD = (0.6, 0.25)  # share of passing phones that are heard at all: 0.65 looks a minute for a minute and a half


@dataclass(frozen=True, slots=True)
class Hour:
    """What was heard in one hour, or any other time that was listened to all along."""

    start_ms: int  # UTC
    hours: float  # its length
    bursts_inside: int  # of addresses that do not last, as loud as inside
    bursts_outside: int
    panel_visitors: int
    panel_passers: int
    clock: int = ANY_CLOCK  # hour of the site's own day


@dataclass(frozen=True, slots=True)
class Rates:
    """What one visitor, and one passer-by, shows. None of `counts`: priors alone.

    *_log_sd: of the logarithm. background: bursts inside an hour with no visitor there (staff, the street).
    """

    bursts_a_visitor_min: float  # inside, of addresses that do not last, a minute that a visitor is there
    bursts_log_sd: float
    panel_a_visitor: float  # visits of the panel, mended, a visitor
    panel_log_sd: float
    passers_a_passer: float  # passers-by of the panel a passer-by
    passers_log_sd: float
    background: float = 0.0
    background_sd: float = 0.0
    stay_s: float | None = None  # mean stay where it was learnt
    stay_log_sd: float = 0.0
    missed: float | None = None  # visits for each one heard, where it was learnt
    noise: float = 1.0  # see level.Line
    usual: tuple[Usual, ...] = ()  # hours of the day as they were counted
    counts: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts at the door: so many came in, and so many walked past (None: not counted), in a time that was heard so."""

    heard: Hour
    visitors: int
    passers_by: int | None = None


def prior() -> Rates:
    """Rates of a place where nobody has counted."""
    share, phones, looks = PANEL_SHARE[0], PHONES_A_PERSON[0], LOOKS_A_MIN[0]
    panel_sd = sqrt(PANEL_SHARE[1] ** 2 + PHONES_A_PERSON[1] ** 2)
    heard, heard_sd = PASSER_HEARD
    return Rates(
        bursts_a_visitor_min=looks * phones * (1 - share),
        bursts_log_sd=sqrt(LOOKS_A_MIN[1] ** 2 + PHONES_A_PERSON[1] ** 2),
        panel_a_visitor=share * phones,
        panel_log_sd=panel_sd,
        passers_a_passer=share * phones * heard,
        passers_log_sd=sqrt(panel_sd**2 + heard_sd**2),
        background=60 * looks * phones * (1 - share) * STAFF[0],
        background_sd=60 * looks * phones * (1 - share) * STAFF[1],
    )


def calibrate(stays: Stays, counts: Sequence[Counted]) -> Rates:
    """Rates from counts at the door, and from the stays of the same days; the prior where they cannot be learnt.

    Bursts inside are a line on visitors (see level.py); the others are ratios of sums. Counts of a quiet and of a
    crowded time, at the same hours of the day, tell visitors from staff. At least three counts are wanted, which see
    ten visitors of the panel together, or nothing is learnt.
    """
    start, stayed = prior(), dwell(stays)
    seen = sum(one.heard.panel_visitors for one in counts)
    came = sum(one.visitors for one in counts)
    if len(counts) < 3 or stayed is None or seen < VISITS_MIN or not came:
        return start
    stay_min = stayed.mean_s / 60
    line = level.learn(
        [level.Count(one.heard.clock, one.heard.hours, one.visitors, one.heard.bursts_inside) for one in counts],
        start.bursts_a_visitor_min * stay_min,
        start.bursts_log_sd,
    )
    told = line.a_visitor > TOLD_SD * line.sd
    walked = [one for one in counts if one.passers_by]
    past = sum(one.passers_by or 0 for one in walked)
    past_visits = sum(one.heard.panel_visitors for one in walked)
    past_seen = sum(one.heard.panel_passers for one in walked) - (stayed.missed.value - 1) * past_visits
    learnt = past > 0 and past_seen >= VISITS_MIN
    return Rates(
        bursts_a_visitor_min=line.a_visitor / stay_min if told else 0.0,
        bursts_log_sd=hypot(line.sd / line.a_visitor, FIT_SD_MIN) if told else start.bursts_log_sd,
        panel_a_visitor=seen * stayed.missed.value / came,
        panel_log_sd=sqrt(1 / seen + FIT_SD_MIN**2),
        passers_a_passer=past_seen / past if learnt else start.passers_a_passer,
        passers_log_sd=sqrt(1 / past_seen + FIT_SD_MIN**2) if learnt else start.passers_log_sd,
        background=line.background,
        stay_s=stayed.mean_s,
        stay_log_sd=stayed.log_sd,
        missed=stayed.missed.value,
        noise=line.noise,
        usual=line.usual,
        counts=len(counts),
    )
