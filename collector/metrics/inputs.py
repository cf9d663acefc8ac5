"""Inputs: what a number is computed from, read off its SQL table by table, down to what sensors sent."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from . import header, sql_text

# A table's name where it is not that of the file that makes it.
MADE_BY = {
    "visits": "asked_visits",
    "windows": "asked_windows",
    "visits_judged": "judge",
    "others_judged": "judge",
    "sightings": "counted",
}
# Tables that no SQL makes: what sensors sent, what people said, and what Python works out.
GIVEN = {
    "all_sightings": "what sensors heard: a token, from when to when, how many frames, how loud at the loudest.",
    "all_windows": "the windows (mostly of half a minute) that a sensor listened, with what it counted in each.",
    "kept": "stays of days that have ended, judged for good; a number of the day stands where the token was.",
    "kept_zones": "where in the site somebody was, of days that have ended; without tokens.",
    "not_counted": "times of a sensor that are flagged as spoofed or saturated air.",
    "place": "the site, and the thresholds that its owner set.",
    "places": "the sites, and the thresholds that their owners set.",
    "days": "the business days that the answer rests on, with their epochs.",
    "today": "the business day that is folded.",
    "hours": "the hours of the time asked for, in the site's own time.",
    "quarters": "the quarters of these hours.",
    "asked": "the time asked for.",
    "opening": "when the site is open in the time asked for; all of it where no hours are set.",
    "leaves": "the site's own classifier, where it has trained one.",
    "zones": "which sensor hears which zone, as somebody put it in.",
    "others": "the tenant's other sites.",
    "recent": "visits of the week before the time asked for, of days that have ended; without tokens.",
    "present": "people inside, ten minutes by ten minutes, estimated from signs of phones; docs/counting.md says how.",
    "flowed": "visitors and passers-by of all people, estimated from flow_hours; docs/decisions/047 says how.",
    "crossed": "shares of visitors at other sites, mended for visits missed there; docs/decisions/085 says how.",
    "transactions": "receipts of the till, where somebody put them in.",
}
# What Python works a table out from.
RESTS_ON = {"flowed": ("flow_hours", "recent"), "crossed": ("elsewhere", "others", "visits")}
_COMMENT = re.compile(r"--[^\n]*")
_READS = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)")
_WITHIN = re.compile(r"(?:\bWITH|,)\s+([a-z_]+) AS \(")


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a number rests on. made_by: the name of the SQL file that makes it, "" where none does."""

    name: str
    definition: str
    made_by: str
    reads: tuple[str, ...]


def reads(sql: str) -> tuple[str, ...]:
    """The tables that a query reads, in order, without those that it makes itself."""
    bare = _COMMENT.sub("", sql)
    own = set(_WITHIN.findall(bare))
    return tuple(dict.fromkeys(name for name in _READS.findall(bare) if name not in own))


@cache
def table(name: str) -> Table:
    """One table. Raises KeyError: nothing is known of it."""
    if name in GIVEN:
        return Table(name, GIVEN[name], "", RESTS_ON.get(name, ()))
    made_by = MADE_BY.get(name, name)
    if not files(__package__).joinpath(f"{made_by}.sql").is_file():
        raise KeyError(name)
    sql = sql_text(made_by)
    return Table(name, header(sql)["definition"], made_by, reads(sql))


@cache
def beneath(metric: str) -> tuple[Table, ...]:
    """Every table that a metric rests on: those that it reads first, then theirs."""
    waiting, found = list(reads(sql_text(metric))), dict[str, Table]()
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = table(name)
            waiting += found[name].reads
    return tuple(found.values())
