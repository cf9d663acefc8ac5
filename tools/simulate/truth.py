"""The truth of a simulated day as records: the day's totals, then a line a person. No record holds an address."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, median

from tools.simulate.hours import Span
from tools.simulate.people import Kind, Person
from tools.simulate.shop import ShopDay, Tally

VISIT_S_MIN = 60.0  # a visit as the metrics define it; whoever stays less is a visitor here, but makes no visit there

Record = dict[str, object]


def records(day: ShopDay) -> Iterator[Record]:
    """First the record of the day, then one of each person or device in order of appearance, ready for JSON."""
    yield day_record(day)
    for index, (person, tally) in enumerate(zip(day.people, day.tallies, strict=True)):
        yield _person_record(f"p{index:05d}", person, tally, day)


def count_by_kind(day: ShopDay) -> dict[Kind, int]:
    """How many there are of each kind."""
    return {kind: sum(person.kind is kind for person in day.people) for kind in Kind}


def day_record(day: ShopDay) -> Record:
    """Totals of the day and of each hour, of people, whether they carry a phone or not."""
    dwells_s = [person.dwell_s for person in day.people if person.kind is Kind.VISITOR]
    counts = count_by_kind(day)
    return {
        "record": "day",
        "simulated": True,
        "date": day.plan.date.isoformat(),
        "time_zone": day.plan.time_zone,
        "recorded_ms": list(day.hours.recorded),
        "opened_ms": list(day.hours.opened),
        "passers_by": counts[Kind.PASSER_BY],
        "visitors": counts[Kind.VISITOR],
        "visitors_60_s": sum(dwell_s >= VISIT_S_MIN for dwell_s in dwells_s),
        "staff": counts[Kind.STAFF],
        "neighbours": counts[Kind.NEIGHBOUR],
        "fixed": counts[Kind.FIXED],
        "dwell_s_mean": round(fmean(dwells_s), 1) if dwells_s else None,
        "dwell_s_median": round(median(dwells_s), 1) if dwells_s else None,
        "hours": _hour_records(day),
    }


def _hour_records(day: ShopDay) -> list[Record]:
    """Passers-by count in the hour they come into range, visitors in the hour they enter."""
    passers_by = [person.start_ms for person in day.people if person.kind is Kind.PASSER_BY]
    visits = [person.inside[0] for person in day.people if person.kind is Kind.VISITOR]
    shifts = [span for person in day.people if person.kind is Kind.STAFF for span in person.inside]
    return [
        {
            "start_ms": hour.span.start_ms,
            "end_ms": hour.span.end_ms,
            "hour": hour.clock,
            "passers_by": sum(hour.span.start_ms <= at < hour.span.end_ms for at in passers_by),
            "visitors": sum(hour.span.start_ms <= span.start_ms < hour.span.end_ms for span in visits),
            "visitors_inside_mean": _mean_inside(visits, hour.span),
            "people_inside_mean": _mean_inside(visits + shifts, hour.span),
        }
        for hour in day.hours.every
    ]


def _mean_inside(stays: list[Span], span: Span) -> float:
    return round(sum(span.overlap_ms(stay) for stay in stays) / (span.end_ms - span.start_ms), 3)


def _person_record(name: str, person: Person, tally: Tally, day: ShopDay) -> Record:
    model = person.device.model if person.device else None
    return {
        "record": "person",
        "id": name,
        "kind": person.kind,
        "model": model.name if model else None,
        "randomizing": model.randomizing if model else None,
        "outside_ms": [list(span) for span in person.outside],
        "inside_ms": [list(span) for span in person.inside],
        "zones": [{"zone": stay.zone, "ms": [stay.start_ms, stay.end_ms]} for stay in person.zones],
        "dwell_s": round(person.dwell_s, 1),
        "bursts": tally.bursts,
        "frames": tally.frames,
        "addresses": tally.addresses,
        "frames_heard": {spot.name: heard for spot, heard in zip(day.sensors, tally.heard, strict=True)},
    }
