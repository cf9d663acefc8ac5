"""Which times an audience has had answers for, and what of a new answer they forbid. Kept in the registry, bounded.

Everybody of an audience is taken for one person: users of one tenant's page share a memory.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, delete, select

from .. import calendar, schema
from ..database import inserting, writing
from ..errors import QueryError
from ..storage.store import WINDOWS, Store
from .differencing import Cell, Day, Groups, Spans, overlap, refused
from .heard import DAYS_SHOWN
from .query import Answers
from .question import Question
from .sums import HOUR_OF_DAY

VISITORS: Cell = ("visitors", "all")
RELATED_MAX = 64  # answers whose times overlap, in a chain: beyond that only what was asked before is answered


class Answered:
    """The table `questions`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = inserting(engine)

    def earlier(self, asked: Question) -> list[Spans]:
        """The times of a site that an audience has had answers for, in order."""
        table = schema.questions.c
        wanted = (
            select(table.spans)
            .where(
                table.tenant == asked.tenant.name,
                table.audience == asked.audience.name,
                table.site == asked.site.name,
            )
            .order_by(table.id)
        )
        with self._engine.begin() as connection:
            return [tuple((start, end) for start, end in json.loads(said)) for said in connection.scalars(wanted)]

    def record(self, asked: Question, spans: Spans, oldest_ms: int, now_ms: int) -> None:
        """Keep what is now answered; forget what ended before anything that is still stored."""
        text = json.dumps(spans)
        table = schema.questions
        row = {
            "tenant": asked.tenant.name,
            "audience": asked.audience.name,
            "site": asked.site.name,
            "spans": text,
            "digest": hashlib.sha256(text.encode()).hexdigest(),
            "start_ms": spans[0][0],
            "end_ms": spans[-1][1],
            "asked_ms": now_ms,
        }
        with writing(self._engine).begin() as connection:
            gone = (table.c.tenant == asked.tenant.name, table.c.end_ms <= oldest_ms)
            connection.execute(delete(table).where(*gone))
            connection.execute(self._insert(table).values(row).on_conflict_do_nothing())


def judge(
    store: Store, book: Answered, asked: Question, heard: calendar.Span, now_ms: int, names: Collection[str] = ()
) -> set[Cell]:
    """The groups of an answer that earlier ones forbid; the answer is then taken for given.

    heard: the time of the question without a time, which the page shows to everybody. names: metrics of groups.sql,
    where only what rests on these is shown; the memory takes all of the answer for given. Raises QueryError where
    nothing of it could be shown, or where too many answers overlap.
    """
    spans = _effective(asked, _kept(store, asked, heard))
    if not spans:
        return set()
    before = book.earlier(asked)
    known = spans in before
    everything = _effective(replace(asked, span=heard, hours=None), heard)
    before = [everything, *(before[: before.index(spans)] if known else before)]
    if spans == everything:
        return set()
    related = _related(spans, before)
    if len(related) >= RELATED_MAX and not known:
        raise QueryError(
            f"{RELATED_MAX} answers overlap this time already; what another would tell beside them is not worked out. "
            "Ask for a time that was asked for before, or for one that overlaps none of them"
        )
    whole = [*related, spans]
    with Answers(store, replace(asked, span=_hull(asked, whole), hours=None), once=True) as answers:
        groups, listened = answers.groups(names), answers.listened()
    found = refused(groups, related, spans, _hours(asked, whole), asked.minimum, listened)
    given = tuple(piece for one in related for piece in one)
    given = tuple(piece for piece in listened if overlap((piece,), given)) if given else ()
    if given and _one_of_a_kind(asked, groups, found, spans, given):
        found |= {VISITORS}
    if ("devices_seen", "all") in found:
        raise QueryError(
            "an answer to this would, beside one that was given before, tell of a group that is too small to be shown. "
            "Ask for the same time as before, or for one that differs by more"
        )
    if not known:
        oldest = store.manifest.days(asked.tenant.name, WINDOWS)[0]
        tenant = asked.tenant
        first_ms = calendar.day_named(oldest, tenant.time_zone, tenant.epoch_turn_h).start_ms
        book.record(asked, spans, first_ms, now_ms)
    return found


def _one_of_a_kind(asked: Question, groups: Groups, refused: Collection[Cell], spans: Spans, given: Spans) -> bool:
    """Whether a time is all of one hour of the day, or one day of the week, of which it must not tell.

    Its visitors are then what the usual day or week of another answer would be compared with. given: when earlier
    answers speak of, and somebody listened.
    """
    visitors = groups.count(VISITORS, spans) if VISITORS in groups.tokens else 0
    alike = {cell[1] for cell in refused if cell[0] == "profile" and groups.count(cell, spans) == visitors}
    if not alike:
        return False
    return any(
        not alike.isdisjoint((hour.name[HOUR_OF_DAY], str(date.fromisoformat(hour.name[:10]).weekday())))
        and overlap(((hour.start_ms, hour.end_ms),), given)
        and not overlap(((hour.start_ms, hour.end_ms),), spans)
        for hour in calendar.hours(_hull(asked, [given]), asked.site.time_zone)
    )


def _hull(asked: Question, whole: Sequence[Spans]) -> calendar.Span:
    """All business days that times touch: another site may be open when this one is not."""
    tenant, first_ms, last_ms = asked.tenant, min(one[0][0] for one in whole), max(one[-1][1] for one in whole) - 1
    first, last = (calendar.day_of(at_ms, tenant.time_zone, tenant.epoch_turn_h) for at_ms in (first_ms, last_ms))
    return calendar.Span("hull", first.start_ms, last.end_ms)


def _kept(store: Store, asked: Question, heard: calendar.Span) -> calendar.Span:
    """The time of which anything is stored: from before what is shown to everybody, where more days are kept."""
    days, tenant = store.manifest.days(asked.tenant.name, WINDOWS), asked.tenant
    if len(days) <= DAYS_SHOWN:
        return heard
    first_ms = calendar.day_named(days[0], tenant.time_zone, tenant.epoch_turn_h).start_ms
    return calendar.Span("kept", min(first_ms, heard.start_ms), heard.end_ms)


def _effective(asked: Question, heard: calendar.Span) -> Spans:
    """The times that a question is about in effect: while the site is open, and as far as anything was heard."""
    clipped = [(max(one.start_ms, heard.start_ms), min(one.end_ms, heard.end_ms)) for one in asked.open()]
    return tuple((start, end) for start, end in clipped if start < end)


def _related(spans: Spans, before: Sequence[Spans]) -> list[Spans]:
    """Those answers that overlap a time, or one that does, and so on, in order."""
    found: set[Spans] = {spans}
    while True:
        more = {one for one in before if one not in found and any(overlap(one, other) for other in found)}
        if not more:
            return [one for one in dict.fromkeys(before) if one in found and one != spans]
        found |= more


def _hours(asked: Question, whole: Sequence[Spans]) -> list[Day]:
    """The single hours of every day that these times cut in different ways. Hours of other days add up in all alike."""
    zone = calendar.zone(asked.site.time_zone)
    first_ms, last_ms = min(one[0][0] for one in whole), max(one[-1][1] for one in whole)
    day = datetime.fromtimestamp(first_ms / 1000, tz=zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[Day] = []
    while (start_ms := int(day.timestamp() * 1000)) < last_ms:
        day += timedelta(days=1)
        end_ms = int(day.timestamp() * 1000)
        cuts = {_clip(one, start_ms, end_ms) for one in whole} - {()}
        if len(cuts) > 1:
            pieces = (calendar.Span("", *span) for spans in cuts for span in spans)
            single = [((hour.start_ms, hour.end_ms),) for one in pieces for hour in calendar.hours(one, zone.key)]
            found.append(tuple(dict.fromkeys(single)))
    return found


def _clip(spans: Spans, start_ms: int, end_ms: int) -> Spans:
    within = ((max(start, start_ms), min(end, end_ms)) for start, end in spans)
    return tuple((start, end) for start, end in within if start < end)
