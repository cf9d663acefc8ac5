"""Tables: what the SQL of every metric reads, cut to one question, the same on either engine.

visits       stays of the site that begin in the time asked for (metrics/asked_visits.sql), with day and epoch
history      its visits of the epochs touched, numbered (metrics/history.sql)
elsewhere    visits at other sites, by those who visited here and by others (metrics/elsewhere.sql)
dwells, told_visits, panel_tokens                          see their files
ways         which ways they took (metrics/ways.sql)
comers       its visitors, and how often they have come (metrics/comers.sql)
zone_stays   where in the site a visitor was (metrics/zone_stays.sql); zones (sensor, zone)
others       (site): the tenant's other sites
windows      of the site's sensors, each with its hour
present, transactions    see collector/answers/question.py
flowed                   estimates of all people (collector/answers/flowing.py)
crossed                  shares of visitors at other sites, mended (collector/answers/crossing.py)
hours        (name, start_ms, end_ms, hour_of_day, weekday): of the site's own time; weekday 0 is Monday
heard_hours  the same hours, with how many windows each has (metrics/heard_hours.sql)
opening      (start_ms, end_ms): when the site is open in the time asked for
asked        (start_ms, end_ms): the time asked for
place        a row: site, bounce_ms, engaged_ms, planned_ms (of all its sensors), sensors, minimum_group
"""

from collections.abc import Sequence
from functools import cache

import pyarrow as pa

from .. import calendar
from ..errors import QueryError
from ..metrics import inputs, sql_text
from ..premises import zones
from ..records.registry import Site
from ..stays import fold
from ..stays.turn import STAYS_SCHEMA, not_counted
from ..storage.engines import Engine
from ..storage.store import OPEN_STAYS, STAYS, STEPS, VISITS, WINDOWS, ZONES, Store
from . import question
from .question import Question

ENGAGED_S = 1200  # a visit of 20 minutes is an engaged one (design; Cloud4Wi "Behaviors")

VISITS_SCHEMA = pa.schema(
    [
        *(one for one in STAYS_SCHEMA if one.name not in ("day", "model_class", "hours", "inside_slots")),
        ("panel", pa.bool_()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("looks", pa.int32()),
        ("bursts", pa.int32()),
    ]
)
ELSEWHERE_SCHEMA = pa.schema(
    [
        ("site", pa.string()),
        ("token", pa.int64()),
        ("start_ms", pa.int64()),
        ("end_ms", pa.int64()),
        ("span_s", pa.float64()),
        ("looks", pa.int32()),
        ("here", pa.bool_()),
    ]
)
OWN_STAYS = "SELECT s.* FROM all_stays AS s JOIN place AS p ON p.site = s.site"
# Only devices of the panel that were heard inside can have made a visit: a small part of all that is heard.
OTHERS_STAYS = """
SELECT s.*
FROM all_stays AS s
JOIN place AS p ON p.site <> s.site
JOIN (
    SELECT DISTINCT site, token FROM all_stays WHERE inside_start_ms IS NOT NULL AND (associated OR NOT randomised)
) AS i ON i.site = s.site AND i.token = s.token
"""
READ = (WINDOWS, STAYS, OPEN_STAYS, VISITS, STEPS, ZONES)
MADE = (  # in this order, each from those before
    ("visits", "asked_visits"),
    ("windows", "asked_windows"),
    ("heard_hours", "heard_hours"),
    ("history", "history"),
    ("comers", "comers"),
    ("dwells", "dwells"),
    ("told_visits", "told_visits"),
    ("panel_tokens", "panel_tokens"),
    ("zone_stays", "zone_stays"),
)


class Tables:
    """What one question rests on. Raises QueryError where nothing was heard in its time.

    once: they are read for groups and for when sensors listened, and for nothing else. Then visits are read from their
    files each time, and not kept beside them: of many large days they are many.
    """

    def __init__(self, store: Store, asked: Question, *, once: bool = False) -> None:
        self._store = store
        self._asked = asked
        self._once = once
        self._days = asked.days()
        names = [day.name for day in self._days]  # of the days that the answer rests on
        self._files = {kind: store.manifest.files(asked.tenant.name, kind, names) for kind in READ}
        if not self._files[WINDOWS]:
            raise QueryError("nothing was heard in that time; choose another")

    @property
    def rows(self) -> int:
        """How many rows their files have."""
        return sum(file.rows for some in self._files.values() for file in some)

    def give(self, engine: Engine) -> None:
        """Put them all into an engine."""
        asked = self._asked
        engine.read("all_windows", self._files[WINDOWS], pa.schema([]))
        engine.read("all_stays", [*self._files[STAYS], *self._files[OPEN_STAYS]], STAYS_SCHEMA)
        kept = self._files[VISITS]  # of days that have ended: judged for good, without tokens
        engine.read("kept", kept, VISITS_SCHEMA)
        engine.give("place", question.place(asked, ENGAGED_S))
        engine.give("days", question.days(asked, {file.day for file in kept}))
        engine.give("asked", question.spans(asked.asked))
        hours = question.hours(asked)
        engine.give("hours", hours)
        engine.give("quarters", question.quarters(hours))
        engine.give("not_counted", not_counted(self._store.flags.within(asked.tenant.name, asked.span)))
        engine.give("present", asked.present)
        engine.give("transactions", asked.transactions)
        engine.give("zones", zones.table(asked.zones))
        engine.give("others", question.others(asked))
        engine.read("steps", self._files[STEPS], zones.STEPS)
        engine.read("kept_zones", self._files[ZONES], zones.KEPT_ZONES)
        self._judge(engine, "visits_judged", [asked.site], OWN_STAYS)
        engine.view("site_stays", sql_text("site_stays"))
        for name, made_by in MADE:
            if name == "visits" and self._once:
                engine.view(name, sql_text(made_by))
            elif not self._once or name in _grouped():
                engine.make(name, sql_text(made_by))
        self._elsewhere(engine)
        engine.make("ways", sql_text("ways"))
        engine.give("opening", question.spans(asked.open()))

    def _judge(self, engine: Engine, name: str, sites: Sequence[Site], stays: str) -> None:
        """A table of this name: the stays of a query, each with its outcome."""
        if not (self._files[STAYS] or self._files[OPEN_STAYS]):
            engine.give(name, VISITS_SCHEMA.empty_table())
            return
        whole = calendar.Span("", self._days[0].start_ms, self._days[-1].end_ms)
        for beside, table in fold.judged_by(sites, whole).items():
            engine.give(beside, table)
        engine.make("stays", stays)
        engine.make(name, sql_text("judge"))

    def _elsewhere(self, engine: Engine) -> None:
        others = [site for site in self._asked.sites if site.name != self._asked.site.name]
        if not others:
            engine.give("elsewhere", ELSEWHERE_SCHEMA.empty_table())
            return
        self._judge(engine, "others_judged", others, OTHERS_STAYS)
        engine.make("elsewhere", sql_text("elsewhere"))


@cache
def _grouped() -> frozenset[str]:
    """The tables that metrics/groups.sql rests on."""
    return frozenset(one.name for one in inputs.beneath("groups"))
